internal import PairwiseAutodiff
internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseObjectives
internal import PairwiseTensor

extension TrainStep {
  /// Some pairs of a batch that are computed at once.
  struct Microbatch {
    /// Place of its first pair in the batch.
    let first: Int
    let pairs: Batch
  }

  /// What a batch gave, before the update.
  struct Figures {
    var loss: Double
    var metrics: MetricSums
    /// What the objective carries on to the next batch.
    var state: [InputName: Tensor]
  }

  /// What the model and the objective's other sources give for a microbatch.
  struct Pass {
    let inputs: ObjectiveInputs
    let statistics: TokenFigures?
  }

  func microbatches(of batch: Batch) -> [Microbatch] {
    let size = min(batch.count, options.microbatchSize ?? batch.count)
    return stride(from: 0, to: batch.count, by: size).map { start in
      Microbatch(first: start, pairs: batch.pairs(start..<min(batch.count, start + size)))
    }
  }

  // MARK: Three ways through a batch

  /// Forward and backward of one microbatch after the other: each one's losses are its own but for
  /// `totals`.
  mutating func runInTurn(_ parts: [Microbatch], of totals: BatchTotals, _ step: Int)
    throws(NumericalStop) -> Figures
  {
    var loss = LossSum()
    var figures = Figures(loss: 0, metrics: MetricSums(), state: state)
    for part in parts {
      let tape = Tape()
      let pass = try forward(part, on: tape, step)
      let inputs = completed(pass.inputs, first: part.first, step, on: tape)
      let value = objective.value(inputs, of: totals)
      try check(value.losses.value, "loss", part.pairs, step)
      value.add(to: &loss)
      if options.measures { figures.add(pass, inputs, objective) }
      figures.state.merge(objective.nextState(inputs)) { $1 }
      tape.backward(from: value.share, into: &gradients)
    }
    figures.loss = loss.value
    return figures
  }

  /// The objective on the whole batch at once: every microbatch is computed without gradients first, then
  /// again with the gradients of the loss with respect to what it gave.
  ///
  /// One more forward pass, so that a batch need not fit into memory at once, and its split changes
  /// nothing.
  mutating func runTogether(_ parts: [Microbatch], of batch: Batch, _ step: Int)
    throws(NumericalStop) -> Figures
  {
    var passes: [Pass] = []
    for part in parts { passes.append(try forward(part, on: nil, step)) }
    let tape = Tape()
    let names = objective.inputs.filter(\.isDifferentiable).map(\.name)
    let together = ObjectiveInputs(concatenating: passes.map(\.inputs), on: tape, leaves: names)
    // Numbers of the objective's own are leaves too: their gradients come last.
    var inputs = completed(together, first: 0, step, on: nil)
    for (name, _) in objective.learned { inputs[name] = tape.variable(inputs[name].value) }
    let value = objective.value(inputs, of: batch.totals(for: objective))
    try check(value.losses.value, "loss", batch, step)
    var loss = LossSum()
    value.add(to: &loss)
    var figures = Figures(
      loss: loss.value, metrics: MetricSums(),
      state: state.merging(objective.nextState(inputs)) { $1 })
    if options.measures { objective.measure(inputs, into: &figures.metrics) }
    for pass in passes {
      pass.statistics?.measure(into: &figures.metrics)
      figures.metrics.nextMicrobatch()
    }
    let slopes = tape.backward(from: value.share)
    passes = []
    for part in parts {
      let tape = Tape()
      let trained = Microbatch(first: part.first, pairs: part.pairs.withoutConstants)
      let pass = try forward(trained, on: tape, step, wantsStatistics: false)
      var share: Variable?
      for name in names {
        guard let given = pass.inputs.optional(name), let whole = inputs.optional(name) else {
          continue
        }
        let slope = slopes[whole].microbatch(from: part.first, like: given.shape)
        let term = (given * Variable(constant: slope)).sum()
        share = share.map { $0 + term } ?? term
      }
      if let share { tape.backward(from: share, into: &gradients) }
    }
    addLearned(inputs, slopes)
    return figures
  }

  /// The gradients of the numbers that the objective trains, from those of their values.
  private mutating func addLearned(_ inputs: ObjectiveInputs, _ slopes: Gradients) {
    let tape = Tape()
    var values = ObjectiveInputs()
    values.addLearned(of: objective, model.store, on: tape)
    for (name, _) in objective.learned {
      let share = (values[name] * Variable(constant: slopes[inputs[name]])).sum()
      tape.backward(from: share, into: &gradients)
    }
  }

  /// Each microbatch as a batch of its own; losses, gradients and figures are averaged over them.
  mutating func runApart(_ parts: [Microbatch], _ step: Int) throws(NumericalStop) -> Figures {
    var sum = 0.0
    var all: [MetricSums] = []
    let before = state
    // States move on within the batch, but none is kept if it ends in an error.
    defer { state = before }
    for part in parts {
      let tape = Tape()
      let pass = try forward(part, on: tape, step)
      let inputs = completed(pass.inputs, first: part.first, step, on: tape)
      let value = objective.value(inputs, of: part.pairs.totals(for: objective))
      try check(value.losses.value, "loss", part.pairs, step)
      var loss = LossSum()
      value.add(to: &loss)
      sum += loss.value
      var figures = Figures(loss: 0, metrics: MetricSums(), state: [:])
      if options.measures { figures.add(pass, inputs, objective) }
      all.append(figures.metrics)
      state.merge(objective.nextState(inputs)) { $1 }
      tape.backward(from: value.share / Float(parts.count), into: &gradients)
    }
    return Figures(
      loss: sum / Double(parts.count), metrics: MetricSums(averaging: all), state: state)
  }

  // MARK: One microbatch

  /// - Parameter tape: nil: without gradients.
  func forward(
    _ part: Microbatch, on tape: Tape?, _ step: Int, wantsStatistics: Bool = true
  ) throws(NumericalStop) -> Pass {
    // Both encodings of a pair lie side by side in one pass, so that gradients add up pair by pair.
    let pairs = readsTwice ? part.pairs.twice : part.pairs
    let key = DropoutKey(
      key: options.seed &+ UInt64(step) &* 0x9E37_79B9_7F4A_7C15,
      start: UInt64((readsTwice ? 4 : 2) * part.first))
    let beside = reference?.output(pairs.input)
    let pass = ForwardPass(
      dropout: dropsOut ? key : nil, activationBudget: options.activationBudget,
      wantsStatistics: wantsStatistics && options.measures,
      wantsSquares: need.wantsSquares, reference: beside?.states)
    let weights = Weights(model.store, on: tape, secondUse: secondUse)
    let output = model.forward(pairs.input, weights, pass)
    try check(output.variable.value, output.words, pairs, step)
    var inputs = pairs.objectiveInputs(output, objective.inputs, beside)
    if readsTwice { inputs = inputs.byEncoding(objective.inputs, pairs: part.pairs.count) }
    if options.checksReference && step == 1 { try checkReference(inputs, part.pairs) }
    guard case .completions(let completions) = output else {
      return Pass(inputs: inputs, statistics: nil)
    }
    return Pass(inputs: inputs, statistics: part.pairs.figures(completions.statistics))
  }

  /// The inputs with those that neither model nor data give: state, noise, and what is trained of its own.
  ///
  /// - Parameter first: place of the first pair in the batch. Noise belongs to places, not to microbatches.
  func completed(_ inputs: ObjectiveInputs, first: Int, _ step: Int, on tape: Tape?)
    -> ObjectiveInputs
  {
    var all = inputs.completed(for: objective, state: state) { name, count in
      var random = CounterRandom(
        seed: options.seed, stream: "objective.\(name)",
        position: UInt64(step) << 24 | UInt64(first))
      return (0..<count).map { _ in Float(random.uniform()) }
    }
    all.addLearned(of: objective, model.store, on: tape)
    return all
  }

  /// Before the first update the policy is its reference, so each log-prob must be the reference's to the
  /// last bit: anything else means that the two were not computed alike.
  private func checkReference(_ inputs: ObjectiveInputs, _ batch: Batch) throws(NumericalStop) {
    let sums = batch.plan.slots.map { ($0.policy, $0.reference) }
    let tokens: [(InputName, InputName)] = [
      (.policyChosenTokenLogps, .refChosenTokenLogps),
      (.policyRejectedTokenLogps, .refRejectedTokenLogps),
    ]
    for (policy, reference) in sums + tokens {
      guard let a = inputs.optional(policy)?.value, let b = inputs.optional(reference)?.value,
        a != b
      else { continue }
      let bad = (0..<batch.count).filter { a.rows($0..<$0 + 1) != b.rows($0..<$0 + 1) }
      throw NumericalStop(
        step: 0, problem: "\(policy) differs from \(reference) before the first update",
        rows: bad.map { batch.rows[$0] })
    }
  }

  /// An infinite score can still have a finite loss, so both are looked at.
  func check(_ values: Tensor, _ name: String, _ batch: Batch, _ step: Int)
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
}

extension TrainStep.Figures {
  /// Adds the figures of a microbatch.
  fileprivate mutating func add(
    _ pass: TrainStep.Pass, _ inputs: ObjectiveInputs, _ objective: any Objective
  ) {
    objective.measure(inputs, into: &metrics)
    pass.statistics?.measure(into: &metrics)
    metrics.nextMicrobatch()
  }
}

extension Tensor {
  /// The rows from `first` on that a microbatch gave, `[b]` or `[b, T]`: the whole batch may be padded to
  /// more columns.
  fileprivate func microbatch(from first: Int, like shape: Shape) -> Tensor {
    let rows = rows(first..<first + shape[0])
    guard shape.rank == 2, shape[1] < self.shape[1] else { return rows }
    return Variable(constant: rows).sliced(axis: 1, 0..<shape[1]).value
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
