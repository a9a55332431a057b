import ArgumentParser
import Pairwise

struct DataAnalyzeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract:
      "What measurable principles say of the preferences: longer, more list items, fewer repetitions, …",
    discussion: """
      Each principle votes on every pair of texts. Shown are how often its votes agree with the preference, the \
      weight it gets in a Bayesian logistic regression on all votes (posterior mean, 0 if it adds nothing), and the \
      probability to win by it alone; for all pairs and for each group.
      """)

  @Argument(help: "Pairs of texts: JSONL or HDF5.")
  var file: String

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

  func run() throws {
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
    if let output {
      var writer = JSONWriter(.pretty)
      writer.write(node)
      writer.endLine()
      try FileAccess.replace(output, with: writer.bytes)
    }
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
