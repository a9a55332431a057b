import ArgumentParser
import Pairwise

struct SelectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "select",
    abstract:
      "Choose the best of scored candidates, and tell what choosing the best of n does to a gold reward.",
    discussion: """
      One prompt a line: {"prompt": "...", "completions": ["...", "..."], "scores": [0.2, 1.4], "gold": [0.1, 0.9]}. A \
      candidate's score may be a list: of an ensemble's members (--ensemble) or of several rewards (--direction). With \
      gold scores, best-of-n is estimated without bias for every n, and a curve fitted that says where it turns down.
      """)

  @Argument(help: "Prompts with scored candidates: JSONL.")
  var input: String

  @Option(help: "The key of the scores that choose.")
  var scores = "scores"

  @Option(help: "The key of the scores that judge.")
  var gold = "gold"

  @Option(
    help:
      "Make one score of an ensemble's: mean, worst, or uncertainty (mean - lambda times variance)."
  )
  var ensemble: String?

  @Option(help: "How much variance counts against a candidate.")
  var lambda = 0.5

  @Option(help: "Divide the variance by members - ddof: 0 or 1.")
  var ddof = 0

  @Option(
    help: ArgumentHelp(
      "Weigh several rewards by a user's direction, as in 0.97,-0.26; its length does not matter.",
      valueName: "numbers"))
  var direction: String?

  @Option(
    help: ArgumentHelp(
      "The n to estimate best-of-n for, as in 1,4,16; default: powers of two.", valueName: "numbers"
    ))
  var bestOf: String?

  @Option(help: "Write the best candidate of each prompt here: JSONL.")
  var output: String?

  @Flag(help: "Print the figures as JSON.")
  var json = false

  func validate() throws {
    if ensemble != nil, direction != nil {
      throw ValidationError("--ensemble and --direction exclude each other")
    }
    if let ensemble, !["mean", "worst", "uncertainty"].contains(ensemble) {
      throw ValidationError("--ensemble must be mean, worst or uncertainty")
    }
    if let direction, numbers(direction) == nil {
      throw ValidationError("--direction must be numbers with commas between them")
    }
    if let bestOf, sizes(bestOf) == nil {
      throw ValidationError("--best-of must be whole numbers from 1 with commas between them")
    }
  }

  func run() throws {
    let file = try CandidateFile(
      input, scoreKey: scores, goldKey: gold, combination: try combination())
    let curve = try file.curve(bestOf.flatMap(sizes))
    if let output { try file.write(to: output) }
    if json, let curve { return Terminal.result(json: curve.node) }
    if json {
      return Terminal.result(
        json: ConfigNode(.table([.init(key: "prompts", value: file.rows.count.configNode)])))
    }
    if let curve { Terminal.result(table(curve)) }
    if let output {
      Terminal.result("best of \(Terminal.grouped(file.rows.count)) prompts \(output)")
    } else if curve == nil {
      Terminal.result(
        "\(Terminal.grouped(file.rows.count)) prompts; --output writes the best of each, a key '\(gold)' judges them"
      )
    }
  }

  private func combination() throws -> CandidateFile.Combination {
    if let values = direction.flatMap(numbers) {
      return .direction(try RewardDirection(values))
    }
    switch ensemble {
    case "mean": return .ensemble(.mean)
    case "worst": return .ensemble(.worst)
    case "uncertainty": return .ensemble(.uncertaintyWeighted(lambda: lambda, ddof: ddof))
    default: return .single
    }
  }

  private func numbers(_ text: String) -> [Double]? {
    let values = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    return values.contains { $0 == nil } ? nil : values.compactMap { $0 }
  }

  private func sizes(_ text: String) -> [Int]? {
    let values = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    return values.contains { $0 == nil || $0.map { $0 < 1 } == true }
      ? nil : values.compactMap { $0 }
  }

  private func table(_ curve: BestOfNCurve) -> String {
    func cell(_ value: Double, _ interval: Interval?) -> String {
      let text = Terminal.fixed(value, 4)
      guard let interval else { return text }
      return "\(text) (\(Terminal.fixed(interval.low, 4)) … \(Terminal.fixed(interval.high, 4)))"
    }
    let rows = curve.points.map { point in
      [
        "\(point.n)", Terminal.fixed(point.divergence, 4), cell(point.proxy, point.proxyInterval),
        cell(point.gold, point.goldInterval),
      ]
    }
    var text = Terminal.table(["n", "KL", "score", "gold"], rows, left: [])
    if let fit = try? OveroptimizationFit(curve) {
      text +=
        "\n\ngold gains d·(α − β·d), d = √KL: α \(Terminal.fixed(fit.alpha, 4)), β \(Terminal.fixed(fit.beta, 4)), "
        + "R² \(Terminal.fixed(fit.determination, 4))"
      if let peak = fit.peak, let size = fit.peakSize {
        text += "; it peaks at d \(Terminal.fixed(peak, 2)), n about \(Terminal.fixed(size, 0))"
      } else {
        text += "; it does not turn down"
      }
    }
    return text
  }
}
