import PairwiseConfig
import PairwiseData
import PairwiseLaboratory
import PairwiseModels
import PairwiseTestSupport
import PairwiseTraining
import Synchronization
import Testing

/// Comparisons from config to results.
@Suite("Comparisons")
struct CompareTests {
  private let folder = TemporaryFolder()

  private static let small = """
    name: small
    problem: {name: log_linear_flips, pairs: 200, test_pairs: 20, prompts: 5}
    objectives:
      - {name: dpo, beta: 1}
      - {label: told, name: robust_dpo, beta: 1, label_smoothing: $problem.flip_rate}
      - {label: slow, name: dpo, beta: 1, set: {optimizer.learning_rate: 0.001}}
    grid: {problem.flip_rate: [0, 0.3], trainer.batch_size: [16, 32]}
    seeds: 3
    baseline: told
    measures: [parameter_error, kl]
    optimizer: {name: adamw, learning_rate: 0.05, weight_decay: 0}
    trainer: {max_steps: 12}
    curve_points: 4
    """

  private func plan(_ text: String, _ overrides: [(String, String)] = []) throws -> (
    plan: ComparePlan, resolved: ConfigNode
  ) {
    let text = overrides.reduce(text) { text, change in
      text.replacingLines(startingWith: change.0 + ":", by: "\(change.0): \(change.1)")
    }
    let document = try ConfigFile.parse(Array(text.utf8), file: "c.yaml")
    let (config, resolved) = try ConfigReader.read(
      CompareConfig.self, from: document, file: "c.yaml")
    return (try ComparePlan(config, file: "c.yaml"), resolved)
  }

  private func run(
    _ text: String = small, _ overrides: [(String, String)] = [], to output: String,
    existing: ExistingRun = .refuse,
    notify: @escaping @Sendable (Comparison.Event) -> Void = { _ in }
  ) throws -> [ComparedRun] {
    let (plan, resolved) = try plan(text, overrides)
    return try Comparison(
      plan, resolved: resolved, configFolder: ".", output: folder.file(output), notify: notify
    ).run(existing: existing)
  }

  /// Without what differs between equal runs.
  private func bare(_ runs: [ComparedRun]) -> [ComparedRun] {
    runs.map { run in
      var run = run
      run.seconds = 0
      return run
    }
  }

  private func problems(_ text: String) -> [String] {
    do {
      _ = try plan(text)
      return []
    } catch let error as ConfigError {
      return error.problems.map { "\($0.place.line) \($0.path): \($0.message)" }
    } catch { return ["\(error)"] }
  }

  @Test func everyCombinationIsRun() throws {
    let runs = try run(to: "a")
    #expect(runs.count == 3 * 2 * 2 * 3)
    #expect(Set(runs.map(\.id)).count == runs.count)
    #expect(runs[0].settings.map(\.key) == ["problem.flip_rate", "trainer.batch_size"])
    #expect(runs.prefix(9).map(\.seed) == [0, 0, 0, 1, 1, 1, 2, 2, 2])
    #expect(runs.prefix(3).map(\.objective) == ["dpo", "told", "slow"])
    #expect(runs.allSatisfy { $0.measures.map(\.name) == ["parameter_error", "kl"] })
    let curve = try #require(runs[0].curves.first { $0.name == "kl" })
    #expect(curve.steps == [0, 3, 6, 9, 12])
    #expect(curve.values[0] == 0, "training starts at the reference")
    #expect(curve.values.last == runs[0][measure: "kl"])
    // Without flips the loss that is told so is DPO itself, on the same batches: the same bits.
    for clean in runs.prefix(9) where clean.objective == "told" {
      let plain = try #require(
        runs.first {
          $0.objective == "dpo" && $0.settings == clean.settings && $0.seed == clean.seed
        })
      #expect(plain.measures.map(\.value) == clean.measures.map(\.value))
    }
    let slow = try #require(runs.first { $0.objective == "slow" })
    #expect((slow[measure: "kl"] ?? 1) < (runs[0][measure: "kl"] ?? 0))
  }

  @Test func bitsDoNotDependOnHowManyGoAtOnce() throws {
    let one = try run(Self.small + "\nparallel: 1", to: "a")
    let two = try run(Self.small + "\nparallel: 2", to: "b")
    let five = try run(Self.small + "\nparallel: 5", to: "c")
    #expect(bare(one) == bare(two))
    #expect(bare(one) == bare(five))
  }

  @Test func goesOnWhereItStopped() throws {
    let whole = try run(to: "whole")
    _ = try run(Self.small, [("seeds", "1")], to: "part")
    #expect(throws: RunError.self) { try run(to: "part") }
    // A line that was being written when the process ended counts for nothing.
    let results = folder.file("part/small/results.jsonl")
    let bytes = try FileAccess.read(results, limit: 1 << 24)
    try FileAccess.replace(results, with: Array(bytes.dropLast(40)))
    let known = Counter()
    let rest = try run(to: "part", existing: .resume) { event in
      if case .started(_, let count, _) = event { known.add(count) }
    }
    #expect(known.value == 11, "12 runs of one seed, and the torn one")
    #expect(bare(rest) == bare(whole))
    let again = try run(to: "part", existing: .resume) { event in
      if case .finished = event { Issue.record("nothing is left to run") }
    }
    #expect(again == rest, "seconds and all")
  }

  @Test func linesAreReadAsTheyWereWritten() throws {
    let runs = try run(to: "a")
    let path = folder.file("a/small/results.jsonl")
    let bytes = try FileAccess.read(path, limit: 1 << 24)
    #expect(try ComparedRun.reading(bytes[...], from: path) == runs)
  }

  @Test(arguments: [
    "{}", "[1]", "x", "{\"id\": 1}",
    "{\"id\":\"a\",\"objective\":\"dpo\",\"settings\":{},\"seed\":-1,\"steps\":1,\"measures\":{},\"curves\":{},\"seconds\":0}",
    "{\"id\":\"a\",\"objective\":\"dpo\",\"settings\":{},\"seed\":0,\"steps\":1,\"measures\":{},"
      + "\"curves\":{\"kl\":{\"steps\":[2,1],\"values\":[0,0]}},\"seconds\":0}",
    "{\"id\":\"a\",\"objective\":\"dpo\",\"settings\":{},\"seed\":0,\"steps\":1,\"measures\":{\"kl\":\"1\"},"
      + "\"curves\":{},\"seconds\":0}",
  ])
  func otherLinesAreRefused(_ line: String) {
    #expect(throws: DataError.self) {
      try ComparedRun.reading(Array((line + "\n").utf8)[...], from: "results.jsonl")
    }
  }

  /// The same updates as a run that leaves files, bit for bit.
  @Test func runsInMemoryAreRuns() throws {
    let rows = (0..<40).map { row in
      let (a, b) = row % 3 == 0 ? ("red", "blue") : ("blue", "green")
      return "{\"prompt\": \"p\(row)\", \"chosen\": \"\(a)\", \"rejected\": \"\(b)\"}"
    }
    try FileAccess.write(Array(rows.joined(separator: "\n").utf8), to: folder.file("pairs.jsonl"))
    let text = """
      run: {name: run, output: "\(folder.path)"}
      model: {kind: tabular, completions: [red, green, blue]}
      data: {train: "\(folder.file("pairs.jsonl"))", validation_fraction: 0.2}
      objective: {name: ipo, beta: 0.2}
      optimizer: {name: adamw, learning_rate: 0.05}
      trainer: {max_steps: 30, batch_size: 7, report: false}
      """
    let document = try ConfigFile.parse(Array(text.utf8), file: "c.yaml")
    let (config, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: "c.yaml")
    let run = try TrainRun(config, resolved: resolved, configFolder: ".")
    try run.run()
    let left = try #require(
      try ModelDirectory.load(folder.file("run/final")).model as? TabularPolicy)
    let shelf = ReferenceShelf()
    let outcome = try run.prepared(sharing: shelf).runInMemory()
    let kept = try #require(outcome.model as? TabularPolicy)
    #expect(kept.values == left.values)
    #expect(outcome.steps == 30)
    #expect(outcome.figures.contains { $0.name == "accuracy" })
    let stopped = try run.prepared(sharing: shelf).runInMemory { done, _, _ in done < 5 }
    #expect(stopped.steps == 5)
  }

  /// Data that changed under their name are other data: nothing of the runs on the old ones is taken over.
  @Test func otherDataAreOtherRuns() throws {
    func write(_ count: Int) throws {
      let rows = (0..<count).map {
        "{\"prompt\": \"p\($0)\", \"chosen\": \"yes \($0 % 3)\", \"rejected\": \"no\"}"
      }
      try FileAccess.write(Array(rows.joined(separator: "\n").utf8), to: folder.file("rows.jsonl"))
    }
    let text = """
      name: own
      model: {kind: text_hash, bucket_bits: 8}
      data: {train: "\(folder.file("rows.jsonl"))", validation_fraction: 0.3}
      objectives: [{name: bradley_terry}]
      seeds: 2
      trainer: {max_steps: 3, batch_size: 8}
      """
    func known(_ existing: ExistingRun) throws -> (known: Int, ids: [String]) {
      let count = Mutex(-1)
      let runs = try run(text, to: "own", existing: existing) { event in
        if case .started(_, let known, _) = event { count.withLock { $0 = known } }
      }
      return (count.withLock { $0 }, runs.map(\.id))
    }
    try write(40)
    let first = try known(.refuse)
    let again = try known(.resume)
    #expect(first.known == 0 && again.known == 2 && first.ids == again.ids)
    try write(41)
    let other = try known(.resume)
    #expect(other.known == 0 && Set(other.ids).isDisjoint(with: first.ids))
  }

  // MARK: What is wrong is said first

  @Test(arguments: [
    (
      "name: x\nproblem: {name: nothing}\nobjectives: [{name: dpo}]", "2 problem.name: unknown name"
    ),
    ("name: x\nobjectives: [{name: dpo}]", "problem: expected a problem, or data"),
    (
      "name: x\nproblem: {name: log_linear_flips}\nobjectives:\n- {name: dpo}\n- {name: dpo}",
      "5 objectives[1]: a second objective 'dpo'"
    ),
    (
      "name: x\nproblem: {name: log_linear_flips}\nobjectives:\n- {name: dpo, beta: $problem.no}",
      "4 objective.beta: $problem.no: the grid has no key 'problem.no'"
    ),
    (
      "name: x\nproblem: {name: log_linear_flips}\nobjectives: [{name: dpo}]\ngrid: {problem.flips: [0]}",
      "4 problem.flips: unknown key"
    ),
    (
      "name: x\nproblem: {name: log_linear_flips}\nobjectives: [{name: dpo}]\ngrid: {beta: [0]}",
      "4 grid.beta: expected a key of"
    ),
    (
      "name: x\nproblem: {name: log_linear_flips}\nobjectives: [{name: dpo}]\ngrid: {objective.beta: 1}",
      "4 grid.objective.beta: expected a list"
    ),
    (
      "name: x\nproblem: {name: log_linear_flips}\nobjectives: [{name: dpo, btea: 1}]",
      "3 objective.btea: unknown key"
    ),
    (
      "name: x\nproblem: {name: log_linear_flips}\nobjectives: [{name: dpo}]\ntrainer: {save_steps: 1}",
      "4 trainer.save_steps: means nothing"
    ),
    (
      "name: x\nproblem: {name: log_linear_flips}\nobjectives: [{name: dpo}]\nmeasures: [beauty]",
      "measures: no measure 'beauty'"
    ),
    (
      "name: x\nproblem: {name: log_linear_flips}\nobjectives: [{name: dpo}]\nbaseline: ipo",
      "baseline: 'ipo' is none of the objectives"
    ),
    (
      "name: x\nproblem: {name: log_linear_flips}\nobjectives: [{name: dpo}]\nseeds: 10000\n"
        + "grid: {objective.beta: [1,2,3,4,5,6,7,8,9,10,11]}",
      "makes 110000 runs"
    ),
  ])
  func problemsHaveTheirPlace(_ text: String, _ expected: String) {
    let found = problems(text)
    #expect(found.contains { $0.contains(expected) }, "\(found)")
  }

  /// An objective that cannot be fed stops the comparison before the first run.
  @Test func whatCannotBeTrainedIsSaidFirst() throws {
    let text = Self.small.replacingLines(
      startingWith: "  - {name: dpo, beta: 1}", by: "  - {name: bradley_terry}")
    do {
      _ = try run(text, to: "a") { event in
        if case .started = event { Issue.record("nothing may start") }
      }
      Issue.record("it ran")
    } catch { #expect("\(error)".contains("bradley_terry"), "\(error)") }
    // Once it is mended nothing stands in the way.
    #expect(try run(to: "a").count == 36)
  }
}

/// Counts from several threads.
private final class Counter: Sendable {
  private let total = Mutex(0)
  var value: Int { total.withLock { $0 } }
  func add(_ count: Int) { total.withLock { $0 += count } }
}

extension String {
  fileprivate func replacingLines(startingWith start: String, by line: String) -> String {
    split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix(start) ? line : String($0) }.joined(separator: "\n")
  }
}
