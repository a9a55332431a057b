public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
public import PairwiseModels
internal import PairwiseNN
internal import PairwiseObjectives
internal import PairwiseTensor
internal import Synchronization

/// What a run in memory ended with.
public struct MemoryOutcome {
  public var model: any Model
  public var steps: Int
  /// Loss of the last step; nil if none was made.
  public var loss: Double?
  /// Figures on the held-out pairs, as in the table at the end of a run.
  public var figures: [(name: String, value: Double)]
  /// Metrics of the objective on the held-out pairs, by their names in `metrics.jsonl`.
  public var metrics: [(name: String, value: Double)]
  /// The evaluation on the held-out pairs, as in `evaluation.json`.
  public var evaluation: ConfigNode?
}

/// Reference log-probs of the pairs of several runs that start from the same model. A class because the runs
/// share what the first of them computed.
public final class ReferenceShelf: Sendable {
  private let known = Mutex<[String: ReferenceLogps]>([:])

  public init() {}

  /// The log-probs of a set: those that are there, or computed now.
  func open(_ model: any Model, _ pairs: PairSet, named name: String, wantsTokens: Bool)
    throws(DataError) -> ReferenceLogps
  {
    let slots = pairs.plan.slots.map(\.reference.text).joined(separator: ",")
    let digest = ReferenceCache.digest(model.store)
    let key = "\(name)/\(pairs.count)/\(slots)/\(wantsTokens)/\(digest)"
    if let found = known.withLock({ $0[key] }) { return found }
    let computed = try ReferenceLogps(
      model, pairs, wantsTokens: wantsTokens, batchSize: pairs.mostAtOnce == .max ? 4096 : 64
    ) { _ in }
    known.withLock { $0[key] = computed }
    return computed
  }
}

extension TrainRun {
  /// Whether there are held-out pairs.
  public var hasValidation: Bool { data.validation != nil }

  /// The run with everything computed that comes before its first step; with a shelf, nothing is left on disk.
  public func prepared(sharing shelf: ReferenceShelf? = nil) throws -> TrainRun {
    let model = try startModel()
    let run = try withMargins().withVectors(model, onDisk: shelf == nil)
    guard let shelf else { return try run.withReference(model) }
    guard keepsReference else { return run }
    var prepared = run
    let wantsTokens = reference.tokens
    prepared.data.train.reference = try shelf.open(
      model, data.train, named: "train", wantsTokens: wantsTokens)
    if let validation = data.validation {
      prepared.data.validation?.reference = try shelf.open(
        model, validation, named: "validation", wantsTokens: wantsTokens)
    }
    return prepared
  }

  /// Trains a prepared run from its start to its last step without leaving a file: the same updates as `run`,
  /// bit for bit.
  ///
  /// - Parameters:
  ///   - evaluates: whether the model that comes out is judged on the held-out pairs.
  ///   - watch: called before the first update with 0 and after each with the number done, the loss of
  ///     that update and the model as it is then; returning false ends the run there.
  /// - Throws: `DataError`, `NumericalStop`, or what `watch` throws.
  public func runInMemory(
    evaluates: Bool = true,
    watch: (_ done: Int, _ loss: Double?, _ model: any Model) throws -> Bool = { _, _, _ in true }
  ) throws -> MemoryOutcome {
    let fresh = try start()
    let live = LiveReference(fresh.model, reference)
    var train = step(fresh, state: config.objective.initialState, measures: false)
    train.reference = live
    train.model.store.makeUnique()
    let feed = try StepFeed(self)
    var (done, loss) = (0, Double?.none)
    var goesOn = try watch(0, nil, train.model)
    while done < totalSteps && goesOn {
      let result = try feed.run(
        &train, step: done + 1, learningRate: learningRate(step: done + 1))
      done += 1
      loss = result.loss
      goesOn = try watch(done, result.loss, train.model)
    }
    var outcome = MemoryOutcome(
      model: train.model.own, steps: done, loss: loss, figures: [], metrics: [])
    guard evaluates, let validation = data.validation else { return outcome }
    let evaluated = try Evaluator.evaluate(
      train.model, validation, objective: config.objective, state: train.state,
      reference: train.reference, batchSize: config.trainer.evalBatchSize)
    let ending = try RunEnding(
      self, model: train.model, evaluated: evaluated, state: train.state,
      reference: train.reference)
    outcome.figures = ending.figures.map { ($0.name, $0.value) }
    outcome.evaluation = ending.evaluation
    outcome.metrics =
      [("loss", evaluated.loss)] + evaluated.metrics.values.map { ($0.name, $0.value) }
    return outcome
  }
}
