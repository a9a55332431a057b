public import PairwiseConfig
internal import PairwiseData
internal import PairwiseTraining

/// Runs the comparisons of several claims and keeps what came out.
public struct ClaimRuns {
  /// A claim, its comparison and the finding.
  public struct Entry {
    /// The config it comes from, as it was named.
    public var file: String
    public var plan: ComparePlan
    public var finding: ClaimFinding
    /// Where its results lie.
    public var folder: String
    public var runs: [ComparedRun]
    /// Wall time of this session's runs.
    public var seconds: Double
  }

  /// A config with a claim, read and checked.
  private struct Recipe {
    var file: String
    var plan: ComparePlan
    var resolved: ConfigNode
  }

  private let recipes: [Recipe]
  private let output: String
  public var count: Int { recipes.count }

  /// Reads all configs, so that no problem comes up later.
  ///
  /// - Parameter output: folder for results and the page.
  /// - Throws: for the first config with problems, or without a claim.
  public init(_ files: [String], output: String) throws(ConfigError) {
    var recipes: [Recipe] = []
    for file in files {
      let document = try ConfigFile.load(file)
      let (config, resolved) = try ConfigReader.read(
        CompareConfig.self, from: document, file: file)
      let plan = try ComparePlan(config, file: file)
      guard plan.claim != nil else {
        throw ConfigError(
          file: file,
          problems: [.missingKey(path: "claim", place: document.place, allowed: "a claim")])
      }
      if let other = recipes.first(where: { $0.plan.config.name == config.name }) {
        throw ConfigError(
          file: file,
          problems: [
            .custom(
              path: "name", place: document["name"]?.place ?? document.place,
              message: "'\(config.name)' is the name of \(other.file), too")
          ])
      }
      recipes.append(Recipe(file: file, plan: plan, resolved: resolved))
    }
    (self.recipes, self.output) = (recipes, output)
  }

  /// Runs what is missing, claim by claim.
  ///
  /// - Parameters:
  ///   - begin: called before each claim with its file and number of runs.
  ///   - notify: what happens in it.
  ///   - finish: called with each finding.
  public func run(
    begin: (_ file: String, _ name: String) -> Void,
    notify: @escaping @Sendable (Comparison.Event) -> Void,
    finish: (Entry) throws -> Void = { _ in }
  ) throws -> [Entry] {
    var entries: [Entry] = []
    for recipe in recipes {
      guard let claim = recipe.plan.claim else { continue }
      begin(recipe.file, recipe.plan.config.name)
      let comparison = Comparison(
        recipe.plan, resolved: recipe.resolved, configFolder: folder(of: recipe.file),
        output: output, command: "pairwise compare \(recipe.file)", notify: notify)
      let began = RunEnvironment.monotonicSeconds()
      let runs = try comparison.run(existing: .resume)
      try comparison.summarise(runs)
      let entry = Entry(
        file: recipe.file, plan: recipe.plan,
        finding: try ClaimFinding(claim, runs, level: recipe.plan.config.level),
        folder: comparison.folder, runs: runs,
        seconds: RunEnvironment.monotonicSeconds() - began)
      try finish(entry)
      entries.append(entry)
    }
    return entries
  }
}
