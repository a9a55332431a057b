import Foundation
import PairwiseConfig
import PairwiseData
import Testing

/// Stages that hand each other files, through the command line.
@Suite("pairwise pipeline", .enabled(if: Program.isBuilt))
struct PipelineCommandTests {
  private let folder = TemporaryDirectory()

  private static let recipes = FileAccess.names(in: Program.root + "/Configs/pipelines")
    .filter { $0.hasSuffix(".yaml") }

  /// A recipe of the project with few rounds, its paths made to lead from anywhere.
  private func recipe(_ name: String, rounds: Int?) throws -> String {
    var text = try String(
      contentsOfFile: Program.root + "/Configs/pipelines/" + name, encoding: .utf8
    ).replacingOccurrences(of: "../../", with: Program.root + "/")
    if let rounds {
      text = text.replacing(/times: \d+/) { _ in "times: \(rounds)" }
    }
    return text
  }

  private func run(_ file: String, _ more: [String] = []) throws -> Outcome {
    try Program.run(["pipeline", file, "--output", "out", "--json"] + more, in: folder)
  }

  private func stages(_ outcome: Outcome) throws -> [ConfigNode] {
    guard case .list(let stages)? = try JSON.parse(Array(outcome.output.utf8))["stages"]?.value
    else { return [] }
    return stages
  }

  private func figure(_ stage: ConfigNode?, _ name: String) -> Double? {
    guard let node = stage?["figures"]?[name] else { return nil }
    return try? Double.read(node)
  }

  /// Every recipe goes through two rounds, and a second time nothing is left to do.
  @Test(arguments: recipes)
  func runsTwoRounds(_ name: String) throws {
    try folder.write(name, try recipe(name, rounds: 2))
    let first = try run(name)
    try #require(first.code == 0, "\(first)")
    let made = try stages(first)
    #expect(!made.isEmpty && made.allSatisfy { $0["kept"]?.value == .bool(false) })
    let again = try stages(try run(name))
    #expect(again.count == made.count)
    #expect(again.allSatisfy { $0["kept"]?.value == .bool(true) }, "everything is there already")
    for (one, other) in zip(made, again) { #expect(one["figures"] == other["figures"]) }
    let readme = try String(contentsOfFile: Program.root + "/README.md", encoding: .utf8)
    #expect(readme.contains("Configs/pipelines/\(name)"), "\(name) is not in the README")
  }

  /// The same config in another folder leaves the same policy, and what changed late leaves the start alone.
  @Test func onlyWhatChangedIsRunAgain() throws {
    let text = try recipe("ppo.yaml", rounds: 3)
    try folder.write("a.yaml", text)
    try folder.write("b.yaml", text.replacingOccurrences(of: "name: ppo\n", with: "name: other\n"))
    try #require(try run("a.yaml").code == 0)
    let other = try run("b.yaml")
    try #require(other.code == 0, "\(other)")
    let model = "round-003/policy/final/model.safetensors"
    #expect(try folder.bytes("out/ppo/\(model)") == folder.bytes("out/other/\(model)"))

    // Another step size: the samples of round 1 are as they were, those of round 2 are not.
    try folder.write(
      "a.yaml", text.replacingOccurrences(of: "learning_rate: 0.1", with: "learning_rate: 0.05"))
    let changed = try stages(try run("a.yaml"))
    func kept(_ name: String, _ round: Int) -> Bool? {
      let stage = changed.first {
        $0["name"]?.value == .string(name) && $0["round"]?.value == .int(round)
      }
      return stage?["kept"].map { $0.value == .bool(true) }
    }
    #expect(changed.first?["kept"]?.value == .bool(true))
    #expect(kept("samples", 1) == true && kept("policy", 1) == false)
    #expect(kept("samples", 2) == false)
  }

  /// Two rounds and then four are four, to the byte, and the first two are not run again.
  @Test func goesOn() throws {
    try folder.write("a.yaml", try recipe("online-dpo.yaml", rounds: 2))
    try #require(try run("a.yaml").code == 0)
    try folder.write("a.yaml", try recipe("online-dpo.yaml", rounds: 4))
    let kept = try stages(try run("a.yaml")).count { $0["kept"]?.value == .bool(true) }
    #expect(kept == 1 + 2 * 6)
    let model = "online-dpo/round-004/policy/final/model.safetensors"
    let resumed = try folder.bytes("out/" + model)
    let whole = try Program.run(["pipeline", "a.yaml", "--output", "whole"], in: folder)
    try #require(whole.code == 0, "\(whole)")
    #expect(try folder.bytes("whole/" + model) == resumed)
    #expect(whole.output.contains("policy-now") && whole.output.contains("reward"))
  }

  /// A product that is damaged is an input that changed: what depends on it is made again.
  @Test func contentCounts() throws {
    try folder.write("a.yaml", try recipe("best-of-n.yaml", rounds: 1))
    try #require(try run("a.yaml").code == 0)
    let path = "out/best-of-n/round-001/samples.jsonl"
    let lines = try folder.text(path).split(separator: "\n").dropLast()
    try folder.write(path, lines.joined(separator: "\n") + "\n")
    let stages = try stages(try run("a.yaml"))
    #expect(
      stages.map { $0["kept"]?.value == .bool(true) } == [true, true, false, false, false])
    #expect(figure(stages[2], "reward") != nil)
  }

  @Test func learns() throws {
    try folder.write("a.yaml", try recipe("ppo.yaml", rounds: nil))
    let all = try stages(try run("a.yaml")).filter { $0["kind"]?.value == .string("measure") }
    let (first, last) = (figure(all.first, "reward") ?? 1, figure(all.last, "reward") ?? 0)
    // The start earns 0.04; what is best earns 1.
    #expect(first < 0.3 && last > 0.9, "\(first) to \(last)")
  }

  /// A policy's rewards round by round, in its recipe at full length.
  private func measured(_ recipe: String, _ name: String) throws -> [Double] {
    try folder.write("a.yaml", try self.recipe(recipe, rounds: nil))
    let outcome = try run("a.yaml")
    try #require(outcome.code == 0, "\(outcome)")
    return try stages(outcome).filter { $0["kind"]?.value == .string("measure") }
      .compactMap { figure($0, name) }
  }

  @Test(arguments: ["best-of-n.yaml", "online-dpo.yaml", "rloo.yaml", "xpo.yaml"])
  func othersLearnToo(_ name: String) throws {
    let rewards = try measured(name, "reward")
    #expect((rewards.first ?? 1) < 0.3 && (rewards.last ?? 0) > 0.8, "\(rewards)")
  }

  @Test func namesAreCheckedFirst() throws {
    let text = try recipe("ppo.yaml", rounds: 1)
    func message(_ old: String, _ new: String) throws -> Outcome {
      try folder.write("bad.yaml", text.replacingOccurrences(of: old, with: new))
      return try run("bad.yaml")
    }
    let unknown = try message("data: $drawn", "data: $draw")
    #expect(unknown.code == 78)
    #expect(unknown.errors.contains("$draw is made by no stage before; there is $base"))
    let twice = try message("name: drawn", "name: scored")
    #expect(
      twice.code == 78 && twice.errors.contains("$scored is made by an earlier stage already"))
    let kind = try message("kind: advantages", "kind: advantage")
    #expect(kind.code == 78 && kind.errors.contains("did you mean 'advantages'?"))
    #expect(!folder.exists("out"), "nothing is written before all is checked")
  }
}
