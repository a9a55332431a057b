internal import PairwiseConfig
public import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseTraining
internal import SystemPackage

extension ComparisonReport {
  /// Whether a folder holds a comparison that was finished once.
  public static func isComparison(_ folder: String) -> Bool {
    FileAccess.exists(folder + "/summary.json") && FileAccess.exists(folder + "/results.jsonl")
  }

  /// What a comparison's folder holds: `summary.json` says what it is about, `results.jsonl` has the runs;
  /// `config.yaml` and `environment.json` are shown if they are there.
  ///
  /// - Throws: `DataError` where one of the first two is missing or wrong.
  public init(folder: String) throws(DataError) {
    var files = ReportFiles(FilePath(folder))
    let file = folder + "/summary.json"
    guard let document = files.json("summary.json") else {
      throw DataError(
        .missing, file: file, files.remarks.first ?? "expected a comparison's summary")
    }
    guard let facts = ComparisonFacts(summaryDocument: document) else {
      throw DataError(.invalid, file: file, "comparison: expected what pairwise compare writes")
    }
    let runs = try ComparedRun.read(folder + "/results.jsonl")
    do throws(EvaluationError) {
      self.init(try ComparisonSummary(runs, facts))
    } catch {
      throw DataError(.invalid, file: file, "\(error)")
    }
    configText = files.bytes("config.yaml").map { String(decoding: $0, as: UTF8.self) }
    if let environment = files.json("environment.json") {
      self.environment = RunReportInput.flattened(environment)
      command = RunReportInput.command(environment["command"])
    }
    remarks = files.remarks
  }

  /// Writes `report.html` into a comparison's folder.
  public func write(to folder: String) throws(DataError) {
    try FileAccess.replace(folder + "/report.html", with: Array(html.utf8))
  }
}
