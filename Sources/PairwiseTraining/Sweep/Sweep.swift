public import PairwiseConfig
internal import PairwiseData
public import PairwiseEvaluation
internal import PairwiseModels

/// One training config run with several values of one key, and its policies compared by several rewards.
///
/// Stages before it, margin rewards and reference log-probs are computed once and shared. A run that is there
/// already with the same config is not made again, so that a sweep that was stopped goes on.
public struct Sweep {
  /// Something that happens in a sweep.
  public enum Event {
    /// A run of that name begins, or is there already.
    case run(name: String, isDone: Bool)
    /// Something that happens in it.
    case training(TrainEvent)
    /// Completions are written by the policy of a run.
    case sampling(name: String, done: Int, total: Int)
  }

  /// A policy and what its completions earn.
  public struct Point: Sendable {
    public var name: String
    /// The value of the swept key; nil: where training starts.
    public var value: ConfigNode?
    /// Mean reward `[K]`, with its 95 % interval.
    public var rewards: [(mean: Double, interval: Interval?)]
    /// KL to the start per completion, nats.
    public var divergence: PolicyReport.Divergence?
  }

  /// What a sweep found, besides the runs it left.
  public struct Outcome: Sendable {
    public var rewards: [String]
    /// Where training starts first, then a policy for each value.
    public var points: [Point]
    public var front: ParetoFront
    public var referencePoint: [Double]
    public var folder: String
  }

  public let config: SweepConfig
  private let resolved: ConfigNode
  private let configFolder: String
  private let notify: (Event) -> Void

  public init(
    _ config: SweepConfig, resolved: ConfigNode, configFolder: String,
    notify: @escaping (Event) -> Void = { _ in }
  ) {
    (self.config, self.resolved) = (config, resolved)
    (self.configFolder, self.notify) = (configFolder, notify)
  }

  private var target: String { config.output + "/" + config.name }

  /// Trains what is missing, samples every policy, and writes `sweep.yaml`, `front.json` and `front.svg`.
  public func run() throws -> Outcome {
    let prompts = try PromptRows.prompts(of: path(config.prompts), most: config.maxPrompts)
    // Every config is read before the first run, so that no problem comes up hours later.
    let stages = try config.stages.map { try read($0, overrides: []) }
    let runs = try config.values.enumerated().map { index, value in
      try read(
        config.base,
        overrides: [
          "\(config.key)=\(Sweep.text(value))", "run.name=\(config.name)-\(index + 1)",
        ])
    }
    guard let origin = runs[0].config.model.path else {
      throw RunError.unsuitable(
        "\(config.base): model.path: a sweep compares with the model that training starts from; name one"
      )
    }
    for stage in stages { _ = try train(stage) }
    let finals = try runs.map { try train($0).folder.final }
    let judges = try config.rewards.map { try MarginRewards.Rule($0, locate: path) }
    let start = locate(origin, from: runs[0].folder)
    var points = [
      try point("start", nil, policy: start, start: start, prompts, judges)
    ]
    for (index, final) in finals.enumerated() {
      points.append(
        try point(
          runs[index].config.run.name, config.values[index], policy: final, start: start, prompts,
          judges))
    }
    let values = points.map { $0.rewards.map(\.mean) }
    let corner =
      config.referencePoint
      ?? judges.indices.map { index in values.map { $0[index] }.min() ?? 0 }
    let outcome = Outcome(
      rewards: config.rewards.map(\.name), points: points,
      front: ParetoFront(values, reference: corner), referencePoint: corner, folder: target)
    try write(outcome)
    return outcome
  }

  private func path(_ text: String) -> String { locate(text, from: configFolder) }

  private static func text(_ value: ConfigNode) -> String {
    var writer = JSONWriter()
    writer.write(value)
    return writer.string
  }

  /// A training config that was read and checked.
  private struct Recipe {
    let config: RunConfig
    let resolved: ConfigNode
    /// Where its paths are looked up.
    let folder: String
  }

  private func read(_ file: String, overrides: [String]) throws(ConfigError) -> Recipe {
    let file = path(file)
    let document = try ConfigFile.load(file, overrides: overrides)
    let (section, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: file)
    return Recipe(config: section, resolved: resolved, folder: folder(of: file))
  }

  /// Trains a config unless a run of the same config is there already.
  private func train(_ recipe: Recipe) throws -> TrainRun {
    let notify = notify
    let run = try TrainRun(
      recipe.config, resolved: recipe.resolved, configFolder: recipe.folder, output: config.output
    ) { notify(.training($0)) }
    let isDone = try FileAccess.isFolder(run.folder.final) && run.changedKeys().isEmpty
    notify(.run(name: recipe.config.run.name, isDone: isDone))
    if !isDone { try run.run(existing: .resume) }
    return run
  }

  private func point(
    _ name: String, _ value: ConfigNode?, policy: String, start: String,
    _ prompts: [PreferenceText], _ judges: [MarginRewards.Rule]
  ) throws -> Point {
    guard let model = try ModelDirectory.load(policy).model as? CausalLM,
      let reference = try ModelDirectory.load(start).model as? CausalLM
    else { throw RunError.unsuitable("\(policy): expected a language model to sample from") }
    let total = prompts.count * config.samples
    let sample = try OnPolicySample(
      of: model, reference: reference, prompts: prompts, samples: config.samples,
      maxNewTokens: config.maxNewTokens, seed: UInt64(config.seed)
    ) { notify(.sampling(name: name, done: $0, total: total)) }
    let rewards = try judges.map { judge in
      let values =
        switch judge {
        case .length(let scale): sample.lengths.map { scale * Double($0) }
        case .scored(let scorer): try sample.rewards(scorer)
        }
      return (
        mean: values.reduce(0, +) / Double(values.count), interval: try? Interval.mean(of: values)
      )
    }
    return Point(name: name, value: value, rewards: rewards, divergence: sample.divergence)
  }

  // MARK: What it leaves

  private func write(_ outcome: Outcome) throws(DataError) {
    try FileAccess.createFolder(target)
    var writer = JSONWriter(.pretty)
    writer.write(outcome.node)
    writer.endLine()
    try FileAccess.replace(target + "/front.json", with: writer.bytes)
    try FileAccess.replace(target + "/front.svg", with: Array(outcome.picture.utf8))
    try FileAccess.replace(
      target + "/sweep.yaml", with: Array(ConfigFile.yaml(from: resolved).utf8))
  }
}

extension Sweep.Outcome {
  /// For `front.json`.
  public var node: ConfigNode {
    let rows = zip(points, front.isOnFront).map { point, isOnFront in
      var entries: [ConfigNode.Entry] = [
        .init(key: "name", value: point.name.configNode),
        .init(key: "value", value: point.value ?? ConfigNode(.null)),
        .init(key: "is_on_front", value: isOnFront.configNode),
      ]
      for (name, reward) in zip(rewards, point.rewards) {
        entries.append(.init(key: "reward/\(name)", value: reward.mean.configNode))
        entries.append(.init(key: "reward/\(name)_ci", value: Self.node(reward.interval)))
      }
      if let divergence = point.divergence {
        entries.append(.init(key: "kl", value: divergence.value.configNode))
        entries.append(.init(key: "kl_ci", value: Self.node(divergence.interval)))
      }
      return ConfigNode(.table(entries))
    }
    return ConfigNode(
      .table([
        .init(key: "rewards", value: rewards.configNode),
        .init(key: "hypervolume", value: front.hypervolume.configNode),
        .init(key: "reference_point", value: referencePoint.configNode),
        .init(key: "points", value: ConfigNode(.list(rows))),
      ]))
  }

  private static func node(_ interval: Interval?) -> ConfigNode {
    interval.map { [$0.low, $0.high].configNode } ?? ConfigNode(.null)
  }
}
