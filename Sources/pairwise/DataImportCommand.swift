import ArgumentParser
import Pairwise

struct DataImportCommand: ParsableCommand {
  enum InvalidRow: String, ExpressibleByArgument, CaseIterable {
    case fail, drop
  }

  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Turn JSONL pairs or CSV features into an HDF5 dataset.",
    discussion: """
      JSONL rows are prompt, chosen and rejected as strings or message lists, or chosen and rejected alone, or \
      prompt, completion and label, or candidates with their ranks; \
      further columns are carried along. Every row is accounted for.
      """)

  @Argument(help: "The file to import: .jsonl, .ndjson, .json or .csv.")
  var file: String

  @Option(help: "The HDF5 file to write.")
  var output: String

  @Option(
    help: "What an invalid row does: end the import (fail) or be left out and counted (drop).")
  var onInvalid = InvalidRow.fail

  @Flag(help: "Leave out pairs whose two sides are the same, with a count.")
  var dropIdentical = false

  @Flag(help: "Keep completions that are empty, which language models can learn from, too.")
  var keepEmpty = false

  @Flag(help: "Take the prompt off completions that repeat it.")
  var stripPrompt = false

  @Option(
    help: ArgumentHelp(
      "Read this column as numbers for an objective, beside those that have a meaning already.",
      discussion: "A number or a list of numbers of one length in every row. Repeatable.",
      valueName: "name"))
  var column: [String] = []

  @Flag(
    help: """
      Store features as segments of trajectories: state, action, state, …, then -1 to the end of the longest.
      """)
  var segments = false

  @Option(help: "Read at most this many rows.")
  var maxRows: Int?

  @Option(help: "Hold out this share of the prompts as the split validation, 0 to 1.")
  var validationFraction: Double?

  @Option(help: "Decides which prompts are held out.")
  var seed: UInt64 = 0

  @Flag(help: "Replace the output if it exists.")
  var overwrite = false

  @Flag(help: "Print the ledger as JSON.")
  var json = false

  func validate() throws {
    if let maxRows, maxRows < 1 { throw ValidationError("--max-rows must be at least 1") }
    for name in column where !PairColumn(name).isPlain {
      throw ValidationError("--column \(name): expected letters, digits, '_', '-' and '.'")
    }
    if let validationFraction, !(0...1).contains(validationFraction) {
      throw ValidationError("--validation-fraction must be in 0 ... 1")
    }
  }

  func run() throws {
    var options = ImportOptions()
    options.onInvalid = onInvalid == .drop ? .drop : .fail
    options.keepIdenticalCompletions = !dropIdentical
    options.keepEmptyCompletions = keepEmpty
    options.stripPrompt = stripPrompt
    options.maxRows = maxRows
    options.numberColumns.formUnion(column.map { PairColumn($0) })
    var info = PreferenceFileInfo.made(by: "data import", from: file)
    info.holdsSegments = segments
    let ledger = try Importer.write(
      source: file, to: output, info: info, options: options,
      holdOut: validationFraction.map { Importer.HoldOut(fraction: $0, seed: seed) },
      overwrite: overwrite)
    if json { return Terminal.result(json: ledger.json) }
    Terminal.result(DataView.ledger(ledger))
    Terminal.result(DataView.written(output))
  }
}
