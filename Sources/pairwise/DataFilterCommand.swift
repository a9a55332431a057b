import ArgumentParser
import Pairwise

struct DataFilterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "filter",
    abstract: "Drop the pairs with the greatest or smallest values of a column.",
    discussion: """
      Copies the lines of a JSONL file that stay, byte for byte and in order. The column is one of the file itself or \
      of what `score` wrote for it (--scores): --by ches --drop-top 0.05 leaves out the twentieth of the pairs whose \
      completions look most alike, which displace each other's likelihood in training.
      """)

  @Option(help: "The pairs: JSONL.")
  var input: String

  @Option(help: "What `score` wrote for them; the column is looked up there.")
  var scores: String?

  @Option(help: "The column: a number in every line.")
  var by: String

  @Option(help: "Share of the pairs to drop from the top, 0 to 1.")
  var dropTop = 0.0

  @Option(help: "Share of the pairs to drop from the bottom, 0 to 1.")
  var dropBottom = 0.0

  @Option(help: "The JSONL file to write.")
  var output: String

  @Flag(help: "Print the summary as JSON.")
  var json = false

  func validate() throws {
    guard dropTop >= 0, dropBottom >= 0, dropTop + dropBottom > 0, dropTop + dropBottom < 1 else {
      throw ValidationError(
        "expected --drop-top or --drop-bottom, shares from 0 that add up to less than 1")
    }
  }

  func run() throws {
    let found = try FilterFile.run(
      input: input, scores: scores, by: by, dropTop: dropTop, dropBottom: dropBottom,
      output: output)
    if json {
      return Terminal.result(
        json: ConfigNode(
          .table([
            .init(key: "pairs", value: found.pairs.configNode),
            .init(key: "kept", value: found.kept.configNode),
            .init(key: "lowest_kept", value: found.range.lowerBound.configNode),
            .init(key: "highest_kept", value: found.range.upperBound.configNode),
          ])))
    }
    Terminal.result(
      "\(Terminal.grouped(found.kept)) of \(Terminal.grouped(found.pairs)) pairs, \(by) in "
        + "\(Terminal.fixed(found.range.lowerBound, 4)) … "
        + "\(Terminal.fixed(found.range.upperBound, 4)) → \(output)")
  }
}
