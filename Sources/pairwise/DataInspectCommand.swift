import ArgumentParser
import Pairwise

struct DataInspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a data file holds: columns, counts, lengths, rows."
  )

  @Argument(help: "The data: HDF5, JSONL or CSV.")
  var file: String

  @Option(help: "How many first rows to show.")
  var rows = 3

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if !(0...1000).contains(rows) { throw ValidationError("--rows must be in 0 ... 1000") }
  }

  func run() throws {
    let opened = try DataFile.open(file, dropInvalid: true, cache: nil)
    let summary = try DatasetSummary(opened.source, head: rows)
    let stored = DataFile.isText(file) ? nil : opened.source as? PreferenceFile
    if json { return Terminal.result(json: DataView.json(summary, opened, stored)) }
    if let stored { Terminal.result(DataView.storage(stored) + "\n") }
    if stored == nil { Terminal.result(DataView.ledger(opened) + "\n") }
    Terminal.result(summary.description)
  }
}
