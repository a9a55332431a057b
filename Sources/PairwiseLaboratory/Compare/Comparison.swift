internal import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseData
internal import PairwiseTensor
public import PairwiseTraining
internal import Synchronization

/// A comparison from config to results: runs what is missing, several at once, and writes what came out.
///
/// Every run is a training run in memory. Runs of the same settings and seed see the same data in the same
/// order from the same start; log-probs of the reference are computed once for all of them.
public struct Comparison: Sendable {
  /// Something that happens. Events come from several threads, one at a time.
  public enum Event: Sendable {
    /// Before the first run: how many there are, how many of them are known already, and how many go at once.
    case started(runs: Int, known: Int, parallel: Int)
    case finished(ComparedRun, done: Int)
  }

  public let plan: ComparePlan
  public let folder: String
  private let resolved: ConfigNode
  private let configFolder: String
  private let command: String?
  private let notify: @Sendable (Event) -> Void

  /// - Parameters:
  ///   - resolved: the config as it was read, for `config.yaml`.
  ///   - configFolder: where relative paths of the config are looked up first.
  ///   - output: replaces the config's `output`.
  ///   - command: how to run it again, for the report.
  public init(
    _ plan: ComparePlan, resolved: ConfigNode, configFolder: String, output: String? = nil,
    command: String? = nil, notify: @escaping @Sendable (Event) -> Void = { _ in }
  ) {
    (self.plan, self.resolved) = (plan, resolved)
    (self.configFolder, self.command, self.notify) = (configFolder, command, notify)
    folder = (output ?? plan.config.output) + "/" + plan.config.name
  }

  private var resultsFile: String { folder + "/results.jsonl" }
  private var configFile: String { folder + "/config.yaml" }

  /// Runs what is missing.
  ///
  /// - Returns: all runs, by grid point, seed and objective.
  /// - Throws: `RunError`, `DataError`, or what a problem throws.
  public func run(existing: ExistingRun = .refuse) throws -> [ComparedRun] {
    try FileAccess.createFolder(folder)
    let lock = try RunLock(RunFolder(path: folder))
    defer { _ = lock }
    // An empty file is what a comparison leaves that could not be started.
    if FileAccess.size(resultsFile) ?? 0 > 0 {
      if existing == .refuse { throw RunError.exists(folder: folder) }
      if existing == .overwrite { FileAccess.remove(resultsFile) }
    }
    let jobs = try identified(plan.jobs)
    let results = try ComparisonResults(resultsFile)
    let missing = jobs.filter { results[$0.id] == nil }
    let shelf = shelf(for: missing)
    try check(missing, shelf)
    try writeHead()
    try runAll(missing, shelf, results)
    try results.finish(jobs.map(\.id))
    return jobs.compactMap { results[$0.id] }
  }

  /// The jobs with what their files hold in their ids: other data under an old name are other runs.
  private func identified(_ jobs: [ComparePlan.Job]) throws(DataError) -> [ComparePlan.Job] {
    let digests = InputDigests()
    var identified = jobs
    for index in jobs.indices {
      guard case .training(_, let resolved) = jobs[index].work else { continue }
      var parts: [String] = []
      for section in ["data", "model", "meta"] {
        guard let node = resolved[section] else { continue }
        parts += try digests.parts(of: node) { locate($0, from: configFolder) }
      }
      if !parts.isEmpty {
        identified[index].id = String(InputDigests.hash([jobs[index].id] + parts).prefix(16))
      }
    }
    return identified
  }

  private func writeHead() throws(DataError) {
    let environment = RunEnvironment.node(seed: plan.config.firstSeed, command: command)
    var writer = JSONWriter(.pretty)
    writer.write(environment)
    writer.endLine()
    try FileAccess.replace(folder + "/environment.json", with: writer.bytes)
    try FileAccess.replace(configFile, with: Array(ConfigFile.yaml(from: resolved).utf8))
  }

  /// Opens one run of every objective at every point of the grid, so that what cannot be trained is said before
  /// anything is. The trials that are drawn for it stay on the shelf.
  private func check(_ jobs: [ComparePlan.Job], _ shelf: TrialShelf) throws {
    var seen: Set<String> = []
    for job in jobs {
      guard case .training(let config, let resolved) = job.work else { continue }
      let place = job.settings.map { "\($0.key)=\($0.value.inline)" }.joined(separator: ";")
      guard seen.insert("\(job.objective);\(place)").inserted else { continue }
      do {
        _ = try open(config, resolved, job.problem, shelf)
      } catch {
        throw named(job, error)
      }
    }
  }

  // MARK: Running

  private func shelf(for jobs: [ComparePlan.Job]) -> TrialShelf {
    TrialShelf(
      plan.problems, runs: jobs.reduce(into: [:]) { $0[$1.problem ?? -1, default: 0] += 1 })
  }

  private func runAll(
    _ jobs: [ComparePlan.Job], _ shelf: TrialShelf, _ results: ComparisonResults
  ) throws {
    let known = plan.count - jobs.count
    let parallel = try width(jobs, shelf)
    notify(.started(runs: plan.count, known: known, parallel: parallel))
    let failed = Mutex<(any Error)?>(nil)
    let done = Mutex(known)
    let opening = Mutex(())
    let notify = notify
    @Sendable func work(_ index: Int) {
      if StopSignal.pending != nil || failed.withLock({ $0 != nil }) { return }
      let job = jobs[index]
      do {
        guard let run = try self.run(job, shelf, opening) else { return }
        try results.append(run)
        if let problem = job.problem { shelf.close(problem) }
        done.withLock { done in
          done += 1
          notify(.finished(run, done: done))
        }
      } catch {
        failed.withLock { failed in
          if failed == nil { failed = named(job, error) }
        }
      }
    }
    if parallel > 1 {
      WorkerPool.shared.setThreads(parallel)
      WorkerPool.shared.run(jobs.count) { work($0) }
      WorkerPool.shared.setThreads(0)
    } else {
      for index in jobs.indices { work(index) }
    }
    if let failure = failed.withLock({ $0 }) { throw failure }
    if let signal = StopSignal.pending {
      throw RunError.interrupted(signal: signal, checkpoint: resultsFile)
    }
  }

  /// The error with the objective's label before it.
  private func named(_ job: ComparePlan.Job, _ error: any Error) -> RunError {
    switch error {
    case RunError.unsuitable: break
    case let error as RunError: return error
    default: break
    }
    return .unsuitable("\(plan.labels[job.objective].label): \(error)")
  }

  /// Runs at once: what the config says, or one a core if that leaves half of the memory free.
  private func width(_ jobs: [ComparePlan.Job], _ shelf: TrialShelf) throws -> Int {
    if plan.config.parallel > 0 { return min(plan.config.parallel, jobs.count) }
    let cores = min(WorkerPool.availableCores, jobs.count)
    guard cores > 1, let job = jobs.first else { return 1 }
    guard case .training(let config, let resolved) = job.work else { return cores }
    let bytes = try open(config, resolved, job.problem, shelf).run.plan().estimatedBytes
    let room = RunEnvironment.physicalMemory / 2
    return bytes.multipliedReportingOverflow(by: cores).overflow || bytes * cores > room ? 1 : cores
  }

  private struct Opened {
    let run: TrainRun
    let trial: TrialShelf.Drawn?
  }

  private func open(
    _ config: RunConfig, _ resolved: ConfigNode, _ problem: Int?, _ shelf: TrialShelf
  ) throws -> Opened {
    var config = config
    config.run.threads = WorkerPool.shared.threads
    let trial = try problem.map { try shelf.open($0) }
    if let trial, plan.config.model == nil {
      config.model = ModelSection(options: trial.trial.model)
    }
    let run = try TrainRun(
      config, resolved: resolved, configFolder: configFolder, known: trial?.data,
      output: folder)
    if trial == nil && !run.hasValidation {
      throw RunError.unsuitable(
        "data: nothing to measure on; name a validation file, a split of it or a validation_fraction"
      )
    }
    return Opened(run: run, trial: trial)
  }

  /// One run; nil if a signal ended it.
  private func run(
    _ job: ComparePlan.Job, _ shelf: TrialShelf, _ opening: borrowing Mutex<Void>
  ) throws -> ComparedRun? {
    let began = RunEnvironment.monotonicSeconds()
    var result = ComparedRun(
      objective: plan.labels[job.objective].label, settings: job.settings, seed: job.seed,
      steps: 0, measures: [])
    result.id = job.id
    switch job.work {
    case .training(let config, let resolved):
      guard try train(config, resolved, job.problem, shelf, opening, into: &result) else {
        return nil
      }
    case .study(let variant):
      guard let problem = job.problem.flatMap({ plan.problems[$0] as? any StudiedProblem }) else {
        preconditionFailure("comparison: variant \(variant) without its problem")
      }
      let outcome = try problem.study(variant)
      result.measures = measures(outcome.values)
      result.curves = outcome.curves
    }
    result.seconds = RunEnvironment.monotonicSeconds() - began
    return result
  }

  private func measures(_ values: [String: Double]) -> [(name: String, value: Double)] {
    plan.measures.compactMap { measure in
      values[measure.name].flatMap { $0.isFinite ? (measure.name, $0) : nil }
    }
  }

  /// - Returns: false if a signal ended it.
  private func train(
    _ config: RunConfig, _ resolved: ConfigNode, _ problem: Int?, _ shelf: TrialShelf,
    _ opening: borrowing Mutex<Void>, into result: inout ComparedRun
  ) throws -> Bool {
    // Files are opened, and caches written, by one run at a time.
    let opened =
      problem == nil
      ? try opening.withLock { _ in
        let opened = try open(config, resolved, nil, shelf)
        return Opened(run: try opened.run.prepared(), trial: nil)
      } : try open(config, resolved, problem, shelf)
    let trial = opened.trial
    let run = try trial.map { try opened.run.prepared(sharing: $0.references) } ?? opened.run
    result.steps = run.totalSteps
    var curves = CurveRecorder(steps: run.totalSteps, points: plan.config.curvePoints)
    do {
      let outcome = try run.runInMemory(evaluates: trial == nil) { done, loss, model in
        if StopSignal.pending != nil { return false }
        try curves.record(done, loss) { try trial?.trial.measure(model) }
        return true
      }
      if StopSignal.pending != nil { return false }
      let values = try trial?.trial.measure(outcome.model) ?? ComparedOnData.values(outcome)
      result.measures = measures(values)
      result.heldOut = outcome.evaluation.flatMap(ComparedOnData.heldOut)
    } catch let stop as NumericalStop {
      result.failure = stop.description
    }
    result.curves = curves.curves(plan.measures.map(\.name))
    return true
  }
}
