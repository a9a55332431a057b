internal import PairwiseAutodiff
internal import PairwiseData
internal import PairwiseModels
internal import PairwiseObjectives
internal import PairwiseTensor

/// Provides the inputs that have one value a token, `[B, T]`, from the flat tokens of a pass: T is the length
/// of the longest completion among the pairs at hand.
struct TokenInputs {
  private let values: TokenValues
  private let referenceLogps: Tensor?
  private let pairs: Int
  private let width: Int
  private let plan: SequencePlan
  /// Sequences of each row.
  private let step: Int

  /// - Parameter reference: what the reference made of the same pairs, if it runs beside the policy.
  init(_ values: TokenValues, _ reference: LiveReference.Output?, _ batch: Batch) {
    self.values = values
    (plan, step) = (batch.plan, batch.sequencesPerRow)
    referenceLogps =
      values.referenceLogps ?? reference?.tokenLogps
      ?? batch.referenceTokens.map { Tensor($0.values) }
    pairs = (values.offsets.count - 1) / step
    let lengths = zip(values.offsets, values.offsets.dropFirst()).map { Int($1 - $0) }
    // The first two sequences of a row are its completions.
    let perRow = batch.sequencesPerRow
    width = max(1, lengths.indices.reduce(0) { $1 % perRow < 2 ? max($0, lengths[$1]) : $0 })
  }

  /// One side of `[C]` values as a matrix.
  private func padded(_ flat: Variable, _ side: InputSpec.Side) -> Variable {
    let first = side == .chosen ? 0 : 1
    return flat.paddedRuns(
      (0..<pairs).map { step * $0 + first }, of: values.offsets, width: width)
  }

  private func padded(_ flat: Tensor?, _ side: InputSpec.Side) -> Variable? {
    flat.map { padded(Variable(constant: $0), side) }
  }

  /// Adds what `specs` name, and sums of the reference's log-probs where no column gives them.
  func add(_ specs: [InputSpec], to inputs: inout ObjectiveInputs) {
    if let referenceLogps {
      let sums = Variable(constant: referenceLogps).runSums(values.offsets)
      for slot in plan.slots where inputs.optional(slot.reference) == nil {
        let reference = sums.strided(from: slot.place, by: step)
        inputs[slot.reference] = reference
        if let name = slot.logRatio { inputs[name] = inputs[slot.policy] - reference }
      }
    }
    for spec in specs {
      if let variable = value(of: spec) { inputs[spec.name] = variable }
    }
  }

  private func value(of spec: InputSpec) -> Variable? {
    switch spec.source {
    case .network(let network, let side): values.heads[network.name].map { padded($0, side) }
    case .activation(let side): padded(values.activations, side)
    case .model, .reference, .data, .counted: value(named: spec.name)
    case .state, .noise, .learned: nil
    }
  }

  private func value(named name: InputName) -> Variable? {
    switch name {
    case .policyChosenTokenLogps: padded(values.logps, .chosen)
    case .policyRejectedTokenLogps: padded(values.logps, .rejected)
    case .refChosenTokenLogps: padded(referenceLogps, .chosen)
    case .refRejectedTokenLogps: padded(referenceLogps, .rejected)
    case .chosenTokenKL: values.divergence.map { padded($0, .chosen) }
    case .rejectedTokenKL: values.divergence.map { padded($0, .rejected) }
    case .chosenTokenLogSumSquares: padded(values.logSumSquares, .chosen)
    case .rejectedTokenLogSumSquares: padded(values.logSumSquares, .rejected)
    case .chosenMask: mask(.chosen)
    case .rejectedMask: mask(.rejected)
    default: nil
    }
  }

  /// 1 at tokens.
  private func mask(_ side: InputSpec.Side) -> Variable? {
    padded(Tensor(repeating: 1, [Int(values.offsets.last ?? 0)]), side)
  }
}

extension Batch {
  /// What the objective computes with, tokens and all.
  func objectiveInputs(
    _ output: ModelOutput, _ specs: [InputSpec], _ reference: LiveReference.Output?
  ) -> ObjectiveInputs {
    let states = specs.contains { $0.name == .chosenStates }
    var inputs = objectiveInputs(output, states: states)
    if case .completions(let completions) = output, let tokens = completions.tokens {
      TokenInputs(tokens, reference, self).add(specs, to: &inputs)
      stack(&inputs)
    }
    return inputs
  }
}

extension PairSet {
  /// Why the objective cannot take these pairs, told from their columns and lengths before anything is
  /// computed: a sentence with the row, or nil.
  func problem(_ objective: any Objective) throws -> String? {
    let specs = objective.inputs
    let readsMasks = specs.contains { $0.name == .chosenMask }
    guard readsMasks || plan.isSampled,
      specs.contains(where: { matrices.contains(PairColumn($0.name.text)) })
    else { return nil }
    var start = 0
    while start < count {
      let places = start..<min(count, start + 256)
      let block = try source.read(places.map { rows[$0] }, PairNeeds(columns: columns))
      var given: [(name: InputName, tensor: Tensor)] = []
      for (column, values) in block.columns where matrices.contains(column) {
        given.append(
          (InputName(column.rawValue), Tensor([places.count, values.count / places.count], values)))
      }
      if readsMasks { given += try masks(places) }
      if let problem = objective.problem(given) {
        return "data rows from \(rows[start]) on: \(problem)"
      }
      start = places.upperBound
    }
    return nil
  }

  /// Both sides' masks as the trainer will give them.
  private func masks(_ places: Range<Int>) throws -> [(name: InputName, tensor: Tensor)] {
    var scored = lengths.isEmpty ? [] : lengths[places].map(\.scored)
    if lengths.isEmpty, case .tokens(let tokens) = try read(Array(places)).input {
      scored = (0..<tokens.count).map { (tokens[$0].chosen.count, tokens[$0].rejected.count) }
    }
    return [(.chosenMask, scored.map(\.chosen)), (.rejectedMask, scored.map(\.rejected))].map {
      (name, counts) in
      let width = max(1, counts.max() ?? 1)
      let values = counts.flatMap { count in (0..<width).map { Float($0 < count ? 1 : 0) } }
      return (name, Tensor([counts.count, width], values))
    }
  }
}

extension PairLengths {
  /// Tokens of both completions that have a log-prob.
  fileprivate var scored: (chosen: Int, rejected: Int) {
    // Nothing predicts the first token behind an empty prompt.
    let first = prompt == 0 ? 1 : 0
    return (Int(chosen) - unscored.chosen - first, Int(rejected) - unscored.rejected - first)
  }
}
