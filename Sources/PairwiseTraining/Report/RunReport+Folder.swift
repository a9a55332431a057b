public import PairwiseData
internal import SystemPackage

extension RunReport {
  /// Writes `report.html` from what a run's folder holds.
  public static func write(for folder: RunFolder) throws(DataError) {
    let input = try RunReportInput(folder: FilePath(folder.path))
    try folder.write(Array(RunReport(input).html.utf8), to: folder.report)
  }
}
