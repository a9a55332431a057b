public import PairwiseConfig
internal import PairwiseData
internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseObjectives
internal import PairwiseOptim
internal import PairwiseTensor

/// How a run treats what is already in its folder.
public enum ExistingRun: Sendable {
  /// An existing run is an error.
  case refuse
  /// Go on from its last good checkpoint.
  case resume
  /// Remove it.
  case overwrite
}

/// A model and its optimizer, to be handed over: whoever takes them must be their only owner, or the first
/// update would copy gigabytes.
struct Fresh {
  var model: any Model
  var optimizer: any Optimizer
}

/// A training run from config to final model: data order, schedule, evaluation, checkpoints.
///
/// It names no objective and no kind of model. Everything that happens is a `TrainEvent`.
public struct TrainRun {
  public let config: RunConfig
  public let resolved: ConfigNode
  public let folder: RunFolder
  var data: TrainingData
  let blueprint: any ModelBlueprint
  /// What the objective reads of a reference.
  let reference: ReferenceNeed
  /// Responses that nobody has judged, to look ahead with.
  let meta: MetaResponses?
  let order: BatchOrder
  let schedule: Schedule
  public let totalSteps: Int
  let notify: (TrainEvent) -> Void
  /// The safetensors file that training starts from, if the config names one.
  private let startFile: String?
  /// How the run was started, for the report.
  let command: String?
  /// Folder of what is made once and found again.
  private let cache: String

  /// Opens the data and plans the run. Nothing is written yet but the imported form of JSONL and CSV.
  ///
  /// - Parameters:
  ///   - configFolder: where relative paths of the config are looked up first.
  ///   - known: the training pairs, if they are open already; nil: what `data.train` names.
  ///   - output: replaces `run.output`.
  ///   - command: how to start the run again, for the report.
  public init(
    _ config: RunConfig, resolved: ConfigNode, configFolder: String, known: DataFile? = nil,
    output: String? = nil, command: String? = nil, notify: @escaping (TrainEvent) -> Void = { _ in }
  ) throws {
    self.config = config
    self.resolved = resolved
    self.notify = notify
    self.command = command
    WorkerPool.shared.setThreads(config.run.threads)
    let output = output ?? config.run.output
    folder = RunFolder(output: output, name: config.run.name)
    cache = output + "/.cache"
    blueprint = try TrainRun.blueprint(config, configFolder)
    data = try TrainingData.open(
      config, blueprint, known: known, locate: { locate($0, from: configFolder) }, cache: cache)
    data.train.vectorNumbers = blueprint.vectorNumbers
    reference = try ReferenceNeed(config, data, blueprint)
    for set in [data.train, data.validation].compactMap({ $0 }) {
      if let problem = try set.problem(config.objective) { throw RunError.unsuitable(problem) }
    }
    meta = try TrainRun.meta(config, blueprint, data, configFolder, cache: cache)
    if let meta { data.fingerprint += "/" + meta.fingerprint }
    startFile = try TrainRun.startFile(config, blueprint, data.facts, configFolder)
    let trainer = config.trainer
    order = BatchOrder(
      count: data.train.count, batchSize: trainer.batchSize, lastBatch: trainer.lastBatch,
      shuffle: trainer.shuffle, seed: config.dataSeed, window: data.train.window)
    guard order.stepsPerEpoch > 0 else {
      throw RunError.unsuitable(
        "\(data.train.count) training pairs are fewer than trainer.batch_size \(trainer.batchSize), "
          + "and last_batch: drop leaves none")
    }
    totalSteps = TrainRun.steps(trainer, order)
    let warmup =
      config.schedule.warmupSteps > 0
      ? config.schedule.warmupSteps
      : Int((config.schedule.warmupRatio * Double(totalSteps)).rounded(.up))
    schedule = Schedule(
      Schedule.Kind(rawValue: config.schedule.name.rawValue) ?? .constant, warmupSteps: warmup,
      totalSteps: totalSteps)
    try checkMemory()
    // Looked at here, so that nothing is computed for groups that cannot be mixed.
    _ = try MixtureLearner(self)
  }

  private func checkMemory() throws(RunError) {
    let needed = plan().estimatedBytes
    if needed > RunEnvironment.physicalMemory {
      throw .unsuitable(
        "the run needs about \(needed >> 20) MiB of memory, this machine has "
          + "\(RunEnvironment.physicalMemory >> 20); "
          + (data.train.lengths.isEmpty
            ? "use smaller hidden_sizes or fewer buckets"
            : "use model.lora, a smaller trainer.microbatch_size or data.max_length"))
    }
  }

  private static func meta(
    _ config: RunConfig, _ blueprint: any ModelBlueprint, _ data: TrainingData,
    _ configFolder: String, cache: String
  ) throws -> MetaResponses? {
    guard let path = config.meta.data else { return nil }
    guard try ModelUse(config.objective) == .scores else {
      throw RunError.unsuitable(
        "meta.data: objective \(type(of: config.objective).name) trains a policy, MetaRM is for reward models"
      )
    }
    return try MetaResponses(
      config.meta, at: locate(path, from: configFolder), config, blueprint, data, cache: cache)
  }

  /// Where the weights to start from lie, checked against the model before anything is written.
  private static func startFile(
    _ config: RunConfig, _ blueprint: any ModelBlueprint, _ facts: DataFacts,
    _ configFolder: String
  ) throws(DataError) -> String? {
    guard !blueprint.readsPath, let path = config.model.path.map({ locate($0, from: configFolder) })
    else { return nil }
    let file = FileAccess.isFolder(path) ? path + "/model.safetensors" : path
    try ModelDirectory.checkWeights(in: file, against: blueprint.parameters(facts).parameters)
    return file
  }

  /// The model as the objective uses it.
  private static func blueprint(_ config: RunConfig, _ configFolder: String) throws
    -> any ModelBlueprint
  {
    let use = try ModelUse(config.objective)
    var request = ModelRequest(
      use: use, path: config.model.path.map { locate($0, from: configFolder) },
      tokens: config.data.tokens, tokenHeads: config.objective.tokenHeads,
      locate: { locate($0, from: configFolder) })
    request.rationales =
      use == .scores && config.objective.inputs.contains { $0.name == .rationaleLogps }
    let blueprint = try config.model.options.blueprint(request)
    if use == .scores, let problem = blueprint.problem(with: config.objective) {
      throw RunError.unsuitable(problem)
    }
    if let kept = config.objective.untrained, config.optimizer.weightDecay > 0 {
      throw RunError.unsuitable(
        "optimizer.weight_decay: expected 0, found \(config.optimizer.weightDecay): objective "
          + "\(type(of: config.objective).name) leaves \(kept) as they are, and decay would shrink them"
      )
    }
    return blueprint
  }

  private static func steps(_ trainer: TrainerSection, _ order: BatchOrder) -> Int {
    if let steps = trainer.maxSteps, steps > 0 { return steps }
    let pairs = trainer.epochs * Double(order.count)
    let steps =
      order.lastBatch == .wrap
      ? pairs / Double(order.batchSize) : trainer.epochs * Double(order.stepsPerEpoch)
    return max(1, Int(min(steps.rounded(.up), 1e15)))
  }

  /// Runs to the end, or to the signal that stops it.
  ///
  /// - Throws: `RunError`, `DataError` or `NumericalStop`.
  @discardableResult
  public func run(existing: ExistingRun = .refuse) throws -> TrainSummary {
    try FileAccess.createFolder(folder.path)
    let lock = try RunLock(folder)
    defer { _ = lock }
    if folder.isUsed && existing == .refuse { throw RunError.exists(folder: folder.path) }
    for remark in try blueprint.remarks(data.facts) + data.remarks(config.objective) {
      notify(.note(remark))
    }
    // Read before an earlier run is removed: it may be what this one starts from.
    var fresh: Fresh? = try start()
    if existing == .overwrite { folder.clear() }
    folder.removeUnfinished()
    let prepared =
      try fresh.map { try withMargins().withReference($0.model).withVectors($0.model) } ?? self
    var session = try TrainSession(prepared, taking: &fresh, resuming: existing == .resume)
    notify(.started(plan(doneSteps: session.state.step)))
    return try session.run()
  }

  /// The run with the margin rewards of all pairs, where the config names some.
  func withMargins() throws(DataError) -> TrainRun {
    guard let margins = data.margins else { return self }
    var prepared = self
    let sets = [data.train] + (data.validation.map { [$0] } ?? [])
    let sources = try margins.computed(
      for: sets, fingerprints: ["train", "validation"].map { "\($0) \(data.fingerprint)" },
      cache: cache
    ) { notify(.preparing("margin rewards (\($0))", done: $1, total: $2)) }
    prepared.data.train.source = sources[0]
    if sources.count > 1 { prepared.data.validation?.source = sources[1] }
    return prepared
  }

  /// The run with the log-probs of all pairs under the model that training starts from, where the
  /// objective reads them: computed once, through the code that training uses, and kept.
  func withReference(_ model: any Model) throws(DataError) -> TrainRun {
    guard keepsReference else { return self }
    var prepared = self
    let store = ReferenceCache(folder: cache, wantsTokens: reference.tokens)
    let weights = ReferenceCache.digest(model.store)
    let total = data.train.count + (data.validation?.count ?? 0)
    let batchSize = data.train.mostAtOnce
    prepared.data.train.reference = try store.open(
      model, weights: weights, data.train, batchSize: batchSize
    ) { notify(.preparing("reference log-probs", done: $0, total: total)) }
    if let validation = data.validation {
      prepared.data.validation?.reference = try store.open(
        model, weights: weights, validation, batchSize: batchSize
      ) { notify(.preparing("reference log-probs", done: data.train.count + $0, total: total)) }
    }
    return prepared
  }

  /// The run with what frozen layers make of all pairs, where the model has such: computed once and kept; in memory
  /// if nothing is to be left on disk.
  func withVectors(_ model: any Model, onDisk: Bool = true) throws(DataError) -> TrainRun {
    guard let model = model as? any FrozenBackbone, model.isFrozen else { return self }
    var prepared = self
    let store = VectorCache(folder: cache)
    let total = data.train.count + (data.validation?.count ?? 0)
    func reading(_ set: PairSet, from done: Int) throws(DataError) -> PairSet {
      func progress(_ rows: Int) {
        notify(.preparing("vectors of the frozen layers", done: done + rows, total: total))
      }
      let vectors =
        onDisk
        ? try store.open(model, set, progress: progress)
        : try FrozenVectors(model, set, progress: progress)
      return try set.reading(vectors, under: model)
    }
    prepared.data.train = try reading(data.train, from: 0)
    if let validation = data.validation {
      var set = try reading(validation, from: data.train.count)
      set.contexts = try PairContexts(prepared.data.train)
      prepared.data.validation = set
    }
    return prepared
  }

  /// Whether log-probs of a reference are computed once, before the first step.
  var keepsReference: Bool { (data.needsReference || reference.tokens) && !reference.isLive }

  // MARK: Pieces of a session

  /// The model with the weights that the config starts from.
  func startModel() throws -> any Model {
    var model = try blueprint.build(data.facts, seed: UInt64(config.run.seed))
    if let startFile { try ModelDirectory.loadWeights(into: &model.store, from: startFile) }
    model.store.append(config.objective.learnedParameters(rate: config.optimizer.learningRate))
    return model
  }

  /// A fresh model and optimizer.
  func start() throws -> Fresh {
    let model = try startModel()
    let optimizer = config.optimizer.build(parameterCount: model.store.count)
    return Fresh(model: model, optimizer: optimizer)
  }

  /// - Parameters:
  ///   - state: what the objective carries on from a checkpoint.
  ///   - measures: whether steps give metrics.
  func step(_ fresh: consuming Fresh, state: [InputName: Tensor], measures: Bool = true)
    -> TrainStep
  {
    let segments = config.optimizer.segments(of: fresh.model.store.trained)
    let options = StepOptions(
      microbatchSize: config.trainer.microbatchSize, accumulation: config.trainer.accumulation,
      maxGradNorm: config.optimizer.maxGradNorm, seed: UInt64(config.run.seed),
      activationBudget: config.trainer.activationBudget,
      checksReference: keepsReference || reference.isLive, measures: measures)
    return TrainStep(
      taking: fresh, objective: config.objective, segments: segments, options: options,
      state: state)
  }

  func learningRate(step: Int) -> Double {
    config.optimizer.learningRate * schedule.factor(step - 1)
  }

  /// Whether the step is one of every `interval`, or ends an epoch where no interval is set.
  func isDue(_ step: Int, every interval: Int?) -> Bool {
    if let interval { return step % interval == 0 }
    if order.lastBatch == .wrap {
      return Int(order.epochs(afterSteps: step)) > Int(order.epochs(afterSteps: step - 1))
    }
    return step % order.stepsPerEpoch == 0
  }
}

/// Where a path of a config leads: relative to the config's folder if there is such a file, else to the
/// working directory.
public func locate(_ path: String, from folder: String) -> String {
  if path.hasPrefix("/") || folder.isEmpty { return path }
  let near = folder + "/" + path
  return FileAccess.exists(near) ? near : path
}

/// The folder a path lies in, "." for a bare name.
public func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

extension ModelUse {
  /// What an objective wants of a model, by the inputs it reads.
  init(_ objective: any Objective) throws(RunError) {
    let names = objective.inputs.filter(\.isDifferentiable).map(\.name)
    if names.contains(.chosenScores) || names.contains(.aScores) {
      self = .scores
    } else if names.contains(.policyLogps) {
      self = .logps(chosenOnly: false)
    } else if names.contains(.policyChosenLogps) || names.contains(.policyChosenTokenLogps) {
      self = .logps(
        chosenOnly: !names.contains(.policyRejectedLogps)
          && !names.contains(.policyRejectedTokenLogps))
    } else if objective.inputs.contains(where: { $0.source == .model }) {
      self = .scores
    } else {
      throw .unsuitable(
        "objective \(type(of: objective).name) reads nothing that a model of pairs computes")
    }
  }
}
