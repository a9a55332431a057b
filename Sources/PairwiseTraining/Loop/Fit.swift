public import PairwiseData
public import PairwiseModels
internal import PairwiseNN
public import PairwiseObjectives
public import PairwiseOptim
internal import PairwiseTensor

/// How `RewardModel.fit` trains: the settings of a config that need no files, with the same defaults.
public struct FitOptions: Sendable {
  /// Passes over the pairs, > 0.
  public var epochs = 3
  /// Pairs per update, > 0.
  public var batchSize = 32
  /// Pairs computed at once, to bound memory; nil: the whole batch. Results do not depend on it.
  public var microbatchSize: Int?
  /// Draws a new order of the pairs in every epoch.
  public var shuffle = true
  public var optimizer = OptimizerSection()
  public var schedule = Schedule.Kind.linear
  /// Updates over which the learning rate rises from 0.
  public var warmupSteps = 0
  /// Start of the order of pairs and of dropout.
  public var seed: UInt64 = 0

  public init() {}
}

extension RewardModel {
  /// Trains this model on pairs, without a config and without leaving files: for programs and tests.
  ///
  /// The updates are those of `pairwise train` with the same settings, bit for bit. Unless it returns
  /// normally the model is as it was.
  ///
  /// - Parameters:
  ///   - pairs: their `train` split is used, or all of them where there is none. Ties are trained on as
  ///     soft labels of ½ if the objective takes those.
  ///   - progress: called after every update with the number of updates done, from 1.
  /// - Throws: `RunError.unsuitable` if the pairs lack what model or objective needs, `DataError` if they
  ///   cannot be read, `NumericalStop` if a step gives something that is not a number.
  public mutating func fit(
    to pairs: any PairSource, objective: any Objective = BradleyTerry(),
    options: FitOptions = FitOptions(), progress: (Int, StepResult) -> Void = { _, _ in }
  ) throws {
    precondition(
      options.epochs > 0 && options.batchSize > 0, "fit: epochs and batchSize must be positive")
    if let problem = PairScorer(self).problem(with: pairs) { throw RunError.unsuitable(problem) }
    let takesSoftLabels = objective.inputs.contains { $0.name == .labelProbability }
    let columns = try ColumnPlan(
      objective, .pairs, pairs, ties: takesSoftLabels ? .half : .error, "pairs")
    let rows = pairs.splits["train"] ?? .range(0..<pairs.count)
    let decided = try columns.withoutTies(rows, of: pairs)
    var set = PairSet(
      source: pairs, rows: try columns.withoutLeftOut(decided, of: pairs).rows,
      reader: try reader.bound(to: pairs),
      columns: columns.wanted, matrices: columns.matrices)
    set.readsOutcome = columns.readsOutcome
    try columns.check(set.rows, of: pairs)
    guard set.count > 0 else { throw RunError.unsuitable("pairs: no training pairs") }

    let order = BatchOrder(
      count: set.count, batchSize: options.batchSize, shuffle: options.shuffle,
      seed: options.seed, window: set.window)
    let stream = BatchStream(set, order: order)
    let steps = options.epochs * order.stepsPerEpoch
    let schedule = Schedule(
      options.schedule, warmupSteps: options.warmupSteps, totalSteps: steps)
    var model = unshared()
    model.store.append(objective.learnedParameters(rate: options.optimizer.learningRate))
    var step = TrainStep(
      model: model, optimizer: options.optimizer.build(parameterCount: model.store.count),
      objective: objective, segments: options.optimizer.segments(of: model.store.trained),
      options: StepOptions(
        microbatchSize: options.microbatchSize, maxGradNorm: options.optimizer.maxGradNorm,
        seed: options.seed))
    for done in 0..<steps {
      let rate = options.optimizer.learningRate * schedule.factor(done)
      let batch = try stream.batch(ofStep: done)
      progress(done + 1, try step.run(batch, step: done + 1, learningRate: rate))
    }
    store = step.model.store.own
  }

  /// The model with parameters of its own: an optimizer updates in place and takes no shared ones.
  private func unshared() -> Self {
    var copy = self
    copy.store.values = Tensor(store.values.shape, store.values.array)
    return copy
  }
}
