public import PairwiseData
internal import SystemPackage

extension RunReport {
  /// The report of what a run's folder holds.
  public init(for folder: RunFolder) throws(DataError) {
    self.init(try RunReportInput(folder: FilePath(folder.path)))
  }

  /// Writes `report.html` from what a run's folder holds.
  public static func write(for folder: RunFolder) throws(DataError) {
    try folder.write(Array(RunReport(for: folder).html.utf8), to: folder.report)
  }
}
