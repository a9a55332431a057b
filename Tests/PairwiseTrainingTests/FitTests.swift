import PairwiseConfig
import PairwiseData
import PairwiseEvaluation
import PairwiseModels
import PairwiseNN
import PairwiseObjectives
import PairwiseTensor
import PairwiseTestSupport
import PairwiseTraining
import Testing

@Suite("Training in memory")
struct FitTests {
  /// Pairs of which the one with the larger first feature was preferred.
  private func pairs(_ count: Int, seed: UInt64 = 1) -> InMemoryPairs {
    var random = CounterRandom(seed: seed, stream: "fit")
    var (chosen, rejected): ([Float], [Float]) = ([], [])
    for _ in 0..<count {
      let a = (0..<2).map { _ in Float(random.normal()) }
      let b = (0..<2).map { _ in Float(random.normal()) }
      chosen += a[0] > b[0] ? a : b
      rejected += a[0] > b[0] ? b : a
    }
    return InMemoryPairs(
      chosen: Tensor([count, 2], chosen), rejected: Tensor([count, 2], rejected))
  }

  @Test("gives the bits of a run from a config")
  func sameAsRun() throws {
    let folder = TemporaryFolder()
    let data = folder.path + "/pairs.csv"
    var text = "chosen_0,chosen_1,rejected_0,rejected_1,weight\n"
    let block = try pairs(50).read(Array(0..<50), PairNeeds(features: true))
    let values = try #require(block.features).array
    for row in 0..<50 {
      text += values[4 * row..<4 * row + 4].map(\.description).joined(separator: ",")
      text += ",\(row % 3 + 1)\n"
    }
    try FileAccess.write(Array(text.utf8), to: data)
    let yaml = """
      run: {name: fit, seed: 3}
      model: {kind: features, hidden_sizes: [5], dropout: 0.2}
      data: {train: \(data)}
      objective: {name: bradley_terry}
      optimizer: {learning_rate: 0.02, weight_decay: 0.1}
      trainer: {num_train_epochs: 2, batch_size: 8, microbatch_size: 3, report: false}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "fit.yaml")
    let (config, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: "fit.yaml")
    let run = try TrainRun(
      config, resolved: resolved, configFolder: ".", output: folder.path + "/out")
    try run.run()
    let expected = try ModelDirectory.load(run.folder.final).model

    let source = try DataFile.open(data, dropInvalid: false, cache: nil).source
    let kind = try #require(config.model.options as? any NativeRewardOptions)
    var model: any RewardModel = kind.build(DataFacts(source), seed: 3)
    var options = FitOptions()
    (options.epochs, options.batchSize, options.microbatchSize) = (2, 8, 3)
    options.optimizer = config.optimizer
    options.seed = 3
    try model.fit(to: source, objective: config.objective, options: options)
    #expect(model.store.values == expected.store.values)
  }

  @Test("learns, and leaves copies of the model alone")
  func learns() throws {
    var model = FeatureModel(inputSize: 2)
    let before = model
    var options = FitOptions()
    options.optimizer.learningRate = 0.05
    var steps: [Int] = []
    try model.fit(to: pairs(400), options: options) { step, _ in steps.append(step) }
    #expect(steps == Array(1...39))  // 3 epochs of 13 batches
    #expect(model.store.values != before.store.values)
    let report = try PairScorer(model).evaluate(pairs(200, seed: 2))
    #expect(report.statistics.count == 200)
    #expect(report.statistics.accuracy ?? 0 > 0.95)
  }

  @Test("scores of a set are those of its pairs one by one")
  func scores() throws {
    let scorer = PairScorer(FeatureModel(inputSize: 2, options: .init(hiddenSizes: [3])))
    let set = pairs(10)
    let whole = try scorer.score(set, batchSize: 4)
    for row in 0..<10 {
      let one = try scorer.score(try set.read([row], scorer.needs))
      #expect(one.chosen[0] == whole.chosen[row] && one.rejected[0] == whole.rejected[row])
    }
  }

  @Test("pairs that do not fit are refused with a sentence, and the model stays as it was")
  func refused() throws {
    var model = FeatureModel(inputSize: 3)
    let before = model.store.values
    var failure = ""
    do { try model.fit(to: pairs(4)) } catch { failure = "\(error)" }
    #expect(failure == "the model scores 3 features, the data has 2")
    failure = ""
    do {
      try model.fit(to: InMemoryPairs(chosen: .zeros([0, 3]), rejected: .zeros([0, 3])))
    } catch { failure = "\(error)" }
    #expect(failure == "pairs: no training pairs")
    failure = ""
    do {
      try model.fit(
        to: InMemoryPairs(chosen: .zeros([2, 3]), rejected: .zeros([2, 3])),
        objective: BradleyTerry(margin: .column))
    } catch { failure = "\(error)" }
    #expect(failure == "pairs: objective bradley_terry needs the column margin, the data has none")
    #expect(model.store.values == before)
  }
}
