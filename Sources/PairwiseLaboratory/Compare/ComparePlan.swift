internal import Crypto
public import PairwiseConfig
internal import PairwiseTraining

/// Every run of a comparison, read and checked before the first one starts.
public struct ComparePlan: Sendable {
  /// One run.
  struct Job: Sendable {
    /// Identifies everything its result depends on, but for what files hold.
    var id: String
    /// Index into `labels`.
    let objective: Int
    let settings: [ComparedRun.Setting]
    let seed: Int
    let work: Work
    /// Index into `problems`; nil on data.
    let problem: Int?
  }

  /// What a run does.
  enum Work: Sendable {
    case training(RunConfig, resolved: ConfigNode)
    /// A variant of the problem is carried out.
    case study(String)
  }

  public let config: CompareConfig
  /// Labels of the objectives and their parameters in words, in the order of the config.
  public let labels: [(label: String, parameters: String)]
  /// What is compared, the decisive one first.
  public let measures: [Measure]
  public let baseline: String
  /// What a paper says of it, if the config has that.
  public let claim: Claim?
  /// Keys of the grid with their values.
  public let axes: [(key: String, values: [ConfigNode])]
  /// By grid point, seed and objective in turn.
  let jobs: [Job]
  /// The problems that jobs are about: one a seed and point of the grid that changes it.
  let problems: [any ToyProblem]

  /// Number of runs.
  public var count: Int { jobs.count }

  /// What each objective trains with at the first point of the grid; empty where variants are carried out.
  var configs: [(name: String, config: ConfigNode)] {
    jobs.prefix(labels.count).compactMap { job in
      guard case .training(_, let resolved) = job.work else { return nil }
      return (labels[job.objective].label, resolved)
    }
  }

  /// - Throws: every problem at once, with its line.
  public init(_ config: CompareConfig, file: String) throws(ConfigError) {
    var builder = ComparePlanBuilder(config, file: file)
    builder.build()
    if !builder.complaints.isEmpty {
      throw ConfigError(file: file, problems: builder.complaints)
    }
    self.config = config
    labels = builder.labels
    measures = builder.measures
    baseline = config.baseline ?? builder.labels[0].label
    axes = builder.axes
    claim = builder.claim
    jobs = builder.jobs
    problems = builder.problems.map(\.problem)
  }
}

/// Puts the runs of a comparison together.
struct ComparePlanBuilder {
  private let config: CompareConfig
  private let file: String
  private(set) var complaints: [Problem] = []
  private(set) var objectives: [ComparedObjective] = []
  private(set) var axes: [(key: String, values: [ConfigNode])] = []
  private(set) var jobs: [ComparePlan.Job] = []
  private(set) var problems: [(problem: any ToyProblem, text: String)] = []
  private(set) var variants: [Variant] = []
  private(set) var claim: Claim?
  private(set) var measures: [Measure] = []

  init(_ config: CompareConfig, file: String) { (self.config, self.file) = (config, file) }

  /// What takes part, and its parameters in words.
  var labels: [(label: String, parameters: String)] {
    variants.isEmpty
      ? objectives.map { ($0.label, $0.parameters) } : variants.map { ($0.name, $0.summary) }
  }

  mutating func build() {
    refuseFileKeys()
    readObjectives()
    readMeasures()
    checkBaseline()
    readGrid()
    readClaim()
    guard complaints.isEmpty else { return }
    let count = labels.count
    for settings in points {
      for seed in 0..<config.seeds {
        let problem = readProblem(settings, seed)
        if config.problem != nil && problem == nil { return }
        for index in 0..<count { add(index, settings, seed, problem) }
        if !complaints.isEmpty { return }
      }
    }
  }

  // MARK: What is asked for

  /// Keys about files and stops that runs in memory do not have.
  private mutating func refuseFileKeys() {
    guard case .table(let entries)? = config.trainer?.value else { return }
    let unknown: Set<String> = [
      "save_steps", "save_total_limit", "logging_steps", "eval_steps", "metric_for_best_model",
      "load_best_model_at_end", "early_stopping_patience", "calibrate", "report",
    ]
    for entry in entries where unknown.contains(entry.key) {
      complain("trainer.\(entry.key)", entry.value, "means nothing in a comparison")
    }
  }

  private mutating func readObjectives() {
    for (index, node) in config.objectives.enumerated() {
      do throws(Problem) {
        let objective = try ComparedObjective(node, path: "objectives[\(index)]")
        if objectives.contains(where: { $0.label == objective.label }) {
          complain(
            "objectives[\(index)]", node,
            "a second objective '\(objective.label)': give each a label of its own")
        }
        objectives.append(objective)
      } catch { complaints.append(error) }
    }
  }

  private mutating func checkBaseline() {
    guard complaints.isEmpty else { return }
    if labels.isEmpty { return complain("objectives", nil, "expected one objective at least") }
    if let baseline = config.baseline, !labels.contains(where: { $0.label == baseline }) {
      let known = labels.map(\.label).joined(separator: ", ")
      complain("baseline", nil, "'\(baseline)' is none of the objectives: \(known)")
    }
  }

  /// The variants that are asked for, of a problem that has some.
  private mutating func readVariants(_ type: any StudiedProblem.Type) {
    for name in config.variants {
      if let variant = type.variants.first(where: { $0.name == name }) {
        variants.append(variant)
      } else {
        let known = type.variants.map(\.name).joined(separator: ", ")
        complain("variants", nil, "no variant '\(name)'; there are \(known)")
      }
    }
    if config.variants.isEmpty { variants = type.variants }
    if !objectives.isEmpty {
      complain(
        "objectives", config.objectives.first, "problem \(type.name) compares variants of its own")
    }
  }

  private mutating func readGrid() {
    guard let grid = config.grid, grid.value != .null else { return }
    guard case .table(let entries) = grid.value else {
      return complain("grid", grid, "expected keys, each with a list of values")
    }
    for entry in entries {
      guard case .list(let values) = entry.value.value, !values.isEmpty else {
        complain("grid.\(entry.key)", entry.value, "expected a list of values")
        continue
      }
      let section = entry.key.prefix { $0 != "." }
      let sections = ["problem", "objective", "optimizer", "schedule", "trainer", "model", "data"]
      if !sections.contains(String(section)) || !entry.key.contains(".") {
        complain(
          "grid.\(entry.key)", entry.value,
          "expected a key of \(sections.joined(separator: ", ")), such as problem.flip_rate")
      }
      axes.append((entry.key, values))
    }
    let total = axes.reduce(config.seeds * labels.count) {
      $0.multipliedReportingOverflow(by: $1.values.count).partialValue
    }
    let most = 100_000
    if total > most || total <= 0 || axes.contains(where: { $0.values.count > most }) {
      complain("grid", grid, "makes \(total) runs, at most \(most) are run")
    }
  }

  private mutating func readClaim() {
    guard let node = config.claim, node.value != .null else { return }
    let claim: Claim
    do throws(ConfigError) {
      claim = try ConfigReader.read(Claim.self, from: node, file: file).value
    } catch {
      complaints += error.problems.map { $0.under("claim") }
      return
    }
    self.claim = claim
    guard complaints.isEmpty else { return }
    for (index, expectation) in claim.expectations.enumerated() {
      var names = [expectation.objective]
      if case .other(let label) = expectation.bound { names.append(label) }
      for name in names where !labels.contains(where: { $0.label == name }) {
        complain("claim.expect[\(index)]", node, "'\(name)' is none of the objectives")
      }
      if !measures.contains(where: { $0.name == expectation.measure }) {
        complain("claim.expect[\(index)]", node, "no measure '\(expectation.measure)' is taken")
      }
      for setting in expectation.place + (expectation.otherPlace ?? [])
      where !axes.contains(where: { axis in
        axis.key == setting.key && axis.values.contains { $0.identity == setting.value.identity }
      }) {
        complain(
          "claim.expect[\(index)]", node,
          "the grid has no point \(setting.key): \(setting.value.inline)")
      }
    }
  }

  private mutating func readMeasures() {
    var known = ComparedOnData.measures
    if let node = config.problem {
      guard case .string(let name)? = node["name"]?.value else {
        return complain("problem.name", node, "expected the name of a problem")
      }
      let all = ProblemRegistry.compared
      guard let type = all.first(where: { $0.name == name }) else {
        complaints.append(
          .unknownName(
            path: "problem.name", place: node["name"]?.place ?? node.place, name: name,
            closest: nearestName(to: name, among: all.map { $0.name }), known: all.map { $0.name }))
        return
      }
      if let studied = type as? any StudiedProblem.Type {
        known = studied.measures
        readVariants(studied)
      } else if let comparable = type as? any ComparableProblem.Type {
        known = comparable.measures
      }
    }
    if !config.variants.isEmpty && variants.isEmpty && complaints.isEmpty {
      complain("variants", nil, "means nothing without a problem that has variants")
    }
    for name in config.measures {
      if let measure = known.first(where: { $0.name == name }) {
        measures.append(measure)
      } else {
        let names = known.map(\.name).joined(separator: ", ")
        complain("measures", nil, "no measure '\(name)'; there are \(names)")
      }
    }
    if config.measures.isEmpty { measures = known }
  }

  /// The grid, the last key changing fastest.
  private var points: [[ComparedRun.Setting]] {
    axes.reduce([[]]) { points, axis in
      points.flatMap { point in
        axis.values.map { point + [ComparedRun.Setting(key: axis.key, value: $0)] }
      }
    }
  }

  // MARK: One run

  /// The problem of a seed at a point of the grid; the index of an equal one if there is one.
  private mutating func readProblem(_ settings: [ComparedRun.Setting], _ seed: Int) -> Int? {
    guard var node = config.problem else { return nil }
    do throws(Problem) {
      try apply(settings.filter { $0.key.hasPrefix("problem.") }, dropping: 1, to: &node)
    } catch {
      complaints.append(error)
      return nil
    }
    let options = ProblemRegistry.options()
    if case .string(let name)? = node["name"]?.value,
      let option = options.first(where: { $0.name == name }),
      ConfigReader.keys(of: option, discriminator: "name").contains(where: { $0.key == "seed" })
    {
      var start = 0
      if case .int(let given)? = node["seed"]?.value { start = given }
      let place = node["seed"]?.place ?? node.place
      // Problems may draw their test pairs from the next seed: no run trains on what another is tested on.
      let value = ConfigNode(.int(start &+ 16 &* (config.firstSeed &+ seed)), place: place)
      do throws(Problem) {
        try node.set(["seed"], to: value, path: "problem.seed")
      } catch { complaints.append(error) }
    }
    do throws(ConfigError) {
      let (problem, resolved) = try ConfigReader.readVariant(
        options, discriminator: "name", from: node, path: "problem", file: file)
      let text = resolved.inline
      if let known = problems.lastIndex(where: { $0.text == text }) { return known }
      problems.append((problem, text))
      return problems.count - 1
    } catch {
      complaints += error.problems
      return nil
    }
  }

  private mutating func add(
    _ index: Int, _ settings: [ComparedRun.Setting], _ seed: Int, _ problem: Int?
  ) {
    let about = problem.map { problems[$0].text } ?? ""
    func append(_ work: ComparePlan.Work, _ text: String) {
      let digest = SHA256.hash(data: Array("\(RunConfig.formatVersion) \(text)\(about)".utf8))
      jobs.append(
        ComparePlan.Job(
          id: digest.prefix(8).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            .joined(),
          objective: index, settings: settings, seed: seed, work: work, problem: problem))
    }
    if !variants.isEmpty { return append(.study(variants[index].name), variants[index].name) }
    do {
      let (run, resolved) = try read(objectives[index], settings, seed)
      append(.training(run, resolved: resolved), resolved.inline)
    } catch {
      for problem in error.problems where !complaints.contains(problem) {
        complaints.append(problem)
      }
    }
  }

  private func read(
    _ objective: ComparedObjective, _ settings: [ComparedRun.Setting], _ seed: Int
  ) throws(ConfigError) -> (RunConfig, ConfigNode) {
    var document: ConfigNode
    do throws(Problem) {
      document = try self.document(objective, settings, seed)
      try apply(settings.filter { !$0.key.hasPrefix("problem.") }, to: &document)
      for change in objective.changes {
        let value = try change.value.substituting(settings, path: "objectives.set")
        try apply([.init(key: change.key, value: value)], to: &document)
      }
    } catch {
      throw ConfigError(file: file, problems: [error])
    }
    return try ConfigReader.read(RunConfig.self, from: document, file: file)
  }

  /// A training config of one run.
  private func document(
    _ objective: ComparedObjective, _ settings: [ComparedRun.Setting], _ seed: Int
  ) throws(Problem) -> ConfigNode {
    let none = ConfigNode(.table([]))
    var entries: [ConfigNode.Entry] = [
      .init(
        key: "run",
        value: ConfigNode(
          .table([
            .init(key: "name", value: "run".configNode),
            .init(key: "seed", value: (config.firstSeed + seed).configNode),
          ]))),
      .init(
        key: "objective", place: objective.node.place,
        value: try objective.node.substituting(settings, path: "objective")),
      .init(key: "optimizer", value: config.optimizer ?? none),
      .init(key: "schedule", value: config.schedule ?? none),
      .init(key: "trainer", value: config.trainer ?? none),
      // On a problem without a model of the config's the problem's own takes its place.
      .init(
        key: "model",
        value: config.model
          ?? ConfigNode(.table([.init(key: "kind", value: "features".configNode)]))
      ),
    ]
    let onProblem = ConfigNode(
      .table([
        .init(key: "train", value: "the problem".configNode),
        .init(key: "validation_split", value: "test".configNode),
      ]))
    entries.append(.init(key: "data", value: config.data ?? onProblem))
    return ConfigNode(.table(entries))
  }

  private func apply(
    _ settings: [ComparedRun.Setting], dropping first: Int = 0, to node: inout ConfigNode
  ) throws(Problem) {
    for setting in settings {
      let keys = setting.key.split(separator: ".", omittingEmptySubsequences: false)
      try node.set(keys.dropFirst(first), to: setting.value, path: setting.key)
    }
  }

  private mutating func complain(_ path: String, _ node: ConfigNode?, _ message: String) {
    complaints.append(.custom(path: path, place: node?.place ?? .none, message: message))
  }
}
