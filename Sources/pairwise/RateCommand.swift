import ArgumentParser
import Pairwise

struct RateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rate",
    abstract:
      "Rate items by who beat whom: Bradley-Terry strengths on Elo's scale, with intervals.",
    discussion: """
      Matches are JSON Lines, or CSV with a header: model_a and model_b (or a and b), and winner (model_a, model_b, \
      tie, "tie (bothbad)", as Chatbot Arena has it) or label (1, -1, 0); weight is optional. An item that never \
      won, or never lost, has no finite rating without --regularization.
      """)

  @Argument(help: "The matches: JSONL or CSV.")
  var matches: String

  @Option(
    help: """
      What a tie counts for: half (a win), double (a win each, every match counting twice), or drop (nothing).
      """, transform: choice)
  var ties = MatchTable.TieRule.half

  @Option(
    help: "An item to rate 1000, which the others' standard errors refer to; else the mean is 1000."
  )
  var anchor: String?

  @Option(help: "The rating of the anchor, or the mean rating.")
  var base = 1000.0

  @Option(
    help:
      "Strength of a Gamma prior, as if every item had won and lost so many games against a mean one."
  )
  var regularization = 0.0

  @Option(help: "Intervals from so many resamples of the matches; 0: from the Fisher information.")
  var bootstrap = 0

  @Option(help: "Seed of the resamples.")
  var seed: UInt64 = 0

  @Option(help: "How to fit: newton or mm. Both find the same ratings.", transform: choice)
  var method = StrengthFit.Method.newton

  @Option(help: "Rows of the table to show.")
  var top = 50

  @Option(help: "Write all ratings here: CSV where the name ends in .csv, else JSON.")
  var output: String?

  @Flag(help: "Print the ratings as JSON.")
  var json = false

  func validate() throws {
    guard bootstrap >= 0 else { throw ValidationError("--bootstrap must be 0 or more") }
    guard top >= 0 else { throw ValidationError("--top must be 0 or more") }
    guard base.isFinite, abs(base) <= 1e9 else {
      throw ValidationError("--base must be in -1e9 ... 1e9")
    }
  }

  func run() throws {
    var options = ItemRatings.Options()
    options.ties = ties
    options.anchor = anchor
    options.base = base
    options.fit.regularization = regularization
    options.fit.method = method
    options.resamples = bootstrap
    options.seed = seed
    let ratings = try RateFile.run(matches, options: options)
    if let output { try RateFile.write(ratings, to: output) }
    if !ratings.fit.isConverged {
      Terminal.note("not converged after \(ratings.fit.steps) steps; ratings are rough")
    }
    if json { return Terminal.result(json: ratings.node) }
    Terminal.result(table(ratings))
    if let output { Terminal.result("ratings \(output)") }
  }

  private func table(_ ratings: ItemRatings) -> String {
    let rows = ratings.items.prefix(top).map { item in
      [
        "\(item.rank)", Terminal.cut(item.name, 60), Terminal.fixed(item.rating, 1),
        "\(Terminal.fixed(item.interval.low, 1)) … \(Terminal.fixed(item.interval.high, 1))",
        games(item.games), Terminal.fixed(item.winRate, 4),
      ]
    }
    var text = Terminal.table(
      ["rank", "item", "rating", "95 % interval", "games", "win rate"], rows, left: [1])
    let rest = ratings.items.count - rows.count
    if rest > 0 { text += "\n… and \(Terminal.grouped(rest)) more (--top, --output)" }
    text += "\n\n\(Terminal.grouped(ratings.matches)) matches; intervals from "
    text +=
      ratings.options.resamples > 0
      ? "\(ratings.options.resamples - ratings.resamplesLeftOut) resamples"
      : "standard errors of strengths that \(anchor.map { "are 0 for \($0)" } ?? "sum to 0")"
    if ratings.resamplesLeftOut > 0 {
      text += ", \(ratings.resamplesLeftOut) left out that gave no finite ratings"
    }
    return text
  }

  private func games(_ count: Double) -> String {
    Int(exactly: count).map(Terminal.grouped) ?? Terminal.fixed(count, 2)
  }
}

/// The case of an enumeration that an option names.
private func choice<Choice: RawRepresentable & CaseIterable>(
  _ text: String
) throws -> Choice where Choice.RawValue == String {
  guard let choice = Choice(rawValue: text) else {
    let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    throw ValidationError("expected one of \(names)")
  }
  return choice
}
