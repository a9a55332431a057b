public import PairwiseData

extension PreferenceFileInfo {
  /// For a file that this program makes now.
  ///
  /// Features are not compressed: training reads them in random order, which works on single rows then.
  public static func made(
    by command: String, from source: String, license: String = ""
  ) -> PreferenceFileInfo {
    PreferenceFileInfo(
      generator: "pairwise \(RunEnvironment.version) \(command)", source: source, license: license,
      createdUTC: RunEnvironment.timestamp(), compression: .allButFeatures)
  }
}
