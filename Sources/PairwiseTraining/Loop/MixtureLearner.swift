internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseObjectives
internal import PairwiseTensor

/// How much of each group the batches of a run get: fixed, or learned while training.
///
/// What a step draws is a function of the step, of the shares and of how much was drawn before, all of which a
/// checkpoint keeps.
struct MixtureLearner {
  private let method: MixtureSection.Method
  private var draw: GroupDraw
  private let pairs: PairSet
  /// All pairs, where they fit into memory; read when the first batch is drawn.
  private var whole: Batch?
  /// Held-out pairs, together and by group.
  private let validation: PairSet?
  private let heldOut: [PairSet]
  private let seed: UInt64
  private let evalBatchSize: Int

  private var mixture: GroupMixture
  private var drawn: [Int]
  /// Of the round under way: how much every group's loss fell in the trials of each group, `[k][k]`.
  private var drops: [[Double]]
  private var losses: [Double] = []
  /// What the last measurement found, by name.
  private var effects: [Double] = []

  /// - Throws: `RunError.unsuitable` for data or objectives that cannot be mixed that way.
  init?(_ run: TrainRun) throws {
    let section = run.config.mixture
    if section.method == .none { return nil }
    (method, pairs, validation) = (section.method, run.data.train, run.data.validation)
    (seed, evalBatchSize) = (run.config.dataSeed, run.config.trainer.evalBatchSize)
    if pairs.reader.context.most > 0 || pairs.plan.isMismatched {
      throw RunError.unsuitable(
        "mixture: the rows of a batch belong to others of the data here, so that groups cannot be drawn apart"
      )
    }
    draw = try GroupDraw(
      pairs, by: section.column, batchSize: run.config.trainer.batchSize, seed: seed,
      what: "training")
    let count = draw.count
    mixture = GroupMixture(groups: count)
    drawn = [Int](repeating: 0, count: count)
    drops = draw.names.map { _ in [Double](repeating: 0, count: count) }
    var held: [PairSet] = []
    if case .aioli = section.method {
      held = try MixtureLearner.heldOut(validation, draw.names, section.column)
    }
    heldOut = held
    try configure(run)
  }

  /// The held-out pairs of every group.
  private static func heldOut(
    _ validation: PairSet?, _ names: [String], _ column: MixtureSection.Column
  ) throws -> [PairSet] {
    guard let validation else {
      throw RunError.unsuitable(
        "mixture: aioli needs validation pairs (data.validation or validation_fraction)")
    }
    let places = try GroupDraw.places(validation, column, "validation")
    return try names.map { name in
      guard let own = places[name], !own.isEmpty else {
        throw RunError.unsuitable("mixture: \(column.rawValue) \(name) has no validation pairs")
      }
      return validation.selecting(own.map { Int($0) })
    }
  }

  /// Takes over the parameters of the method and checks them against groups and model.
  private mutating func configure(_ run: TrainRun) throws {
    let count = draw.count
    switch method {
    case .none: break
    case .fixed(let shares):
      guard let shares else { return }
      if let stranger = shares.keys.sorted().first(where: { !draw.names.contains($0) }) {
        throw RunError.unsuitable("mixture.groups: the training pairs have no \(stranger)")
      }
      if let absent = draw.names.first(where: { shares[$0] == nil }) {
        throw RunError.unsuitable("mixture.groups: \(absent) is missing")
      }
      let total = shares.values.sorted().reduce(0, +)
      mixture = GroupMixture(proportions: draw.names.map { (shares[$0] ?? 0) / total })
    case .aioli(let options):
      (mixture.rate, mixture.oneHotFactor) = (options.rate, options.oneHotFactor)
      (mixture.smoothing, mixture.normalizes) = (options.smoothing, options.normalizes)
      if count > 1, options.oneHotFactor <= 1 / Double(count) {
        throw RunError.unsuitable(
          "mixture.one_hot_factor: expected above 1/\(count), as there are \(count) groups, found "
            + "\(options.oneHotFactor)")
      }
      let trials = options.trials(of: count)
      if options.roundSteps <= trials {
        throw RunError.unsuitable(
          "mixture.update_steps: expected above \(trials), the steps of the trials on \(count) groups, found "
            + "\(options.roundSteps)")
      }
    case .influence(let options):
      guard validation != nil else {
        throw RunError.unsuitable(
          "mixture: influence needs validation pairs (data.validation or validation_fraction)")
      }
      if options.curvature == .hessian, let problem = try LinearCurvature.problem(run) {
        throw RunError.unsuitable("mixture.curvature: \(problem)")
      }
    }
  }

  // MARK: Steps

  /// The pairs of a step (from 1), after whatever is measured before it.
  mutating func batch(ofStep step: Int, _ train: inout TrainStep) throws -> Batch {
    if whole == nil, pairs.window >= pairs.count {
      whole = try pairs.read(Array(0..<pairs.count))
    }
    var shares = mixture.proportions
    switch method {
    case .none, .fixed: break
    case .aioli(let options):
      try measure(options, step, train)
      if let trial = trial(options, step) { shares = mixture.trial(trial) }
    case .influence(let options):
      if (step - 1) % options.everySteps == 0 { try measure(options, &train) }
      shares = mixture.proportions
    }
    let places = draw.places(ofStep: step - 1, shares: shares, drawn: &drawn)
    if let whole { return Batch.gathered(places.map { (0, $0) }, from: [whole]) }
    return try pairs.read(places)
  }

  /// The group that a step is a trial of; nil for steps on the mixture.
  private func trial(_ options: MixtureSection.Aioli, _ step: Int) -> Int? {
    let (round, place) = (step - 1).quotientAndRemainder(dividingBy: options.roundSteps)
    guard place < options.trials(of: draw.count) else { return nil }
    let (sweep, within) = place.quotientAndRemainder(dividingBy: draw.count * options.trialSteps)
    var order = (0..<draw.count).map { Int32($0) }
    var random = CounterRandom(seed: seed, stream: "mixture/trials/\(round)/\(sweep)")
    random.shuffle(&order)
    return Int(order[within / options.trialSteps])
  }

  /// Looks at all groups' validation losses where a trial begins or ends, and moves the shares after the last.
  private mutating func measure(
    _ options: MixtureSection.Aioli, _ step: Int, _ train: TrainStep
  ) throws {
    let place = (step - 1) % options.roundSteps
    let trials = options.trials(of: draw.count)
    guard place <= trials, place % options.trialSteps == 0 else { return }
    let now = try heldOut.map { set throws(DataError) in
      try Evaluator.evaluate(
        train.model, set, objective: train.objective, state: train.state,
        reference: train.reference, batchSize: evalBatchSize
      ).loss
    }
    if place > 0, let group = trial(options, step - 1) {
      for (row, loss) in now.enumerated() {
        drops[row][group] += (losses[row] - loss) / Double(options.sweeps)
      }
    }
    losses = now
    guard place == trials else { return }
    effects = try mixture.effects(drops: drops).flatMap { $0 }
    try mixture.update(drops: drops)
    drops = drops.map { $0.map { _ in 0 } }
  }

  /// Influences of all groups on the validation loss with the weights as they are.
  private mutating func measure(
    _ options: MixtureSection.Influence, _ train: inout TrainStep
  ) throws {
    guard let validation else { return }
    let held = MixtureLearner.spread(
      validation.count, atMost: options.gradientPairs.multipliedSaturating(by: draw.count))
    let direction = try train.slope(of: try validation.read(held))
    var slopes: [[Double]] = []
    var seen: [Batch] = []
    for group in 0..<draw.count {
      let places = draw.order(of: group, pass: 0).prefix(options.gradientPairs).map { Int($0) }
      let batch =
        try whole.map { Batch.gathered(places.map { (0, $0) }, from: [$0]) } ?? pairs.read(places)
      slopes.append(try train.slope(of: batch))
      if options.curvature == .hessian { seen.append(batch) }
    }
    let influence = try GroupInfluence(
      validation: direction, groups: slopes,
      hessian: seen.isEmpty ? nil : LinearCurvature.matrix(seen, weights: train.model.store.values),
      damping: options.damping)
    effects = influence.influences
    let shares = influence.mixture(temperature: options.temperature)
    let moved = zip(mixture.proportions, shares).map { options.accumulates ? $0 * $1 : $1 }
    let total = moved.reduce(0, +)
    mixture = GroupMixture(proportions: moved.map { $0 / total })
  }

  /// Places at even distances.
  private static func spread(_ count: Int, atMost limit: Int) -> [Int] {
    limit >= count ? Array(0..<count) : (0..<limit).map { $0 * count / limit }
  }

  // MARK: What is left behind

  /// Shares, and what was measured last.
  func measure(into sums: inout MetricSums) {
    func add(_ name: String, _ value: Double) { sums.mean("mixture/\(name)", sum: value, count: 1) }
    for (name, share) in zip(draw.names, mixture.proportions) { add("share/\(name)", share) }
    for (name, loss) in zip(draw.names, losses) { add("eval_loss/\(name)", loss) }
    if case .influence = method {
      for (name, value) in zip(draw.names, effects) { add("influence/\(name)", value) }
    } else {
      for (place, value) in effects.enumerated() {
        add("effect/\(draw.names[place % draw.count])/on/\(draw.names[place / draw.count])", value)
      }
    }
  }

  /// What a checkpoint keeps.
  var state: [String: [Double]] {
    [
      "shares": mixture.proportions, "drawn": drawn.map { Double($0) },
      "drops": drops.flatMap { $0 }, "losses": losses, "effects": effects,
      "smoothed": mixture.smoothed.flatMap { $0 },
    ]
  }

  /// Goes on where a checkpoint has left off.
  ///
  /// - Throws: if it is of other groups.
  mutating func restore(_ state: [String: [Double]]) throws(RunError) {
    let count = draw.count
    func rows(_ values: [Double]) -> [[Double]] {
      stride(from: 0, to: values.count, by: count).map {
        Array(values[$0..<min(values.count, $0 + count)])
      }
    }
    guard let shares = state["shares"], let drawn = state["drawn"], let drops = state["drops"],
      shares.count == count, drops.count == count * count,
      drawn.count == count, drawn.allSatisfy({ $0 >= 0 && Int(exactly: $0) != nil }),
      let losses = state["losses"], losses.isEmpty || losses.count == count,
      let smoothed = state["smoothed"], smoothed.isEmpty || smoothed.count == count * count
    else {
      throw .unsuitable("the checkpoint has no mixture of \(count) groups, the config expects one")
    }
    self.drawn = drawn.map { Int($0) }
    (self.drops, self.losses, effects) = (rows(drops), losses, state["effects"] ?? [])
    mixture.restore(proportions: shares, smoothed: rows(smoothed))
  }
}

extension MixtureSection.Aioli {
  /// Steps of a round that are trials.
  func trials(of groups: Int) -> Int {
    sweeps.multipliedSaturating(by: trialSteps).multipliedSaturating(by: groups)
  }
}

extension Int {
  /// The product, or the largest number there is.
  fileprivate func multipliedSaturating(by other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}
