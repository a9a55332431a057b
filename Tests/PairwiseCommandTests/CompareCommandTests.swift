import PairwiseConfig
import PairwiseData
import Testing

/// `compare` and `problem` as a user meets them.
@Suite(.enabled(if: Program.isBuilt))
struct CompareCommandTests {
  private let folder = TemporaryDirectory()
  private let config = """
    name: c
    output: out
    problem: {name: log_linear_flips, pairs: 100, test_pairs: 10, prompts: 4}
    objectives: [{name: dpo, beta: 1}, {name: ipo, beta: 1}]
    grid: {problem.flip_rate: [0, 0.2]}
    seeds: 4
    trainer: {max_steps: 5}
    """

  @Test func fromConfigToResults() throws {
    try folder.write("c.yaml", config)
    let dry = try Program.run(["compare", "c.yaml", "--dry-run"], in: folder)
    #expect(dry.code == 0, "\(dry)")
    #expect(dry.output.contains("runs        16"))
    #expect(!FileAccess.exists(folder.file("out")))
    let first = try Program.run(["compare", "c.yaml"], in: folder)
    #expect(first.code == 0, "\(first)")
    #expect(try folder.objects("out/c/results.jsonl").count == 16)
    for file in ["config.yaml", "environment.json"] {
      #expect(FileAccess.exists(folder.file("out/c/\(file)")), "no \(file)")
    }
    let twice = try Program.run(["compare", "c.yaml"], in: folder)
    #expect(twice.code == 73, "\(twice)")
    let more = try Program.run(["compare", "c.yaml", "--resume", "--set", "seeds=5"], in: folder)
    #expect(more.code == 0, "\(more)")
    #expect(more.errors.contains("20 runs, 16 known already"))
    // What it leaves is a config that gives the same again.
    let again = try Program.run(
      ["compare", "out/c/config.yaml", "--output", "again"], in: folder)
    #expect(again.code == 0, "\(again)")
    func ids(_ path: String) throws -> [String?] {
      try folder.objects(path).map { $0.string("id") }
    }
    #expect(try ids("again/c/results.jsonl") == ids("out/c/results.jsonl"))
  }

  @Test func problemsAreSaidWithTheirLines() throws {
    try folder.write("c.yaml", config + "\nmeasure: [kl]\nlevel: 2\n")
    let outcome = try Program.run(["compare", "c.yaml"], in: folder)
    #expect(outcome.code == 78, "\(outcome)")
    #expect(outcome.errorLines.count == 2, "\(outcome)")
    #expect(outcome.errors.contains("c.yaml:8: measure: unknown key; did you mean 'measures'?"))
    let check = try Program.run(["config", "check", "c.yaml"], in: folder)
    #expect(check.code == 78, "\(check)")
  }

  @Test func problemsAreListedAndDescribed() throws {
    let list = try Program.run(["problem", "list"], in: folder)
    #expect(list.code == 0 && list.output.contains("log_linear_flips"), "\(list)")
    let one = try Program.run(["problem", "describe", "log_linear_flips"], in: folder)
    #expect(one.code == 0, "\(one)")
    for word in ["flip_rate", "parameter_error", "2403.00409"] {
      #expect(one.output.contains(word))
    }
    let none = try Program.run(["problem", "describe", "nothing"], in: folder)
    #expect(none.code == 64, "\(none)")
  }
}
