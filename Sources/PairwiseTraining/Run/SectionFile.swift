internal import PairwiseConfig
public import PairwiseEvaluation

/// Schemes of benchmarks by name or from a file.
public enum SectionFile {
  /// `rewardbench`, or the scheme of a YAML file (`SectionScheme`).
  ///
  /// - Throws: `ConfigError` with everything that is wrong with the file.
  public static func scheme(_ name: String) throws -> SectionScheme {
    if name == SectionScheme.rewardBench.name { return .rewardBench }
    let document = try ConfigFile.load(name)
    return try ConfigReader.read(SectionScheme.self, from: document, file: name).value
  }
}
