internal import PairwiseAutodiff
public import PairwiseModels
internal import PairwiseNN
public import PairwiseObjectives
public import PairwiseOptim
internal import PairwiseTensor

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

/// One update: forward and backward over the microbatches of a batch, clipping, optimizer.
///
/// It names no objective: losses become the batch's loss by dividing through the totals of the whole
/// batch, and gradients add up row by row, so that the microbatch size never changes a bit.
public struct TrainStep {
  public var model: any Model
  public var optimizer: any Optimizer
  public let objective: any Objective
  public let microbatchSize: Int?
  public let maxGradNorm: Double
  public let seed: UInt64
  /// Bytes that activations may take.
  public let activationBudget: Int
  /// Whether the first step must find the policy equal to its reference.
  public let checksReference: Bool
  private let segments: [ParameterSegment]
  private var gradients: Tensor

  public init(
    model: any Model, optimizer: any Optimizer, objective: any Objective,
    segments: [ParameterSegment], microbatchSize: Int? = nil, maxGradNorm: Double = 1,
    seed: UInt64 = 0, activationBudget: Int = 1 << 30, checksReference: Bool = false
  ) {
    self.init(
      taking: Fresh(model: model, optimizer: optimizer), objective: objective, segments: segments,
      microbatchSize: microbatchSize, maxGradNorm: maxGradNorm, seed: seed,
      activationBudget: activationBudget, checksReference: checksReference)
    self.model.store.makeUnique()
  }

  /// The same, as the only owner of model and optimizer, so that nothing is copied.
  init(
    taking fresh: consuming Fresh, objective: any Objective, segments: [ParameterSegment],
    microbatchSize: Int?, maxGradNorm: Double, seed: UInt64, activationBudget: Int,
    checksReference: Bool
  ) {
    gradients = .zeros([fresh.model.store.count])
    (self.objective, self.segments) = (objective, segments)
    (self.microbatchSize, self.maxGradNorm, self.seed) = (microbatchSize, maxGradNorm, seed)
    (self.activationBudget, self.checksReference) = (activationBudget, checksReference)
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
    gradients.fill(0)
    var loss = LossSum()
    var metrics = MetricSums()
    let totals = batch.totals(for: objective)
    let size = min(batch.count, microbatchSize ?? batch.count)
    var start = 0
    while start < batch.count {
      let range = start..<min(batch.count, start + size)
      try accumulate(batch.pairs(range), first: start, totals, step, &loss, &metrics)
      start = range.upperBound
    }
    let norm = GradientNorm.norm(gradients)
    guard norm.isFinite else { throw nonFiniteGradient(batch, step) }
    let context = UpdateContext(
      learningRate: learningRate,
      gradientScale: GradientNorm.clipFactor(norm: norm, maximum: maxGradNorm), segments: segments)
    optimizer.update(&model.store.values, gradients: gradients, context)
    return StepResult(
      loss: loss.value, gradientNorm: norm, learningRate: learningRate, metrics: metrics,
      tokens: batch.tokens)
  }

  /// Forward and backward of one microbatch whose first pair is number `first` of the batch.
  private mutating func accumulate(
    _ microbatch: Batch, first: Int, _ totals: BatchTotals, _ step: Int, _ loss: inout LossSum,
    _ metrics: inout MetricSums
  ) throws(NumericalStop) {
    let tape = Tape()
    let key = DropoutKey(
      key: seed &+ UInt64(step) &* 0x9E37_79B9_7F4A_7C15, start: UInt64(2 * first))
    let pass = ForwardPass(
      dropout: key, activationBudget: activationBudget, wantsStatistics: true)
    let output = model.forward(microbatch.input, Weights(model.store, on: tape), pass)
    try check(output.variable.value, output.words, microbatch, step)
    let inputs = microbatch.objectiveInputs(output)
    if checksReference && step == 1 { try checkReference(inputs, microbatch) }
    let value = objective.value(inputs, of: totals)
    try check(value.losses.value, "loss", microbatch, step)
    value.add(to: &loss)
    objective.measure(inputs, into: &metrics)
    if case .completions(let completions) = output {
      completions.statistics?.measure(into: &metrics)
    }
    metrics.nextMicrobatch()
    tape.backward(from: value.share, into: &gradients)
  }

  /// Before the first update the policy is its reference, so each log-prob must be the reference's to the
  /// last bit: anything else means that the two were not computed alike.
  private func checkReference(_ inputs: ObjectiveInputs, _ batch: Batch) throws(NumericalStop) {
    for (policy, reference) in [
      (InputName.policyChosenLogps, InputName.refChosenLogps),
      (.policyRejectedLogps, .refRejectedLogps),
    ] {
      guard let a = inputs.optional(policy)?.value, let b = inputs.optional(reference)?.value,
        a != b
      else { continue }
      let bad = (0..<batch.count).filter { a[flat: $0] != b[flat: $0] }
      throw NumericalStop(
        step: 0, problem: "\(policy) differs from \(reference) before the first update",
        rows: bad.map { batch.rows[$0] })
    }
  }

  /// An infinite score can still have a finite loss, so both are looked at.
  private func check(_ values: Tensor, _ name: String, _ batch: Batch, _ step: Int)
    throws(NumericalStop)
  {
    guard values.firstNonFinite != nil else { return }
    let array = values.array
    let perPair = array.count / batch.count
    let bad = (0..<batch.count).filter { pair in
      array[pair * perPair..<(pair + 1) * perPair].contains { !$0.isFinite }
    }
    throw NumericalStop(step: step, tensor: name, rows: bad.map { batch.rows[$0] })
  }

  private func nonFiniteGradient(_ batch: Batch, _ step: Int) -> NumericalStop {
    let name = gradients.firstNonFinite.flatMap { model.store.parameter(at: $0)?.name }
    return NumericalStop(
      step: step, tensor: name.map { "gradient of \($0)" } ?? "gradient norm", rows: batch.rows)
  }
}

extension ModelOutput {
  /// What messages call it.
  fileprivate var words: String {
    switch self {
    case .scores: "scores"
    case .completions: "log-probs"
    }
  }
}
