internal import PairwiseAutodiff
public import PairwiseModels
internal import PairwiseNN
public import PairwiseObjectives
public import PairwiseOptim
public import PairwiseTensor

/// What one update did.
public struct StepResult: Sendable {
  /// Of the whole batch, before the update.
  public var loss: Double
  /// Global norm before clipping.
  public var gradientNorm: Double
  public var learningRate: Double
  public var metrics: MetricSums
  /// Tokens of the batch, a shared prompt counted for each of its completions; 0 without tokens.
  public var tokens: Int
}

/// Something that is not a number came out of a step; nothing was updated.
public struct NumericalStop: Error, Equatable, Sendable, CustomStringConvertible {
  public var step: Int
  /// What is wrong: `loss is not finite`, or another sentence.
  public var problem: String
  /// Rows of the data involved; the whole batch if a gradient cannot be told apart.
  public var rows: [Int]

  /// - Parameter tensor: what is not finite: `loss`, `scores`, or the gradient of a named parameter.
  public init(step: Int, tensor: String, rows: [Int]) {
    self.init(step: step, problem: "\(tensor) is not finite", rows: rows)
  }

  public init(step: Int, problem: String, rows: [Int]) {
    self.step = step
    self.problem = problem
    self.rows = rows
  }

  public var description: String {
    let shown = rows.prefix(8).map(String.init).joined(separator: ", ")
    let more = rows.count > 8 ? " and \(rows.count - 8) more" : ""
    return "step \(step): \(problem); data rows \(shown)\(more)"
  }
}

/// Over what the losses of an update run.
public enum Accumulation: String, Sendable, CaseIterable {
  /// The whole batch: how it is split into microbatches changes nothing.
  case batch
  /// Each microbatch is a batch of its own, and losses and figures are averaged over them, as TRL does.
  case microbatch
}

/// One update: forward and backward over the microbatches of a batch, clipping, optimizer.
///
/// It names no objective: losses become the batch's loss by dividing through the totals of the whole
/// batch, and gradients add up row by row, so that the microbatch size never changes a bit. Objectives
/// whose losses depend on the whole batch get all of it at once (`runTogether`).
public struct TrainStep {
  public var model: any Model
  public var optimizer: any Optimizer
  public let objective: any Objective
  public let options: StepOptions
  /// What the objective carries from batch to batch.
  public internal(set) var state: [InputName: Tensor]
  /// The reference, where it runs beside the policy.
  var reference: LiveReference?
  /// What the objective reads of the policy and its reference.
  let need: ReferenceNeed
  /// Whether it compares two encodings of every completion.
  let readsTwice: Bool
  private let trainsPolicy: Bool
  private let segments: [ParameterSegment]
  /// Used twice in a pass: the gradients of the second use lie behind those of all parameters.
  private let tied: Parameter?
  var gradients: Tensor
  /// Whether passes are made with dropout.
  var dropsOut = true

  public init(
    model: any Model, optimizer: any Optimizer, objective: any Objective,
    segments: [ParameterSegment], options: StepOptions = StepOptions()
  ) {
    self.init(
      taking: Fresh(model: model, optimizer: optimizer), objective: objective, segments: segments,
      options: options)
    self.model.store.makeUnique()
  }

  /// The same, as the only owner of model and optimizer, so that nothing is copied.
  init(
    taking fresh: consuming Fresh, objective: any Objective, segments: [ParameterSegment],
    options: StepOptions, state: [InputName: Tensor]? = nil
  ) {
    tied = fresh.model.tied
    gradients = .zeros([fresh.model.store.count + (tied?.shape.count ?? 0)])
    (self.objective, self.segments, self.options) = (objective, segments, options)
    need = ReferenceNeed(objective)
    trainsPolicy = objective.trainsPolicy
    readsTwice = objective.inputs.contains { $0.name.firstEncoding != nil }
    self.state = objective.initialState.merging(state ?? [:]) { $1 }
    model = fresh.model
    optimizer = fresh.optimizer
  }

  /// Makes one update with `batch`.
  ///
  /// - Parameter step: the number of this step, from 1.
  /// - Throws: before anything is updated, if loss or gradient is not finite.
  public mutating func run(_ batch: Batch, step: Int, learningRate: Double) throws(NumericalStop)
    -> StepResult
  {
    try run(batch, meta: nil, step: step, learningRate: learningRate)
  }

  /// The same from the gradient at a point ahead, where there are responses to look ahead with.
  mutating func run(_ batch: Batch, meta: MetaBatch?, step: Int, learningRate: Double)
    throws(NumericalStop) -> StepResult
  {
    gradients.fill(0)
    let figures =
      if let meta {
        try lookAhead(batch, meta, step)
      } else {
        try accumulate(batch, step)
      }
    return try update(batch, figures, step: step, learningRate: learningRate)
  }

  /// Adds the gradient of a batch's loss to `gradients`.
  mutating func accumulate(_ batch: Batch, _ step: Int) throws(NumericalStop) -> Figures {
    var figures = try pass(through: batch, step)
    if options.measures, !trainsPolicy { figures.metrics.add(batch.totals(for: objective)) }
    return figures
  }

  private mutating func pass(through batch: Batch, _ step: Int) throws(NumericalStop) -> Figures {
    let parts = microbatches(of: batch)
    switch options.accumulation {
    // Numbers of the objective's own get their gradient from the whole batch at once.
    case .batch where (objective.isBatchDependent || !objective.learned.isEmpty) && parts.count > 1:
      return try runTogether(parts, of: batch, step)
    case .batch:
      return try runInTurn(parts, of: batch.totals(for: objective), step)
    case .microbatch:
      return try runApart(parts, step)
    }
  }

  /// The gradient of a batch's loss with the weights as they are, without dropout.
  mutating func slope(of batch: Batch) throws(NumericalStop) -> [Double] {
    gradients.fill(0)
    dropsOut = false
    defer { dropsOut = true }
    _ = try accumulate(batch, 0)
    addSecondUse()
    return ownGradients.array.map { Double($0) }
  }

  private mutating func update(
    _ batch: Batch, _ figures: Figures, step: Int, learningRate: Double
  ) throws(NumericalStop) -> StepResult {
    addSecondUse()
    let gradients = ownGradients
    let norm = GradientNorm.norm(gradients)
    guard norm.isFinite else { throw nonFiniteGradient(batch, step) }
    let context = UpdateContext(
      learningRate: learningRate,
      gradientScale: GradientNorm.clipFactor(norm: norm, maximum: options.maxGradNorm),
      segments: segments)
    optimizer.update(&model.store.values, gradients: gradients, context)
    state = figures.state
    reference?.follow(model.store, step: step)
    return StepResult(
      loss: figures.loss, gradientNorm: norm, learningRate: learningRate,
      metrics: figures.metrics, tokens: batch.tokens)
  }

  /// Adds the gradients of a parameter's second use to those of the first, once for the whole batch.
  private mutating func addSecondUse() {
    guard let tied else { return }
    let second = model.store.count - tied.offset
    gradients.withMutableSpan { span in
      for index in tied.range {
        span[index] += span[second + index]
        span[second + index] = 0
      }
    }
  }

  /// The gradients of all parameters, without those of a second use.
  var ownGradients: Tensor {
    tied == nil
      ? gradients
      : Tensor(
        storage: gradients.storage, offset: gradients.offset, shape: [model.store.count])
  }

  /// Where the gradients of a second use begin; nil: no parameter has one.
  var secondUse: Int? { tied == nil ? nil : model.store.count }

  private func nonFiniteGradient(_ batch: Batch, _ step: Int) -> NumericalStop {
    let name = gradients.firstNonFinite.flatMap { model.store.parameter(at: $0)?.name }
    return NumericalStop(
      step: step, tensor: name.map { "gradient of \($0)" } ?? "gradient norm", rows: batch.rows)
  }
}

/// How updates are made, apart from model, objective and optimizer.
public struct StepOptions: Sendable {
  /// Pairs computed at once; nil: the whole batch.
  public var microbatchSize: Int?
  public var accumulation: Accumulation
  /// Gradients are scaled down to this norm; 0: never.
  public var maxGradNorm: Double
  public var seed: UInt64
  /// Bytes that activations may take.
  public var activationBudget: Int
  /// Whether the first step must find the policy equal to its reference.
  public var checksReference: Bool
  /// Whether steps give metrics beside loss and gradient norm.
  public var measures: Bool

  public init(
    microbatchSize: Int? = nil, accumulation: Accumulation = .batch, maxGradNorm: Double = 1,
    seed: UInt64 = 0, activationBudget: Int = 1 << 30, checksReference: Bool = false,
    measures: Bool = true
  ) {
    self.microbatchSize = microbatchSize
    self.accumulation = accumulation
    self.maxGradNorm = maxGradNorm
    self.seed = seed
    self.activationBudget = activationBudget
    self.checksReference = checksReference
    self.measures = measures
  }
}
