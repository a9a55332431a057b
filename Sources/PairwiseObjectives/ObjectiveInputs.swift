public import PairwiseAutodiff
internal import PairwiseTensor

/// The name of something an objective reads: a score, a log-prob, a column. The names are those of the
/// objective files (`objective evaluate`); an objective may introduce new ones.
public struct InputName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let text: String

  public init(_ text: String) { self.text = text }
  public init(stringLiteral text: String) { self.text = text }
  public var description: String { text }

  /// Reward of the chosen completion, `[B]`.
  public static let chosenScores: InputName = "chosen_scores"
  /// Reward of the rejected completion, `[B]`.
  public static let rejectedScores: InputName = "rejected_scores"
  /// Margin from the data, `[B]`.
  public static let margin: InputName = "margin"
  /// Sample weight ≥ 0, `[B]`. Enters the loss, never `losses` or metrics.
  public static let weight: InputName = "weight"
  /// P(chosen ≻ rejected) in 0…1, `[B]`.
  public static let labelProbability: InputName = "label_prob"
  /// log π(completion | prompt), nats, summed over its tokens, `[B]`.
  public static let policyChosenLogps: InputName = "policy_chosen_logps"
  public static let policyRejectedLogps: InputName = "policy_rejected_logps"
  /// The same under the frozen reference, `[B]`.
  public static let refChosenLogps: InputName = "ref_chosen_logps"
  public static let refRejectedLogps: InputName = "ref_rejected_logps"
  /// Tokens of the completion that were summed, `[B]`.
  public static let chosenLength: InputName = "chosen_len"
  public static let rejectedLength: InputName = "rejected_len"
  /// Somebody's score of each completion, `[B]`.
  public static let chosenScore: InputName = "chosen_score"
  public static let rejectedScore: InputName = "rejected_score"
}

/// Which values an input may hold.
public enum ValueRule: Sendable, Equatable {
  case any
  case atLeast(Float)
  /// A log-probability: at most 0, but for rounding.
  case logProbability
  case closed(Float, Float)
  /// 0 or 1.
  case boolean
  /// −1, 0 or 1.
  case sign
  /// −1 or 1.
  case side
  /// A whole number between two, both of them allowed.
  case whole(Int, Int)
  /// 0 or 1, with at least one 1 in every row.
  case mask
  case greater(Float)
  /// A number, or NaN where there is none.
  case rating

  /// Whether the value may stand here. Infinities never may, NaN only where numbers may be missing.
  package func allows(_ value: Float) -> Bool {
    switch self {
    case .any: value.isFinite
    case .rating: !value.isInfinite
    case .greater(let bound): value > bound && value.isFinite
    case .atLeast(let bound): value >= bound && value.isFinite
    case .logProbability: value <= 1e-4 && value.isFinite
    case .closed(let low, let high): value >= low && value <= high
    case .boolean: value == 0 || value == 1
    case .sign: value == -1 || value == 0 || value == 1
    case .side: value == -1 || value == 1
    case .whole(let low, let high): Int(exactly: value).map { low <= $0 && $0 <= high } ?? false
    case .mask: value == 0 || value == 1
    }
  }

  package var words: String {
    switch self {
    case .any: "any finite number"
    case .rating: "a finite number, or none"
    case .greater(let bound): "a number > \(bound)"
    case .atLeast(let bound): "a number >= \(bound)"
    case .logProbability: "a log-probability, at most 0"
    case .closed(let low, let high): "a number in \(low) ... \(high)"
    case .boolean: "0 or 1"
    case .sign: "-1, 0 or 1"
    case .side: "-1 or 1"
    case .whole(let low, let high): "a whole number in \(low) ... \(high)"
    case .mask: "0 or 1"
    }
  }
}

/// One input as an objective declares it: enough to check it, to give it a gradient and to provide it.
public struct InputSpec: Sendable, Equatable {
  /// An extent: a symbol shared between inputs (`B` pairs, `T` tokens, `K` heads), or a fixed number.
  public enum Extent: Sendable, Equatable {
    case symbol(String)
    case fixed(Int)
  }

  /// Where an input comes from when a model is trained.
  public enum Source: Sendable, Equatable {
    /// The model in training.
    case model
    /// Its reference: the model that training starts from. A constant.
    case reference
    /// The data: a column. A constant.
    case data
    /// The tokens that the model reads: how many there are, and where. A constant, and never a column.
    case counted
    /// The batches before this one; the value before the first. A constant.
    case state([Float])
    /// Uniform in 0 ..< 1, drawn anew for every batch. A constant.
    case noise
    /// A few numbers that are trained beside the model.
    case learned(LearnedInput)
    /// A small network on the reference's hidden states at the tokens of one side, trained along.
    case network(TokenNetwork, Side)
    /// What is active in the reference at the tokens of one side. A constant.
    case activation(Side)
  }

  /// Which completion of a pair.
  public enum Side: String, Sendable, CaseIterable {
    case chosen, rejected
  }

  public var name: InputName
  public var shape: [Extent]
  public var source: Source
  public var isDifferentiable: Bool
  public var isOptional: Bool
  public var values: ValueRule
  /// The input of the same shape that says where this one counts: elsewhere it may hold anything.
  public var mask: InputName?
  /// The input that may be given in place of this one: one of the two is there, never both.
  public var alternative: InputName?
  /// Whether one row may stand for all of them: `[K]` in place of `[B, K]`.
  public var isShareable = false
  /// The value of a column whose rows are left out, and counted, where data are read.
  public var leavesOut: Float?

  public init(
    _ name: InputName, shape: [Extent], from source: Source, isDifferentiable: Bool,
    isOptional: Bool = false, values: ValueRule = .any, mask: InputName? = nil
  ) {
    self.name = name
    self.shape = shape
    self.source = source
    self.isDifferentiable = isDifferentiable
    self.isOptional = isOptional
    self.values = values
    self.mask = mask
  }

  /// What a model computes, `[B]`: gradients flow into it.
  public static func computed(_ name: InputName, _ values: ValueRule = .any) -> InputSpec {
    InputSpec(
      name, shape: [.symbol("B")], from: .model, isDifferentiable: true, values: values)
  }

  /// What a model computes, `[B, width]`: gradients flow into it.
  public static func computed(_ name: InputName, width: Extent, _ values: ValueRule = .any)
    -> InputSpec
  {
    InputSpec(
      name, shape: [.symbol("B"), width], from: .model, isDifferentiable: true, values: values)
  }

  /// What the reference computes, `[B]`: a constant.
  public static func reference(_ name: InputName, _ values: ValueRule = .any) -> InputSpec {
    InputSpec(
      name, shape: [.symbol("B")], from: .reference, isDifferentiable: false, values: values)
  }

  /// What the batches before left, `[initial.count]`: a constant, which `nextState` moves on.
  public static func state(_ name: InputName, initial: [Float], _ values: ValueRule = .any)
    -> InputSpec
  {
    InputSpec(
      name, shape: [.fixed(initial.count)], from: .state(initial), isDifferentiable: false,
      isOptional: true, values: values)
  }

  /// Numbers that are trained beside the model, `[count]`.
  public static func learned(_ name: InputName, _ numbers: LearnedInput, _ values: ValueRule = .any)
    -> InputSpec
  {
    // A case of an objective file may have more or fewer cut points than a run.
    let extent: Extent =
      numbers.form == .symmetricCuts ? .symbol("\(name)") : .fixed(numbers.count)
    return InputSpec(
      name, shape: [extent], from: .learned(numbers), isDifferentiable: true,
      values: values)
  }

  /// Uniform random numbers in 0 ..< 1, `[B]`, drawn anew for every batch.
  public static func noise(_ name: InputName) -> InputSpec {
    InputSpec(
      name, shape: [.symbol("B")], from: .noise, isDifferentiable: false,
      values: .closed(0, 1))
  }

  /// Summed log-probs of the policy's completions, `[B]` each.
  public static let policyLogps: [InputSpec] = [
    .computed(.policyChosenLogps, .logProbability),
    .computed(.policyRejectedLogps, .logProbability),
  ]

  /// The same under the reference: constants.
  public static let referenceLogps: [InputSpec] = [
    .reference(.refChosenLogps, .logProbability), .reference(.refRejectedLogps, .logProbability),
  ]

  /// Tokens of both completions that were summed, `[B]` each.
  public static let lengths: [InputSpec] = [
    .counted(.chosenLength, .atLeast(1)), .counted(.rejectedLength, .atLeast(1)),
  ]

  /// A column of the data, `[B]`: a constant.
  public static func column(_ name: InputName, optional: Bool = false, _ values: ValueRule = .any)
    -> InputSpec
  {
    InputSpec(
      name, shape: [.symbol("B")], from: .data, isDifferentiable: false, isOptional: optional,
      values: values)
  }

  /// Columns of the data, `[B, width]`: constants.
  public static func columns(_ name: InputName, width: Extent, _ values: ValueRule = .any)
    -> InputSpec
  {
    InputSpec(
      name, shape: [.symbol("B"), width], from: .data, isDifferentiable: false, values: values)
  }

  /// What is counted in tokens, `[B]`: a constant.
  public static func counted(_ name: InputName, optional: Bool = false, _ values: ValueRule)
    -> InputSpec
  {
    InputSpec(
      name, shape: [.symbol("B")], from: .counted, isDifferentiable: false, isOptional: optional,
      values: values)
  }

  /// The sample weight that every pairwise objective takes.
  public static let sampleWeight = InputSpec.column(.weight, optional: true, .atLeast(0))
}

/// What an objective computes with: named variables of one microbatch.
public struct ObjectiveInputs {
  private var entries: [(name: InputName, variable: Variable)] = []
  /// The batch that these pairs are a part of; set when the objective is evaluated.
  var batch: BatchTotals?
  /// Whether a term of the whole batch is to stand in every loss, as it is shown. In training each loss
  /// holds its pair's part of the term, so that every split of a batch adds up to the same bits.
  var showsBatchTerms = false

  public init() {}

  public init(_ variables: [InputName: Variable]) {
    entries = variables.map { ($0.key, $0.value) }
  }

  /// Names of the inputs that are there.
  var names: [InputName] { entries.map(\.name) }

  /// Pairs of this microbatch.
  var pairs: Int { entries.first?.variable.shape[0] ?? 0 }

  /// The input of that name. Traps if it was not provided: providers check `Objective.inputs` first.
  public subscript(name: InputName) -> Variable {
    get {
      guard let variable = optional(name) else {
        preconditionFailure("objective input \(name) was not provided")
      }
      return variable
    }
    set {
      if let index = entries.firstIndex(where: { $0.name == name }) {
        entries[index].variable = newValue
      } else {
        entries.append((name, newValue))
      }
    }
  }

  /// The input of that name, or nil if it was left out.
  public func optional(_ name: InputName) -> Variable? {
    entries.first { $0.name == name }?.variable
  }

  public var chosenScores: Variable { self[.chosenScores] }
  public var rejectedScores: Variable { self[.rejectedScores] }
  /// Chosen minus rejected score, `[B]`.
  public var scoreMargin: Variable { chosenScores - rejectedScores }

  /// policy − reference log-prob of the chosen completion, `[B]`; the policy's alone without a reference.
  public var chosenLogRatio: Variable { logRatio(.policyChosenLogps, .refChosenLogps) }
  /// The same for the rejected completion.
  public var rejectedLogRatio: Variable { logRatio(.policyRejectedLogps, .refRejectedLogps) }
  /// Chosen minus rejected log-ratio, `[B]`, unscaled.
  public var logRatioMargin: Variable { chosenLogRatio - rejectedLogRatio }

  private func logRatio(_ policy: InputName, _ reference: InputName) -> Variable {
    optional(reference).map { self[policy] - $0 } ?? self[policy]
  }

  /// Sum of an input over the whole batch, of which these pairs may be a part. For inputs that the
  /// objective names in `totals`.
  func total(_ name: InputName) -> Double { batch?.sums[name] ?? BatchTotals.sum(self[name].value) }

  /// How many numbers an input with gaps has over the whole batch. For inputs that the objective names in
  /// `totals`.
  func present(_ name: InputName) -> Double {
    batch?.sums[name] ?? BatchTotals.present(self[name].value)
  }

  /// Pairs of the whole batch.
  var batchPairs: Int { batch?.pairs ?? max(1, pairs) }
}
