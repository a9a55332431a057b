public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// Bradley–Terry plus a term that spreads hidden states: each should be nearest to its own second encoding, made
/// under another dropout mask.
///
/// Every batch passes the model twice. L = ½(BT + BT′) + w·mean ℓ with
/// ℓ_i = −log(exp(cos(h_i, h′_i)/τ) / Σ_j exp(cos(h_i, h′_j)/τ)). The vectors h are all chosen and rejected states
/// (`target: pairs`), or the differences of each pair in both orders (`target: difference`): two a pair.
///
/// ## When to use
///
/// On noisy labels, where chosen and rejected completions look alike to the model. It needs hidden layers with
/// dropout. Evaluations have one encoding and no dropout: there the loss is Bradley–Terry's.
///
/// ## Metrics
///
/// Those of ``BradleyTerry``, of the first encoding; `contrastive/loss`, mean ℓ; `contrastive/positive_cosine` of a
/// vector and its own second encoding, `contrastive/negative_cosine` of a vector and the others';
/// `contrastive/side_cosine` between chosen and rejected states.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Wang et al. 2024 (arXiv 2401.06080); Gao et al. 2021, SimCSE (arXiv 2104.08821).
public struct ContrastiveSimCSE: ScoreObjective {
  public static let name = "contrastive_simcse"
  public static let summary = "Bradley-Terry plus a contrastive term between two dropout masks"
  public static let formula = """
    loss = (softplus(-(r_chosen - r_rejected)) + the same again) / 2 + contrastive_weight mean l
    l_i = -log(exp(cos(h_i, h'_i)/tau) / sum_j exp(cos(h_i, h'_j)/tau)), h' under another dropout mask
    Wang et al. 2024, arXiv 2401.06080
    """

  /// Which vectors are told apart.
  public enum Target: String, Sendable, CaseIterable {
    /// The states of both completions.
    case pairs
    /// chosen − rejected and rejected − chosen state.
    case difference
  }

  /// w ≥ 0, default 0.1: weight of the contrastive term.
  public var weight: Float
  /// τ > 0, default 0.05: divides cosines.
  public var temperature: Float
  public var target: Target

  public init(weight: Float = 0.1, temperature: Float = 0.05, target: Target = .pairs) {
    (self.weight, self.temperature, self.target) = (weight, temperature, target)
  }

  public init(from reader: inout SectionReader) {
    weight = reader.value(
      "contrastive_weight", default: 0.1, .atLeast(0), "Weight of the contrastive term.")
    temperature = reader.value(
      "contrastive_temperature", default: 0.05, .closed(0.01...100),
      "Divides cosines: the smaller, the more the nearest others count.")
    target = reader.choice(
      "target", default: .pairs,
      "Which vectors are told apart: the states of both completions (pairs), or their differences in both orders "
        + "(difference).")
  }

  private static let states: [InputName] = [.chosenStates, .rejectedStates]

  public var inputs: [InputSpec] {
    var second: [InputSpec] = []
    for spec in InputSpec.scores {
      var again = spec
      (again.name, again.isOptional) = (spec.name.again, true)
      second.append(again)
    }
    for name in Self.states + Self.states.map(\.again) {
      var spec = InputSpec.computed(name, width: .symbol("H"))
      spec.isOptional = true
      second.append(spec)
    }
    return InputSpec.scores + second
  }

  /// Every vector is compared with all others of the batch.
  public var isBatchDependent: Bool { true }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    var losses = (-x.scoreMargin).softplus()
    if let chosen = x.optional(.chosenScores.again),
      let rejected = x.optional(.rejectedScores.again)
    {
      losses = 0.5 * (losses + (-(chosen - rejected)).softplus())
    }
    guard weight > 0, let terms = terms(x) else { return losses }
    return losses + weight * terms
  }

  /// Mean ℓ of the two vectors of each pair, `[B]`; nil without two encodings.
  private func terms(_ x: ObjectiveInputs) -> Variable? {
    guard let logits = cosines(x)?.scaled(by: 1 / temperature) else { return nil }
    let count = logits.shape[0]
    let own = logits.picked((0..<Int32(count)).map { $0 })
    return (logits.logSumExp() - own).reshaped([2, count / 2]).sumColumns().scaled(by: 0.5)
  }

  /// Cosines between first and second encodings, `[2B, 2B]`: those of the chosen side come first.
  private func cosines(_ x: ObjectiveInputs) -> Variable? {
    guard let first = vectors(x, { $0 }), let second = vectors(x, { $0.again }) else { return nil }
    return first.unitRows().matmul(second.unitRows(), transposeRight: true)
  }

  /// The vectors of one encoding, `[2B, H]`.
  private func vectors(_ x: ObjectiveInputs, _ name: (InputName) -> InputName) -> Variable? {
    guard let chosen = x.optional(name(.chosenStates)),
      let rejected = x.optional(name(.rejectedStates))
    else { return nil }
    return .concatenated(
      target == .pairs ? [chosen, rejected] : [chosen - rejected, rejected - chosen], axis: 0)
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRewards(chosen: x.chosenScores.value, rejected: x.rejectedScores.value)
    if let terms = terms(x)?.value, let cosines = cosines(x)?.value {
      sums.mean("contrastive/loss", terms)
      let count = cosines.shape[0]
      let values = cosines.array
      let own = (0..<count).reduce(0.0) { $0 + Double(values[$1 * count + $1]) }
      let all = values.reduce(0.0) { $0 + Double($1) }
      sums.mean("contrastive/positive_cosine", sum: own, count: count)
      sums.mean("contrastive/negative_cosine", sum: all - own, count: count * (count - 1))
    }
    if let chosen = x.optional(.chosenStates), let rejected = x.optional(.rejectedStates) {
      sums.mean(
        "contrastive/side_cosine", (chosen.unitRows() * rejected.unitRows()).sumRows().value)
    }
  }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    let names = Self.states + Self.states.map(\.again)
    let shapes = names.compactMap { name in given.first { $0.name == name }?.tensor.shape }
    if shapes.isEmpty || shapes.count == 4 { return nil }
    // One encoding alone is what an evaluation has.
    let isFirst = Self.states.allSatisfy { name in given.contains { $0.name == name } }
    return isFirst && shapes.count == 2
      ? nil : "hidden states of both sides go together, and so do their second encodings"
  }
}

extension Variable {
  /// Each row divided by its length, at least 1e-8: a row of zeros stays one.
  fileprivate func unitRows() -> Variable {
    let lengths = squared().sumRows().adding(1e-16).sqrt()
    return self / lengths.reshaped([shape[0], 1])
  }
}
