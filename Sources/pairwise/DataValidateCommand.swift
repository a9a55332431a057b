import ArgumentParser
import Pairwise

struct DataValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Check a data file as a whole; exit 65 if a defect touches too many rows.",
    discussion: """
      Looks for rows that cannot be read, duplicates, contradictions, identical or empty completions, values \
      that are not finite, leakage between splits and labels that disagree. Every kind of defect may touch a \
      share of the rows of its own; rows that cannot be read and values that are not finite may not occur, \
      since training would stop at them.
      """)

  @Argument(help: "The data: HDF5, JSONL or CSV.")
  var file: String

  @Option(
    help: ArgumentHelp(
      "Largest share of rows that a defect may touch, 0 to 1 (default: 0.01).",
      discussion: "A number is for every kind, KIND=NUMBER for one, as in leakage=0. Repeatable.",
      valueName: "share"))
  var maxShare: [String] = []

  @Flag(help: "Print the report as JSON.")
  var json = false

  func validate() throws { _ = try limits() }

  func run() throws {
    let check = try DatasetCheck(file, limits: try limits())
    if json { Terminal.result(json: check.json) } else { Terminal.result(DataView.findings(check)) }
    guard check.exceeding.isEmpty else {
      throw DataError(.invalid, file: file, DataView.sentence(check))
    }
  }

  private func limits() throws -> DatasetCheck.Limits {
    var limits = DatasetCheck.Limits()
    for text in maxShare {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard let share = parts.last.flatMap(Double.init), (0...1).contains(share) else {
        throw ValidationError("--max-share \(text): expected a share from 0 to 1")
      }
      guard parts.count == 2 else {
        limits.share = share
        limits.ofKind = [:]
        continue
      }
      guard let kind = ValidationKind(rawValue: parts[0]) else {
        let known = ValidationKind.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--max-share \(text): no such kind; there are \(known)")
      }
      limits.ofKind[kind] = share
    }
    return limits
  }
}
