import ArgumentParser
import Pairwise

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write report.html of training runs anew.")

  @Argument(help: "Folders of runs.")
  var runs: [String]

  func run() throws {
    for run in runs {
      let folder = RunFolder(path: run)
      guard folder.isUsed else {
        throw DataError(.missing, file: run, "expected the folder of a run, with metrics.jsonl")
      }
      try RunReport.write(for: folder)
      Terminal.result(folder.report)
    }
  }
}
