import PairwiseAutodiff
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseObjectives
import PairwiseOptim
import PairwiseTensor
import PairwiseTraining
import Testing

/// A step gives the same bits for any microbatch size and thread count, for every kind of layer.
struct TrainStepTests {
  struct ModelCase: Sendable, CustomTestStringConvertible {
    var name: String
    var model: any RewardModel
    var testDescription: String { name }
  }

  static let models: [ModelCase] = [
    ModelCase(name: "linear", model: FeatureModel(inputSize: 12, seed: 3)),
    ModelCase(
      name: "relu", model: FeatureModel(inputSize: 12, options: .init(hiddenSizes: [33]), seed: 3)),
    ModelCase(
      name: "gelu, dropout",
      model: FeatureModel(
        inputSize: 12, options: .init(hiddenSizes: [24, 7], activation: .gelu, dropout: 0.2),
        seed: 3)),
    ModelCase(
      name: "hashed text",
      model: TextHashModel(options: .init(hashing: smallHashing), seed: 3)),
    ModelCase(
      name: "hashed text, hidden",
      model: TextHashModel(
        options: .init(
          hashing: smallHashing, hiddenSizes: [9, 4], activation: .tanh, dropout: 0.1),
        seed: 3)),
  ]

  private static var smallHashing: TextHashOptions {
    var options = TextHashOptions()
    options.bucketBits = 8
    return options
  }

  private func batch(_ count: Int, for model: any RewardModel) throws -> Batch {
    var random = CounterRandom(seed: 7, stream: "batch")
    var block = PairBlock(rows: Array(0..<count))
    block.features = Tensor([2 * count, 12]) { span in
      for i in 0..<span.count { span[i] = Float(random.normal()) }
    }
    var texts = PairTexts()
    for _ in 0..<count {
      let words = (0..<12).map { _ in "w\(random.below(40))" }
      texts.append(
        prompt: words[0..<3].joined(separator: " ").utf8,
        chosen: words[3..<9].joined(separator: " ").utf8,
        rejected: words[9...].joined(separator: " ").utf8)
    }
    block.texts = texts
    return Batch(
      input: try model.reader.input(for: block),
      columns: [
        .weight: (0..<count).map { Float($0 % 4) * 0.5 + 0.25 },
        .margin: (0..<count).map { Float($0 % 3) * 0.125 },
      ], rows: block.rows)
  }

  /// Five steps, and everything they leave.
  private func run(_ row: ModelCase, microbatch: Int?) throws -> (Tensor, [Double], [MetricSums]) {
    let objective = BradleyTerry(margin: .column, centerRewardsCoefficient: 0.01)
    var step = TrainStep(
      model: row.model, optimizer: AdamW(parameterCount: row.model.store.count, weightDecay: 0.01),
      objective: objective,
      segments: [ParameterSegment(range: 0..<row.model.store.count, decays: true)],
      options: StepOptions(microbatchSize: microbatch, maxGradNorm: 0.5, seed: 11))
    var (losses, metrics): ([Double], [MetricSums]) = ([], [])
    for number in 1...5 {
      let result = try step.run(try batch(23, for: row.model), step: number, learningRate: 0.01)
      losses += [result.loss, result.gradientNorm]
      var sums = result.metrics
      sums.nextMicrobatch()
      metrics.append(sums)
    }
    return (step.model.store.values, losses, metrics)
  }

  @Test(arguments: models) func microbatchesChangeNoBit(row: ModelCase) throws {
    let whole = try run(row, microbatch: nil)
    for size in [1, 3, 8, 22] {
      let split = try run(row, microbatch: size)
      #expect(split.0 == whole.0, "weights, microbatches of \(size)")
      #expect(split.1 == whole.1, "losses and norms, microbatches of \(size)")
      #expect(split.2.map(\.values.description) == whole.2.map(\.values.description))
    }
  }

  @Test(arguments: models) func theLossFalls(row: ModelCase) throws {
    let losses = try run(row, microbatch: nil).1
    #expect(losses[8] < losses[0])
  }

  @Test func nonFiniteScoresStopBeforeTheUpdate() throws {
    var model = FeatureModel(inputSize: 2)
    model.store.values.fill(1)
    let input = ModelInput.dense(Tensor([4, 2], [0, 0, 1, 1, 3e38, 3e38, 0, 0]))
    var step = TrainStep(
      model: model, optimizer: SGD(parameterCount: 2), objective: BradleyTerry(), segments: [])
    #expect(
      throws: NumericalStop(step: 4, tensor: "scores", rows: [71])
    ) {
      try step.run(Batch(input: input, columns: [:], rows: [70, 71]), step: 4, learningRate: 1)
    }
    #expect(step.model.store.values.array == [1, 1])
    #expect(step.optimizer.stepCount == 0)
  }
}
