public import PairwiseData
internal import SystemPackage

extension RunReport {
  /// The report of what a run's folder holds.
  public init(for folder: RunFolder) throws(DataError) {
    self.init(try RunReportInput(folder: FilePath(folder.path)))
  }

  /// Writes `report.html` from what a run's folder holds.
  ///
  /// - Parameter beside: runs that it is shown with.
  public static func write(for folder: RunFolder, beside: RunsBeside? = nil) throws(DataError) {
    var input = try RunReportInput(folder: FilePath(folder.path))
    input.beside = beside
    try folder.write(Array(RunReport(input).html.utf8), to: folder.report)
  }
}
