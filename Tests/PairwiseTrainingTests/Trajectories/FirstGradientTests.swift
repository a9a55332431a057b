import PairwiseAutodiff
import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseObjectives
import PairwiseOptim
import PairwiseTensor
import PairwiseTraining
import Testing

/// The gradient of TRL's first step, parameter by parameter, from the token ids that TRL fed. It tells a
/// wrong backward pass from a wrong optimizer.
@Suite(
  "TRL gradients", .enabled(if: TrajectoryFixture.root != nil, "no fixtures beside the project"))
struct FirstGradientTests {
  @Test(
    "norms of the first step's gradient", arguments: TrajectoryTests.dpo + TrajectoryTests.reward)
  func firstStep(name: String) throws {
    let fixture = try TrajectoryFixture(name)
    let config = try fixture.runConfig(output: "unused").0
    let model = try config.model.options.blueprint(
      ModelRequest(
        use: fixture.isReward ? .scores : .logps(chosenOnly: false), path: fixture.modelPath,
        tokens: config.data.tokens, locate: { $0 })
    ).build(DataFacts(featureWidth: nil, hasTexts: true), seed: 0)
    let fed = try firstBatch(fixture)
    var batch = Batch(
      input: .tokens(TokenPairs(fed.pairs)), columns: [:], rows: Array(fed.pairs.indices))
    if !fed.margins.isEmpty { batch.columns[.margin] = fed.margins }
    if !fixture.isReward {
      let logps = model.forward(batch.input, Weights(model.store), ForwardPass())
        .variable.value.array
      // The tolerance that the fixtures state for reference log-probs.
      #expect(fed.reference.count == logps.count)
      #expect(zip(logps, fed.reference).allSatisfy { abs(Double($0) - $1) <= 6e-4 })
      batch.columns[.refChosenLogps] = batch.rows.map { logps[2 * $0] }
      batch.columns[.refRejectedLogps] = batch.rows.map { logps[2 * $0 + 1] }
    }
    try check(batch, model, config.objective, fixture)
  }

  /// What TRL fed in the first step, all its microbatches.
  private struct Fed {
    var pairs: [TokenPair] = []
    /// Log-probs under the starting model: chosen and rejected in turn.
    var reference: [Double] = []
    var margins: [Float] = []
  }

  private func firstBatch(_ fixture: TrajectoryFixture) throws -> Fed {
    var fed = Fed()
    let microbatches = try fixture.batches()["micro_batches"].items
    for batch in microbatches.prefix(fixture.accumulation) {
      func integers(_ node: ConfigNode?) -> [Int] {
        node.items.compactMap(\.number).map { Int($0) }
      }
      let (lengths, prompts) = (integers(batch["seq_len"]), integers(batch["prompt_len"]))
      let ids = batch["input_ids"].items.enumerated().map { row, ids in
        integers(ids).prefix(lengths[row]).map { Int32($0) }
      }
      let logps = batch["ref_logps"].items.compactMap(\.number)
      let half = ids.count / 2
      for row in 0..<half {
        let prompt = prompts.isEmpty ? 0 : prompts[row]
        try #require(prompts.isEmpty || prompts[row + half] == prompt)
        fed.pairs.append(
          TokenPair(
            prompt: Array(ids[row].prefix(prompt)), chosen: Array(ids[row].dropFirst(prompt)),
            rejected: Array(ids[row + half].dropFirst(prompt))))
        if !logps.isEmpty { fed.reference += [logps[row], logps[row + half]] }
      }
      fed.margins += batch["margin"].items.compactMap(\.number).map { Float($0) }
    }
    return fed
  }

  private func check(
    _ batch: Batch, _ model: any Model, _ objective: any Objective, _ fixture: TrajectoryFixture
  ) throws {
    let store = model.store
    let recorder = GradientRecorder()
    var step = TrainStep(
      model: model, optimizer: recorder, objective: objective,
      segments: [ParameterSegment(range: 0..<store.count, decays: false)],
      options: StepOptions(microbatchSize: batch.count / fixture.accumulation))
    _ = try step.run(batch, step: 1, learningRate: 0)
    let gradients = recorder.seen
    let expected = fixture.file["step1_grad_norms"].entries
    let total = expected.compactMap(\.value.number).reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(Set(expected.map(\.key)) == Set(store.trained.map(\.name)))
    for entry in expected {
      guard let parameter = store.trained.first(where: { $0.name == entry.key }) else { continue }
      let sum = parameter.range.reduce(0.0) { $0 + Double(gradients[$1]) * Double(gradients[$1]) }
      let want = try #require(entry.value.number)
      let allowed = try fixture.tolerance("step1_grad_norm_rel") * max(want, 1e-3 * total)
      #expect(
        abs(sum.squareRoot() - want) <= allowed,
        "\(entry.key): \(sum.squareRoot()), expected \(want)")
    }
  }
}
