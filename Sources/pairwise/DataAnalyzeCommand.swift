import ArgumentParser
import Pairwise

struct DataAnalyzeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract:
      "What is in preferences, verdicts, experiments and hidden states: principles, biases, effects, directions.",
    discussion: """
      --what principles: which measurable principles (longer, more list items, fewer repetitions, …) explain the \
      preferences. Each principle votes on every pair of texts. Shown are how often its votes agree with the preference, the \
      weight it gets in a Bayesian logistic regression on all votes (posterior mean, 0 if it adds nothing), and the \
      probability to win by it alone; for all pairs and for each group.

      --what judge: biases of a judge from its verdicts on A and B, rows of JSONL with verdict (a, b, tie or a number, A \
      shown first), verdict_swapped (B shown first), verdict_cue and cue (with a hint for that side), gold (a verdict or \
      a list), generator_a and generator_b: self-preference (--own), consistency and primacy, changes by cues.

      --what factors: what switched factors do to an outcome, rows of JSONL with --factor columns and an --outcome.

      --what states: directions along which chosen and rejected states differ, pairs with features as pairwise embed \
      makes them: a linear probe, the steering direction and its deviation, cosines between groups.
      """)

  enum Subject: String, CaseIterable, ExpressibleByArgument {
    case principles, judge, factors, states
  }

  @Argument(
    help: "The file: pairs of texts, verdicts, an experiment's rows, or pairs with features.")
  var file: String

  @Option(help: "What to analyze: principles, judge, factors or states.")
  var what = Subject.principles

  @Option(help: ArgumentHelp("Judge: the generator that is the judge itself.", valueName: "name"))
  var own: String?

  @Option(help: ArgumentHelp("Factors: a column. May be given several times.", valueName: "column"))
  var factor: [String] = []

  @Option(
    help: ArgumentHelp(
      "Factors: two of them, as A:B. May be given several times.", valueName: "pair"))
  var interaction: [String] = []

  @Option(help: ArgumentHelp("Factors: the column with the outcome.", valueName: "column"))
  var outcome = "outcome"

  @Option(help: "States: share of the pairs that the probe is fitted to; the others judge it.")
  var share = 0.6

  @Option(help: "States: weight of the squared length of the probe's weights.")
  var penalty = 1e-3

  @Option(help: "Only this split of the file.")
  var split: String?

  @Option(help: ArgumentHelp("Column of a JSONL file to group by.", valueName: "column"))
  var groupBy: String?

  @Option(help: "A word; the principle is that it comes earlier. May be given several times.")
  var keyword: [String] = []

  @Option(help: "Scale of the Laplace prior on weights.")
  var scale = 0.1

  @Option(help: "Write the figures here as JSON.")
  var output: String?

  @Flag(help: "Print the figures as JSON.")
  var json = false

  func validate() throws {
    let options: [(Subject, String, Bool)] = [
      (.judge, "--own", own != nil), (.factors, "--factor", !factor.isEmpty),
      (.factors, "--interaction", !interaction.isEmpty),
      (.principles, "--keyword", !keyword.isEmpty),
    ]
    for (subject, option, isGiven) in options where isGiven && subject != what {
      throw ValidationError("\(option) goes with --what \(subject.rawValue)")
    }
    if (what == .judge || what == .factors) && (split != nil || groupBy != nil) {
      throw ValidationError("--split and --group-by go with --what principles or states")
    }
  }

  func run() throws {
    switch what {
    case .principles: try runPrinciples()
    case .judge: try show(try JudgeFile.run(file, own: own))
    case .factors:
      try show(
        try FactorFile.run(file, factors: factor, outcome: outcome, interactions: interaction))
    case .states:
      try show(
        try StatesFile.run(
          file, split: split, groupColumn: groupBy, share: share, penalty: penalty))
    }
  }

  private func show(_ found: AnalysisFigures) throws {
    try write(found.node)
    if json { return Terminal.result(json: found.node) }
    let rows = found.figures.map { figure in
      [
        figure.name, Terminal.fixed(figure.value, 4),
        figure.interval.map { "\(Terminal.fixed($0.low, 4)) … \(Terminal.fixed($0.high, 4))" }
          ?? "",
      ]
    }
    Terminal.result(found.title + "\n" + Terminal.table(["", "value", "95 % interval"], rows))
    if let output { Terminal.result("figures \(output)") }
  }

  /// Writes figures to `--output`, if it was given.
  private func write(_ node: ConfigNode) throws {
    guard let output else { return }
    var writer = JSONWriter(.pretty)
    writer.write(node)
    writer.endLine()
    try FileAccess.replace(output, with: writer.bytes)
  }

  private func runPrinciples() throws {
    var bar: ProgressBar?
    let parts = try AnalyzeFile.run(
      file, split: split, groupColumn: groupBy, keywords: keyword, scale: scale
    ) { done, total in
      if bar == nil { bar = ProgressBar("reading", total: total) }
      bar?.update(done)
    }
    bar?.clear()
    let node = ConfigNode(
      .table([
        .init(key: "all", value: parts[0].explanation.node),
        .init(
          key: "groups",
          value: ConfigNode(
            .table(
              parts.dropFirst().map { .init(key: $0.group ?? "", value: $0.explanation.node) }))),
      ]))
    try write(node)
    if json { return Terminal.result(json: node) }
    Terminal.result(parts.map(table).joined(separator: "\n\n"))
    if let output { Terminal.result("figures \(output)") }
  }

  private func table(_ part: AnalyzeFile.Part) -> String {
    let found = part.explanation
    let rows = found.rows.map { row in
      [
        row.votes.name, Terminal.fixed(row.votes.accuracy, 3),
        Terminal.fixed(row.votes.relevance, 3), Terminal.fixed(row.votes.performance, 3),
        Terminal.fixed(row.tauB, 3),
        "\(Terminal.fixed(row.mean, 3)) ± \(Terminal.fixed(row.deviation, 3))",
        Terminal.fixed(row.effect, 3),
      ]
    }
    var head = part.group.map { "group \($0)" } ?? "all"
    head += ", \(Terminal.grouped(found.count)) pairs"
    if let accuracy = found.heldOutAccuracy, let interval = found.heldOutInterval {
      head += "; held-out accuracy of all principles \(Terminal.fixed(accuracy, 4))"
      head += " (\(Terminal.fixed(interval.low, 4)) … \(Terminal.fixed(interval.high, 4)))"
    }
    if found.rows.contains(where: { $0.splitRHat >= 1.05 }) {
      head += "; the chains have not mixed"
    }
    return head + "\n"
      + Terminal.table(
        ["principle", "accuracy", "relevance", "performance", "tau_b", "weight", "effect"], rows)
  }
}
