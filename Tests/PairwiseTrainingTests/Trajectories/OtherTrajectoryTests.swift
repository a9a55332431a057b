import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseObjectives
import PairwiseTensor
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// KTO, ORPO, CPO and SimPO against TRL's runs: first the tokens, then every step.
@Suite(
  "TRL trajectories: KTO, ORPO, CPO, SimPO",
  .enabled(if: TrajectoryFixture.root != nil, "no fixtures beside the project"))
struct OtherTrajectoryTests {
  static let runs = [
    "kto_a", "kto_b", "kto_strong_a", "kto_apo_zero_unpaired_a", "orpo_a", "orpo_b",
    "cpo_sigmoid_a", "cpo_sigmoid_b", "cpo_hinge_a", "cpo_ipo_a", "cpo_smooth_a", "cpo_simpo_a",
    "simpo_a", "simpo_b",
  ].map { "others/" + $0 }

  // MARK: Tokens

  /// A padded block of a batch file as sequences with the length of their prompts.
  private func sequences(_ block: ConfigNode?) -> [(ids: [Int32], prompt: Int)] {
    func integers(_ node: ConfigNode?) -> [Int] {
      node.items.compactMap(\.number).map { Int($0) }
    }
    let (lengths, prompts) = (integers(block?["seq_len"]), integers(block?["prompt_len"]))
    return (block?["input_ids"].items ?? []).enumerated().map { row, ids in
      (integers(ids).prefix(lengths[row]).map { Int32($0) }, prompts[row])
    }
  }

  @Test(
    "rows become the ids that TRL fed, mismatched ones too",
    arguments: ["kto_a", "kto_b", "kto_apo_zero_unpaired_a", "orpo_a", "cpo_sigmoid_b"])
  func tokens(name: String) throws {
    let fixture = try TrajectoryFixture("others/" + name)
    let folder = TemporaryFolder()
    let set = try fixture.rows(cache: folder.path)
    let batch = try set.read(Array(0..<set.count))
    guard case .tokens(let pairs) = batch.input else {
      Issue.record("no tokens")
      return
    }
    var row = 0
    for micro in try fixture.batches()["micro_batches"].items {
      let blocks =
        fixture.isUnpaired ? [micro, micro["KL"]] : [micro["chosen"], micro["rejected"]]
      let (first, second) = (sequences(blocks[0]), sequences(blocks[1]))
      let labels = micro["label"].items.map { $0.value == .bool(true) }
      for place in first.indices {
        let pair = pairs[row]
        #expect(pair.prompt + pair.chosen == first[place].ids, "row \(row)")
        #expect(pair.prompt.count + pair.unscored.chosen == first[place].prompt, "row \(row)")
        if second.isEmpty {
          #expect(pair.rejected.isEmpty)
        } else {
          #expect(pair.prompt + pair.rejected == second[place].ids, "row \(row)")
          #expect(pair.prompt.count + pair.unscored.rejected == second[place].prompt, "row \(row)")
        }
        if fixture.isUnpaired { #expect(batch.columns["label"]?[row] == (labels[place] ? 1 : 0)) }
        row += 1
      }
    }
    #expect(row == set.count && row == 32)
  }

  // MARK: Steps

  @Test("every step and the final weights", arguments: runs)
  func trajectory(name: String) throws {
    let fixture = try TrajectoryFixture(name)
    let folder = TemporaryFolder()
    let (section, resolved) = try fixture.otherConfig(output: folder.path)
    var steps: [StepResult] = []
    let run = try TrainRun(section, resolved: resolved, configFolder: "") { event in
      if case .step(_, let result) = event { steps.append(result) }
    }
    try run.run()
    try #require(steps.count == fixture.steps.count)
    var tokens = 0
    for (got, want) in zip(steps, fixture.steps) {
      tokens += got.tokens
      if let expected = want["num_tokens"].number { #expect(Double(tokens) == expected) }
      try check(got, want, fixture)
    }
    try fixture.checkTensors(of: run.folder.final + "/model.safetensors")
  }

  /// Where a figure of TRL's stands here: its averages of log-probs have a name of their own.
  private func value(_ key: String, _ got: StepResult, _ fixture: TrajectoryFixture) -> Double? {
    switch key {
    case "loss": return got.loss
    case "grad_norm": return got.gradientNorm
    case "learning_rate": return got.learningRate
    case "logps/chosen" where fixture.averagesLogps: return got.metrics["logps_avg/chosen"]
    case "logps/rejected" where fixture.averagesLogps: return got.metrics["logps_avg/rejected"]
    // No such term here, and 0 there.
    case "kl", "nll_loss": return got.metrics[key] ?? 0
    default: return got.metrics[key]
    }
  }

  private func check(_ got: StepResult, _ want: ConfigNode, _ fixture: TrajectoryFixture) throws {
    let step = Int(try #require(want["step"].number))
    var compared = 0
    for entry in want.entries where !["step", "micro", "num_tokens"].contains(entry.key) {
      let key = entry.key
      if key.contains("accurac"), fixture.fragileSteps.contains(step) { continue }
      // TRL averages these over padding, too.
      if key.hasPrefix("logits/"), !fixture.isUnpaired { continue }
      // A sum of objectives has the likelihood of the last part under no name.
      if key == "nll_loss", fixture.name == "cpo_simpo_a" { continue }
      let found = try #require(value(key, got, fixture), "step \(step): no \(key)")
      let expected = try #require(entry.value.number)
      let allowed = max(try fixture.tolerance(key), key.contains("accurac") ? 1e-7 : 0)
      #expect(
        abs(found - expected) <= allowed, "step \(step): \(key) is \(found), expected \(expected)")
      compared += 1
    }
    #expect(compared >= 5, "step \(step) has figures to compare")
  }
}
