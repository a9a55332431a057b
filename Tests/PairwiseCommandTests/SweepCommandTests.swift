import Foundation
import PairwiseConfig
import PairwiseData
import Testing

/// MODPO as one command: stages that are shared, a run for every weighting, and the front.
@Suite(.enabled(if: Program.isBuilt))
struct SweepCommandTests {
  private let folder = TemporaryDirectory()
  private let root = Program.root + "/Configs/sweeps/"

  private func sweep(_ more: [String] = []) throws -> Outcome {
    try Program.run(
      [
        "sweep", root + "modpo-tiny.yaml", "--set", "output=Checkpoints", "--set", "max_prompts=4",
        "--set", "max_new_tokens=8", "--set", "values=[[1.0, 0.0], [0.3, 0.7]]", "--json",
      ] + more, in: folder)
  }

  private func number(_ node: ConfigNode?) -> Double? {
    switch node?.value {
    case .number(let value): value
    case .int(let value): Double(value)
    default: nil
    }
  }

  @Test func trainsWhatIsSharedOnce() throws {
    let first = try sweep()
    try #require(first.code == 0, "\(first)")
    let result = try JSON.parse(Array(first.output.utf8))
    guard case .list(let points)? = result["points"]?.value else {
      Issue.record("no points")
      return
    }
    #expect(points.count == 3)
    #expect(number(points[0]["kl"]) == 0, "the start is its own reference")
    #expect(points[1...].allSatisfy { number($0["kl"]) != 0 })
    #expect((number(result["hypervolume"]) ?? -1) >= 0)
    #expect(FileAccess.exists(folder.file("Checkpoints/modpo-tiny/front.json")))
    let metrics = folder.file("Checkpoints/modpo-tiny-2/metrics.jsonl")
    let written = try FileAccess.read(metrics, limit: 1 << 24)
    #expect(String(decoding: written, as: UTF8.self).contains("margin_rewards/1/accuracy"))

    // Once more: nothing is trained, and the same comes out.
    let again = try sweep()
    #expect(again.code == 0, "\(again)")
    #expect(again.output == first.output)
    #expect(again.errors.contains("modpo-start is there already"))
    #expect(again.errors.contains("modpo-tiny-2 is there already"))
  }

  /// A rule judges as models do: here each token costs one half.
  @Test func lengthIsAJudge() throws {
    let outcome = try sweep([
      "--set",
      "rewards=[{kind: length, name: short, scale: -0.5}, {kind: implicit, name: second, "
        + "model: Checkpoints/modpo-second/final, reference: Checkpoints/modpo-start/final}]",
    ])
    try #require(outcome.code == 0, "\(outcome)")
    let result = try JSON.parse(Array(outcome.output.utf8))
    guard case .list(let points)? = result["points"]?.value else {
      Issue.record("no points")
      return
    }
    // At most eight new tokens, and at least an end token.
    for point in points {
      let reward = try #require(number(point["reward/short"]))
      #expect(reward >= -4 && reward <= -0.5)
    }
    let picture = try folder.text("Checkpoints/modpo-tiny/front.svg")
    #expect(picture.hasPrefix("<svg ") && picture.contains("short") && picture.contains("second"))
    // A mark for each policy and for the start.
    #expect(picture.components(separatedBy: "<circle").count - 1 == points.count)
  }

  /// Weight 1 on the pairs' own reward and 0 on the other is DPO, whatever the margins are.
  @Test func withoutWeightOnTheMarginItIsDPO() throws {
    let swept = try sweep()
    try #require(swept.code == 0, "\(swept)")
    let plain = try Program.run(
      [
        "train", root + "modpo-tiny-base.yaml", "--set", "objective={name: dpo, beta: 0.1}",
        "--set", "data.margin_rewards=[]", "--set", "run.name=plain",
      ], in: folder)
    try #require(plain.code == 0, "\(plain)")
    for name in ["final/model.safetensors"] {
      #expect(
        try FileAccess.read(folder.file("Checkpoints/plain/" + name), limit: 1 << 28)
          == FileAccess.read(folder.file("Checkpoints/modpo-tiny-1/" + name), limit: 1 << 28))
    }
  }

  @Test func problemsAreToldTogether() throws {
    try folder.write(
      "bad.yaml", "name: a/b\nbase: x\nkey: y\nsamples: 3\nrewards: []\nprompts: p\n")
    let outcome = try Program.run(["sweep", "bad.yaml"], in: folder)
    #expect(outcome.code == 78)
    #expect(outcome.errorLines.count == 4, "\(outcome)")
  }

  /// A problem in any of the configs stops the sweep before the first of them is trained.
  @Test func allConfigsAreReadFirst() throws {
    for (change, code, words) in [
      ("key=objective.v", Int32(78), "objective.v: unknown key"),
      ("rewards=[{kind: height, name: tall}]", 78, "rewards"),
      ("stages=[\(root)modpo-start.yaml, missing.yaml]", 66, "missing.yaml"),
    ] {
      let outcome = try sweep(["--set", change])
      #expect(outcome.code == code, "\(outcome)")
      #expect(outcome.errors.contains(words), "\(outcome)")
      #expect(!outcome.errors.contains("training modpo"), "\(outcome)")
    }
    #expect(!FileAccess.exists(folder.file("Checkpoints")))
  }
}
