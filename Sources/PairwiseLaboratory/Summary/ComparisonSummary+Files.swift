internal import PairwiseConfig
public import PairwiseData

extension ComparisonSummary {
  /// Writes `summary.json` and `summary.csv` into a comparison's folder, each in full or not at all.
  public func write(to folder: String) throws(DataError) {
    var writer = JSONWriter(.pretty)
    writer.write(node)
    writer.endLine()
    try FileAccess.replace(folder + "/summary.json", with: writer.bytes)
    try FileAccess.replace(folder + "/summary.csv", with: Array(csv.utf8))
  }
}
