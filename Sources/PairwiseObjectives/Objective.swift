public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// How unreduced losses ℓ with sample weights w become the loss of a batch of B pairs.
public enum Reduction: String, Sendable, CaseIterable {
  /// Σ wℓ / Σ w
  case mean
  /// Σ wℓ / B
  case meanBatch = "mean_batch"
  /// Σ wℓ
  case sum
}

/// A training objective: a pure function from named inputs to one loss per pair.
///
/// It never sees a model, a loader or an optimizer. Its type is its config: `init(from:)` declares the
/// parameters, which gives decoding, messages, schema and documentation alike.
public protocol Objective: Sendable {
  /// The name in configs and files.
  static var name: String { get }
  /// Other names it answers to.
  static var aliases: [String] { get }
  /// One line for lists.
  static var summary: String { get }
  /// The formula and its source, in plain text.
  static var formula: String { get }

  init(from reader: inout SectionReader)

  /// What it reads, given its parameters. Whatever provides inputs provides exactly these.
  var inputs: [InputSpec] { get }
  var reduction: Reduction { get }
  /// Constant inputs whose sum over the whole batch enters each loss; of one with gaps, how many numbers it has.
  var totals: [InputName] { get }
  /// Whether a pair's loss depends on the other pairs of the batch in more than `totals`. Then the losses
  /// are computed of the whole batch at once, however it is split into microbatches.
  var isBatchDependent: Bool { get }
  /// What of the model it reads and must not change, in words, so that weights must not decay; nil: nothing.
  var untrained: String? { get }
  /// The fewest rows that a batch may have.
  var smallestBatch: Int { get }
  /// β, where the objective trains a policy whose implicit reward is β·log-ratio.
  var rewardScale: Double? { get }

  /// The loss of a pair (or row) about which the model is undecided, all logits 0, if it is the same for every
  /// pair: ln 2 where the loss is the negative log of a probability. Nil where there is no such number.
  var undecidedLoss: Double? { get }

  /// Losses `[B]`, unreduced and without weights.
  func losses(_ x: ObjectiveInputs) -> Variable
  /// Terms `[B]` whose plain mean over the batch is added to the loss; nil if there are none.
  func penalties(_ x: ObjectiveInputs) -> Variable?
  /// Adds this microbatch's figures, never weighted.
  func measure(_ x: ObjectiveInputs, into sums: inout MetricSums)
  /// Why these inputs cannot go together, beyond what `inputs` says of each: one sentence, or nil. What is not
  /// among them is not judged: they may be the data's alone, before training.
  func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String?
  /// What the user should know before training on so many single completions of either label: one sentence, or
  /// nil.
  func remark(desirable: Int, undesirable: Int) -> String?
  /// The state after a batch, from all inputs of that batch, so for objectives that see the whole batch only: a value for each input that comes from the
  /// batches before.
  func nextState(_ x: ObjectiveInputs) -> [InputName: Tensor]
}

extension Objective {
  public static var aliases: [String] { [] }
  public var reduction: Reduction { .meanBatch }
  public var totals: [InputName] { [] }
  public var isBatchDependent: Bool { false }
  public var untrained: String? { nil }
  public var smallestBatch: Int { 1 }
  public var rewardScale: Double? { nil }
  public func nextState(_ x: ObjectiveInputs) -> [InputName: Tensor] { [:] }
  public func penalties(_ x: ObjectiveInputs) -> Variable? { nil }
  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? { nil }
  public func remark(desirable: Int, undesirable: Int) -> String? { nil }

  /// The state before the first batch.
  public var initialState: [InputName: Tensor] {
    var state: [InputName: Tensor] = [:]
    for spec in inputs {
      if case .state(let values) = spec.source { state[spec.name] = Tensor(values) }
    }
    return state
  }
}

/// What the reduction needs to know about the whole batch before its first microbatch.
public struct BatchTotals: Sendable, Equatable {
  /// B, pairs in the whole batch.
  public var pairs: Int
  /// Σ w over the whole batch.
  public var weight: Double
  /// Sums of the inputs that the objective names in `totals`.
  public var sums: [InputName: Double]

  public init(pairs: Int, weight: Double, sums: [InputName: Double] = [:]) {
    self.pairs = pairs
    self.weight = weight
    self.sums = sums
  }

  /// Σ x, in row order.
  static func sum(_ x: Tensor) -> Double {
    x.withSpan { span in
      var sum = 0.0
      for i in 0..<span.count { sum += Double(span[i]) }
      return sum
    }
  }

  /// How many numbers there are where others are missing.
  static func present(_ x: Tensor) -> Double {
    x.withSpan { span in
      var count = 0.0
      for i in 0..<span.count where !span[i].isNaN { count += 1 }
      return count
    }
  }

  /// Totals of a batch with the given weights, or unit weights.
  public init(pairs: Int, weights: Tensor?) {
    self.init(pairs: pairs, weight: weights.map(BatchTotals.sum) ?? Double(pairs))
  }
}

extension Objective {
  /// Totals of a batch of so many pairs with these weights, from its inputs that are known before the model
  /// has computed anything.
  public func batchTotals(
    pairs: Int, weights: Tensor?, constant: (InputName) -> Tensor?
  ) -> BatchTotals {
    var result = BatchTotals(pairs: pairs, weights: weights)
    for name in totals { result.sums[name] = constant(name).map { total(of: name, $0) } }
    return result
  }

  /// What these values of an input add to its total.
  public func total(of name: InputName, _ values: Tensor) -> Double {
    let hasGaps = inputs.contains { $0.name == name && $0.values == .rating }
    return hasGaps ? BatchTotals.present(values) : BatchTotals.sum(values)
  }
}

/// One microbatch's share of an objective.
public struct ObjectiveValue {
  /// `[b]`, unreduced and unweighted.
  public let losses: Variable
  /// This microbatch's share of the batch's loss: shares add up to the loss.
  public let share: Variable
  /// Terms of the reported loss, added up in Double: Σ w·ℓ, what it is divided by, and the penalties.
  let weighted: Tensor
  let divisor: Double
  let penalties: Tensor?
  let pairs: Int

  /// Adds this microbatch to sums over the batch, pair by pair.
  public func add(to loss: inout LossSum) {
    weighted.withSpan { span in for i in 0..<span.count { loss.weighted += Double(span[i]) } }
    penalties?.withSpan { span in for i in 0..<span.count { loss.penalty += Double(span[i]) } }
    (loss.divisor, loss.pairs) = (divisor, pairs)
  }
}

/// The loss of a batch while its microbatches come in.
public struct LossSum: Sendable {
  fileprivate var weighted = 0.0
  fileprivate var penalty = 0.0
  fileprivate var divisor = 1.0
  fileprivate var pairs = 1

  public init() {}

  public var value: Double { (divisor > 0 ? weighted / divisor : 0) + penalty / Double(pairs) }
}

extension Objective {
  /// Losses and the share of the batch's loss that this microbatch contributes.
  ///
  /// Dividing by the batch's totals, not the microbatch's, makes every split of a batch the same sum.
  /// A batch whose weights are all 0 has loss 0.
  public func value(_ inputs: ObjectiveInputs, of batch: BatchTotals) -> ObjectiveValue {
    var x = inputs
    x.batch = batch
    let losses = losses(x)
    let weighted = x.optional(.weight).map { losses * $0 } ?? losses
    let divisor: Double =
      switch reduction {
      case .mean: batch.weight
      case .meanBatch: Double(batch.pairs)
      case .sum: 1
      }
    var share = divisor > 0 ? weighted.sum() / Float(divisor) : weighted.sum() * 0
    let penalties = penalties(x)
    if let penalties { share = share + penalties.sum() / Float(batch.pairs) }
    return ObjectiveValue(
      losses: losses, share: share, weighted: weighted.value, divisor: divisor,
      penalties: penalties?.value, pairs: batch.pairs)
  }
}
