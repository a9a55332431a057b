internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseObjectives
internal import PairwiseOptim
internal import PairwiseTensor

/// One process's part of a run: from its start or a checkpoint to the end.
struct TrainSession {
  private let plan: TrainRun
  private(set) var state: TrainerState
  private var train: TrainStep
  private let feed: StepFeed
  private let log: MetricsLog
  private let startedAt = RunEnvironment.monotonicSeconds()
  private let firstStep: Int
  private let secondsBefore: Double
  private var lastCheckpoint: String?
  private var lastFlush = 0.0
  /// Wall time of this session's steps, without evaluations and checkpoints.
  private var steppingSeconds = 0.0
  private var peak = RunEnvironment.PeakMemory()
  private var lastLoss: Double?
  /// The newest evaluation of this session and its step.
  private var lastEvaluated: (step: Int, result: Evaluated)?

  /// Prepares the folder; with `resuming` goes on from the newest good checkpoint, if there is one.
  ///
  /// - Parameter fresh: model and optimizer at step 0; nil afterwards.
  init(_ run: TrainRun, taking fresh: inout Fresh?, resuming: Bool) throws {
    plan = run
    guard var taken = fresh.take() else { preconditionFailure("train session: nothing to train") }
    var resumed: Checkpoint.Loaded?
    if resuming, run.folder.isUsed {
      try TrainSession.checkConfig(run)
      let (loaded, problems) = Checkpoint.newest(in: run.folder, like: taken.model)
      for problem in problems { run.notify(.note(problem)) }
      resumed = loaded
    }
    if let resumed, resumed.state.dataFingerprint != run.data.fingerprint {
      throw RunError.dataChanged(folder: run.folder.path)
    }
    try TrainSession.checkSpace(run)
    try TrainSession.writeHead(run)
    // The reference is the model that the run started from, or where it has moved to since.
    var reference = LiveReference(taken.model, run.reference)
    if let resumed { try reference?.restore(resumed) }
    state = resumed?.state ?? TrainerState()
    if let resumed {
      taken.model = try TrainSession.restore(resumed, &taken.optimizer)
      run.notify(.note("going on after \(resumed.name)"))
    }
    state.dataFingerprint = run.data.fingerprint
    lastCheckpoint = resumed?.name
    let resumedMixture = resumed?.state.mixture
    resumed = nil
    firstStep = state.step
    secondsBefore = state.seconds
    train = run.step(taken, state: try TrainSession.objectiveState(state, run))
    train.reference = reference
    feed = try StepFeed(run, from: resumedMixture)
    log = try MetricsLog(run.folder.metrics, keeping: state.metricsBytes)
  }

  // MARK: Preparation

  /// A resumed run must have the same config, but for keys that cannot change a result.
  private static func checkConfig(_ run: TrainRun) throws {
    let differing = try run.changedKeys()
    if !differing.isEmpty { throw RunError.changed(folder: run.folder.path, keys: differing) }
  }

  /// Two checkpoints must fit before a run starts: the last one stays until the next is safe.
  private static func checkSpace(_ run: TrainRun) throws {
    let plan = run.plan()
    // Value and two moments of each parameter, and a moving reference's value.
    let numbers = run.reference.sync == nil ? 3 : 4
    let needed = 2 * plan.trained * 4 * numbers + (1 << 20)
    if let free = RunEnvironment.freeBytes(at: run.folder.path), free < needed {
      throw RunError.noSpace(folder: run.folder.path, needed: needed, free: free)
    }
  }

  /// Writes what is known before the first step.
  private static func writeHead(_ run: TrainRun) throws {
    let ledger = run.data.ledger.map { ConfigNode.Entry(key: $0.name, value: $0.value.configNode) }
    for (path, node) in [
      (run.folder.ledger, ConfigNode(.table(ledger))),
      (
        run.folder.environment, RunEnvironment.node(seed: run.config.run.seed, command: run.command)
      ),
    ] {
      var writer = JSONWriter(.pretty)
      writer.write(node)
      writer.endLine()
      try run.folder.write(writer.bytes, to: path)
    }
    try run.folder.write(Array(ConfigFile.yaml(from: run.resolved).utf8), to: run.folder.config)
  }

  private static func restore(
    _ resumed: Checkpoint.Loaded, _ optimizer: inout any Optimizer
  ) throws -> any Model {
    let expected = optimizer.state
    guard
      expected.allSatisfy({ resumed.optimizerState[$0.name]?.shape == $0.tensor.shape })
    else {
      throw RunError.unsuitable(
        "\(resumed.name): its tensors do not fit the config's optimizer")
    }
    optimizer.restore(resumed.optimizerState, stepCount: resumed.state.optimizerSteps)
    return resumed.model
  }

  /// What the objective carries on, as the checkpoint has it.
  private static func objectiveState(_ state: TrainerState, _ run: TrainRun) throws
    -> [InputName: Tensor]
  {
    var result = run.config.objective.initialState
    for (name, initial) in result {
      guard let values = state.objective[name.text] else { continue }
      guard values.count == initial.count else {
        throw RunError.unsuitable(
          "the checkpoint's \(name) has \(values.count) numbers, the objective expects \(initial.count)"
        )
      }
      result[name] = Tensor(values)
    }
    return result
  }

  // MARK: The loop

  mutating func run() throws -> TrainSummary {
    var stoppedEarly = isOutOfPatience
    while state.step < plan.totalSteps && !stoppedEarly {
      let step = state.step + 1
      let began = RunEnvironment.monotonicSeconds()
      let result = try feed.run(
        &train, step: step, learningRate: plan.learningRate(step: step))
      state.step = step
      state.tokens += result.tokens
      lastLoss = result.loss
      if step % plan.config.trainer.loggingSteps == 0 || step == plan.totalSteps {
        try writing { (session) throws(DataError) in try session.logStep(result) }
      }
      steppingSeconds += RunEnvironment.monotonicSeconds() - began
      plan.notify(.step(step, result))
      let evaluates = plan.data.validation != nil
      if evaluates,
        plan.isDue(step, every: plan.config.trainer.evalSteps) || step == plan.totalSteps
      {
        try evaluate()
        stoppedEarly = isOutOfPatience
      }
      if plan.isDue(step, every: plan.config.trainer.saveSteps) || step == plan.totalSteps
        || stoppedEarly || state.bestStep == step
      {
        try saveCheckpoint()
      }
      if let signal = StopSignal.pending, step < plan.totalSteps, !stoppedEarly {
        if lastCheckpoint != Checkpoint.name(step: step) { try saveCheckpoint() }
        throw RunError.interrupted(
          signal: signal, checkpoint: plan.folder.path + "/" + Checkpoint.name(step: step))
      }
    }
    return try finish(stoppedEarly: stoppedEarly)
  }

  private var isOutOfPatience: Bool {
    guard let patience = plan.config.trainer.earlyStoppingPatience else { return false }
    return state.evaluationsWithoutBetter >= patience
  }

  private var seconds: Double {
    secondsBefore + RunEnvironment.monotonicSeconds() - startedAt
  }

  /// Runs something that writes, and says what is safe if the disk refuses.
  private mutating func writing(_ body: (inout TrainSession) throws(DataError) -> Void) throws {
    do throws(DataError) {
      try body(&self)
    } catch {
      throw RunError.unwritable(
        error, lastCheckpoint: lastCheckpoint.map { plan.folder.path + "/" + $0 })
    }
  }

  private mutating func logStep(_ result: StepResult) throws(DataError) {
    let (step, now) = (state.step, seconds)
    let epoch = plan.order.epochs(afterSteps: step)
    let memory = peak.value(at: now)
    let tokens = state.tokens
    try log.append { line in
      line.key("step")
      line.value(step)
      line.key("epoch")
      line.value(epoch)
      line.key("loss")
      line.value(result.loss)
      line.key("grad_norm")
      line.value(result.gradientNorm)
      line.key("learning_rate")
      line.value(result.learningRate)
      for (name, value) in result.metrics.values {
        line.key(name)
        line.value(value)
      }
      if tokens > 0 {
        line.key("tokens")
        line.value(result.tokens)
        line.key("num_tokens")
        line.value(tokens)
      }
      line.key("seconds")
      line.value(now)
      line.key("peak_memory_bytes")
      line.value(memory)
    }
    if now - lastFlush > 0.5 {
      try log.flush()
      lastFlush = now
    }
  }

  private mutating func evaluate() throws {
    guard let validation = plan.data.validation else { return }
    let result = try Evaluator.evaluate(
      train.model, validation, objective: plan.config.objective, state: train.state,
      reference: train.reference, batchSize: plan.config.trainer.evalBatchSize)
    lastEvaluated = (state.step, result)
    let accuracy = result.metrics["accuracy"] ?? result.metrics["rewards/accuracies"]
    let metric = plan.config.trainer.metricForBestModel
    let value = metric == .loss ? result.loss : accuracy ?? 0
    let isBest = state.bestMetric.map { metric.isBetter(value, than: $0) } ?? true
    if isBest {
      (state.bestMetric, state.bestStep) = (value, state.step)
      state.evaluationsWithoutBetter = 0
    } else {
      state.evaluationsWithoutBetter += 1
    }
    let (step, now) = (state.step, seconds)
    let epoch = plan.order.epochs(afterSteps: step)
    let interval = result.accuracyInterval
    try writing { (session) throws(DataError) in
      try session.log.append { line in
        line.key("step")
        line.value(step)
        line.key("epoch")
        line.value(epoch)
        line.key("eval_loss")
        line.value(result.loss)
        for (name, value) in result.metrics.values {
          line.key("eval_" + name)
          line.value(value)
        }
        if let interval {
          line.key("eval_accuracy_ci")
          line.beginArray()
          line.value(interval.low)
          line.value(interval.high)
          line.endArray()
        }
        line.key("eval_pairs")
        line.value(result.chosen.count)
        line.key("seconds")
        line.value(now)
        line.key("peak_memory_bytes")
        line.value(RunEnvironment.peakMemoryBytes)
      }
    }
    plan.notify(
      .evaluated(
        step: step, loss: result.loss, accuracy: accuracy, low: interval?.low ?? 0,
        high: interval?.high ?? 1, isBest: isBest))
  }

  private mutating func saveCheckpoint() throws {
    try writing { (session) throws(DataError) in
      try session.log.sync()
      session.state.metricsBytes = session.log.bytes
      session.state.objective = session.train.state.reduce(into: [:]) {
        $0[$1.key.text] = $1.value.array
      }
      session.state.mixture = session.feed.state
      session.state.optimizerSteps = session.train.optimizer.stepCount
      session.state.seconds = session.seconds
      try Checkpoint.write(
        model: session.train.model, optimizer: session.train.optimizer, state: session.state,
        reference: session.train.reference?.moved, to: session.plan.folder)
    }
    let name = Checkpoint.name(step: state.step)
    lastCheckpoint = name
    plan.notify(.checkpoint(plan.folder.path + "/" + name))
    removeOldCheckpoints()
  }

  /// Keeps the newest `save_total_limit` checkpoints and the best one.
  private func removeOldCheckpoints() {
    guard let limit = plan.config.trainer.saveTotalLimit else { return }
    for step in Checkpoint.steps(in: plan.folder).dropFirst(limit) where step != state.bestStep {
      FileAccess.remove(plan.folder.path + "/" + Checkpoint.name(step: step))
    }
  }

  // MARK: The end

  private mutating func finish(stoppedEarly: Bool) throws -> TrainSummary {
    var model = train.model
    var (finalStep, objectiveState, reference) = (state.step, train.state, train.reference)
    if plan.config.trainer.loadBestModelAtEnd, let best = state.bestStep, best != state.step {
      let loaded = try Checkpoint.load(
        Checkpoint.name(step: best), in: plan.folder, like: model)
      model = loaded.model
      objectiveState = try TrainSession.objectiveState(loaded.state, plan)
      try reference?.restore(loaded)
      finalStep = best
    }
    let known = lastEvaluated.flatMap { $0.step == finalStep ? $0.result : nil }
    let ending = try RunEnding(
      plan, model: model, evaluated: known, state: objectiveState, reference: reference)
    try writing { (session) throws(DataError) in
      try session.log.sync()
      try ending.write(to: session.plan.folder)
      if session.plan.config.trainer.report { try RunReport.write(for: session.plan.folder) }
    }
    let summary = TrainSummary(
      folder: plan.folder.path,
      report: plan.config.trainer.report ? plan.folder.report : nil,
      steps: state.step, seconds: seconds,
      pairsPerSecond: Double((state.step - firstStep) * plan.config.trainer.batchSize)
        / max(1e-9, steppingSeconds),
      peakMemoryBytes: RunEnvironment.peakMemoryBytes, finalLoss: lastLoss,
      figures: ending.figures, stoppedEarly: stoppedEarly)
    plan.notify(.finished(summary))
    return summary
  }
}
