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

/// Gradients of a language model's step, and what the size of microbatches may do to them.
struct LanguageStepTests {
  private func model(tied: Bool, adapted: Bool = false) throws -> any Model {
    let yaml = """
      run: {name: a}
      data: {train: a}
      objective: {name: dpo, reference_free: true}
      model:
        kind: causal_lm
        architecture: {model_type: llama, hidden_size: 24, num_hidden_layers: 2, num_attention_heads: 2, tie_word_embeddings: \(tied)}
        lora: {r: \(adapted ? "3" : "null")}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
    let config = try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml").0
    return try config.model.options.blueprint(
      ModelRequest(
        use: .logps(chosenOnly: false), path: nil, tokens: TokenOptions(), locate: { $0 })
    ).build(DataFacts(featureWidth: nil, hasTexts: true), seed: 6)
  }

  private func batch() -> Batch {
    var random = CounterRandom(seed: 9, stream: "tokens")
    func tokens(_ count: Int) -> [Int32] { (0..<count).map { _ in Int32(random.below(256)) } }
    let pairs = (0..<13).map { _ in
      TokenPair(
        prompt: tokens(Int(random.below(30)) + 1), chosen: tokens(Int(random.below(20)) + 1),
        rejected: tokens(Int(random.below(20)) + 1))
    }
    return Batch(input: .tokens(TokenPairs(pairs)), columns: [:], rows: Array(pairs.indices))
  }

  private func gradient(_ model: any Model, microbatch: Int?, memory: Int = 1 << 30) throws
    -> [Float]
  {
    let recorder = GradientRecorder()
    var step = TrainStep(
      model: model, optimizer: recorder, objective: DPO(beta: 0.5, isReferenceFree: true),
      segments: [ParameterSegment(range: 0..<model.store.count, decays: false)],
      options: StepOptions(microbatchSize: microbatch, activationBudget: memory))
    _ = try step.run(batch(), step: 1, learningRate: 0)
    return recorder.seen
  }

  @Test("no bit of an untied model's gradient depends on microbatches or memory")
  func untied() throws {
    let model = try model(tied: false)
    let whole = try gradient(model, microbatch: nil)
    #expect(whole.contains { $0 != 0 })
    for size in [1, 4, 12] {
      #expect(try gradient(model, microbatch: size) == whole, "microbatches of \(size)")
    }
    #expect(try gradient(model, microbatch: nil, memory: 0) == whole)
    #expect(try gradient(model, microbatch: 4, memory: 200_000) == whole)
  }

  /// The input of the first block is a constant beside a frozen embedding; what is computed again must
  /// give its adapters their gradients all the same.
  @Test("no bit of an adapter's gradient depends on microbatches or memory")
  func adapters() throws {
    let model = try model(tied: true, adapted: true)
    let whole = try gradient(model, microbatch: nil)
    for parameter in model.store.trained where parameter.name.hasSuffix("lora_B.weight") {
      #expect(whole[parameter.range].contains { $0 != 0 }, "\(parameter.name)")
    }
    #expect(try gradient(model, microbatch: 4) == whole)
    for memory in [0, 50_000, 200_000] {
      #expect(try gradient(model, microbatch: nil, memory: memory) == whole, "\(memory) bytes")
    }
  }

  /// Where embedding and head are one table, the gradients of either use are added up apart.
  @Test("no bit of a tied model's gradient depends on microbatches or memory")
  func tied() throws {
    let model = try model(tied: true)
    let table = try #require(
      model.store.parameters.first { $0.name == "model.embed_tokens.weight" })
    let whole = try gradient(model, microbatch: nil)
    #expect(whole.count == model.store.count)
    for size in [1, 4, 12] {
      #expect(try gradient(model, microbatch: size) == whole, "microbatches of \(size)")
    }
    #expect(try gradient(model, microbatch: nil, memory: 0) == whole)
    // Both uses are in it: the head's alone, of a model with the same weights in two tables, is another.
    var apart = try self.model(tied: false)
    for parameter in apart.store.parameters {
      let same = model.store.parameters.first { $0.name == parameter.name } ?? table
      apart.store.set(parameter, to: model.store.value(same))
    }
    let two = try gradient(apart, microbatch: nil)
    let head = try #require(apart.store.parameters.first { $0.name == "lm_head.weight" })
    let input = try #require(
      apart.store.parameters.first { $0.name == "model.embed_tokens.weight" })
    for index in 0..<table.shape.count {
      let sum = two[head.offset + index] + two[input.offset + index]
      #expect(sum == whole[table.offset + index])
    }
  }

  /// Five steps of an objective whose losses depend on the whole batch, and all they leave.
  private func steps(_ objective: any Objective, microbatch: Int?, from start: any Model) throws
    -> (
      Tensor, [Double], [String: [Float]]
    )
  {
    var batch = batch()
    let logps = start.forward(batch.input, Weights(start.store), ForwardPass()).variable.value.array
    batch.columns[.refChosenLogps] = batch.rows.map { logps[2 * $0] + Float($0 % 3) * 0.5 }
    batch.columns[.refRejectedLogps] = batch.rows.map { logps[2 * $0 + 1] - Float($0 % 4) * 0.25 }
    var step = TrainStep(
      model: start, optimizer: AdamW(parameterCount: start.store.count), objective: objective,
      segments: [ParameterSegment(range: 0..<start.store.count, decays: false)],
      options: StepOptions(microbatchSize: microbatch, seed: 3))
    var figures: [Double] = []
    for number in 1...5 {
      let result = try step.run(batch, step: number, learningRate: 0.001)
      figures += [result.loss, result.gradientNorm] + result.metrics.values.map(\.value)
    }
    let state = step.state.reduce(into: [:]) { $0[$1.key.text] = $1.value.array }
    return (step.model.store.values, figures, state)
  }

  @Test(
    "losses of the whole batch, and what they carry on, do not depend on microbatches",
    arguments: [0, 1, 2, 3])
  func wholeBatchLosses(index: Int) throws {
    let objectives: [any Objective] = [
      AOT(), AOTUnpaired(), BetaDPO(alpha: 0.6, keep: 0.75),
      WeightedSum([.init(0.5, AOT()), .init(0.25, BetaDPO(alpha: 0.6, keep: 1))]),
    ]
    let objective = objectives[index]
    #expect(objective.isBatchDependent)
    let start = try model(tied: false)
    let whole = try steps(objective, microbatch: nil, from: start)
    #expect(whole.2.count == objective.initialState.count)
    for size in [1, 4, 12] {
      let split = try steps(objective, microbatch: size, from: start)
      #expect(split.0 == whole.0, "weights, microbatches of \(size)")
      #expect(split.1 == whole.1, "figures, microbatches of \(size)")
      #expect(split.2 == whole.2, "state, microbatches of \(size)")
    }
  }
}
