internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseObjectives
internal import PairwiseTensor

extension TrainRun {
  /// What running it would mean.
  ///
  /// - Parameter timed: whether to measure the speed of products for an estimate of time (some 50 ms).
  public func plan(doneSteps: Int = 0, timed: Bool = false) -> TrainPlan {
    let parameters = blueprint.parameters(data.facts)
    let windows = order.windowsPerEpoch == 1 ? 1 : 3
    // AdamW keeps two numbers a parameter beside value and gradient.
    var held =
      parameters.count * 16 + parameters.frozenCount * 4
      + windows * order.window * data.train.bytesPerPair
    // A reference that runs beside the policy has trained parameters of its own.
    if reference.isLive { held += parameters.count * 4 }
    return TrainPlan(
      folder: folder.path, totalSteps: totalSteps, doneSteps: doneSteps,
      batchSize: config.trainer.batchSize, trainPairs: data.train.count,
      validationPairs: data.validation?.count ?? 0,
      parameters: parameters.count + parameters.frozenCount, trained: parameters.count,
      estimatedBytes: held + activationBytes, tokens: tokenPlan(timed: timed),
      ledger: data.ledger)
  }

  /// Bytes of activations of the largest microbatch there can be: the longest pairs together.
  private var activationBytes: Int {
    let size = min(config.trainer.microbatchSize ?? .max, config.trainer.batchSize)
    let longest = data.train.lengths.sorted { $0.rows > $1.rows }.prefix(size)
    let cost = blueprint.cost(
      longest.reduce(into: TokenLoad()) { $0.add($1) },
      activationBudget: config.trainer.activationBudget)
    return cost?.activationBytes ?? 0
  }

  private func tokenPlan(timed: Bool) -> TokenPlan? {
    let lengths = data.train.lengths
    guard !lengths.isEmpty else { return nil }
    var plan = TokenPlan()
    var load = TokenLoad()
    for pair in lengths {
      plan.prompt += Int(pair.prompt)
      plan.chosen += Int(pair.chosen)
      plan.rejected += Int(pair.rejected)
      plan.longest = max(plan.longest, Int(pair.prompt + max(pair.chosen, pair.rejected)))
      load.add(pair)
    }
    let share = Double(config.trainer.batchSize) / Double(lengths.count)
    let budget = config.trainer.activationBudget
    guard timed, let whole = blueprint.cost(load, activationBudget: .max / 4),
      let step = blueprint.cost(load.scaled(share), activationBudget: budget)
    else { return plan }
    // Attention, norms and the optimizer beside the products: measured at about a quarter.
    let rate = Matmul.measuredRate() * 0.75
    plan.secondsPerStep =
      (step.operations + (reference.isLive ? step.forwardOperations : 0)) / rate
    plan.referenceSeconds =
      keepsReference ? whole.forwardOperations / rate : 0
    return plan
  }
}

extension TokenLoad {
  fileprivate mutating func add(_ pair: PairLengths) {
    rows += pair.rows
    scored += Int(pair.chosen) + Int(pair.rejected)
    let (p, c, r) = (Double(pair.prompt), Double(pair.chosen), Double(pair.rejected))
    // Causal: half of each square, and every completion sees the whole prompt.
    attended += p * p / 2 + c * (p + c / 2) + r * (p + r / 2)
  }

  fileprivate func scaled(_ share: Double) -> TokenLoad {
    TokenLoad(
      rows: Int(Double(rows) * share), scored: Int(Double(scored) * share),
      attended: attended * share)
  }
}
