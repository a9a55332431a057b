import PairwiseData

/// Files beside the package that tests read where they are there: reference results and real models.
enum SharedFiles {
  /// The folder of the package.
  static let root = String(#filePath.split(separator: "/Tests/PairwiseModelsTests")[0])

  /// The path, or nil after saying on standard output that tests are skipped for want of it.
  private static func found(_ path: String) -> String? {
    if FileAccess.exists(path) { return path }
    print("skipped: no \(path)")
    return nil
  }

  static let fixtures = found(root + "/../shared/fixtures")
  static let smollm2 = found(root + "/.models/smollm2")
  static let minilm = found(root + "/.models/minilm")
}
