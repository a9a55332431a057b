import Glibc
import PairwiseData
import PairwiseLaboratory
import PairwiseModels
import PairwiseObjectives
import PairwiseTensor
import PairwiseTraining
import Testing

/// Models of people who disagree, trained as users train them, against the oracles of the toy problems.
@Suite("Trained mixtures")
struct TrainedMixtureTests {
  private func trained(
    _ head: any HeadOptions, _ objective: any Objective, on pairs: InMemoryPairs,
    hidden: [Int] = [], rate: Double = 0.05, epochs: Int = 40, seed: UInt64 = 1
  ) throws -> FeatureModel {
    var model = FeatureModel(
      DataFacts(pairs), options: FeatureModelOptions(hiddenSizes: hidden, head: HeadSection(head)),
      seed: seed)
    var options = FitOptions()
    (options.epochs, options.batchSize, options.seed) = (epochs, 200, seed)
    (options.optimizer.learningRate, options.optimizer.weightDecay) = (rate, 0)
    options.optimizer.maxGradNorm = 0
    try model.fit(to: pairs, objective: objective, options: options)
    return model
  }

  private func figures(_ scored: ScoredPairs) -> (loss: Double, accuracy: Double) {
    let margins = scored.margins
    let loss = margins.reduce(0) { $0 + softplus(-$1) } / Double(margins.count)
    let right = margins.filter { $0 > 0 }.count
    return (loss, Double(right) / Double(margins.count))
  }

  private func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

  private func tested(_ model: FeatureModel, _ pairs: InMemoryPairs) throws -> (
    loss: Double, accuracy: Double
  ) {
    figures(try PairScorer(model).score(pairs, rows: pairs.splits["test"]))
  }

  /// Reward models §9, T2: group oracle 0.3689698274 / 0.83525, one Bradley–Terry model 0.5571313156 /
  /// 0.71325, static mixture 0.5373991386 / 0.711. A softmax that is trained for a while stays a little short
  /// of the vertex that EM takes, hence 0.01; accuracies are of 4,000 pairs.
  @Test("reach the oracle on two groups where they know the user, and only there")
  func twoGroups() throws {
    let pairs = try TwoGroup().pairs()
    let single = try tested(try trained(ScalarHeadOptions(), BradleyTerry(), on: pairs), pairs)
    #expect(abs(single.loss - 0.5571313156) < 0.003 && abs(single.accuracy - 0.71325) < 0.006)
    let users = MixtureHeadOptions(heads: 2, router: .names(.annotator))
    for (name, head, objective) in [
      ("mixture", users as any HeadOptions, MixtureBT(alpha: 0) as any Objective),
      ("pal", IdealPointHeadOptions(form: .linear, prototypes: 2), PAL(loss: .logistic)),
      ("pal of three", IdealPointHeadOptions(form: .linear, prototypes: 3), PAL(loss: .logistic)),
    ] {
      let found = try tested(try trained(head, objective, on: pairs), pairs)
      #expect(abs(found.loss - 0.3689698274) < 0.01, "\(name): \(found)")
      #expect(abs(found.accuracy - 0.83525) < 0.006, "\(name): \(found)")
    }
    let still = try tested(
      try trained(
        MixtureHeadOptions(heads: 2, router: .static), MixtureBT(alpha: 0), on: pairs), pairs)
    #expect(abs(still.loss - 0.5373991386) < 0.01 && still.accuracy < 0.73, "\(still)")
  }

  @Test("do not depend on what users are called")
  func names() throws {
    var problem = TwoGroup()
    (problem.trainRows, problem.testRows) = (1000, 500)
    let splits = try problem.pairs().splits
    func renamed(_ rename: (String) -> String) throws -> InMemoryPairs {
      let records = (problem.draw(.train).records() + problem.draw(.test).records()).map { record in
        var record = record
        record.annotator = record.annotator.map(rename)
        return record
      }
      var pairs = try InMemoryPairs(records)
      pairs.splits = splits
      return pairs
    }
    let head = MixtureHeadOptions(heads: 2, router: .names(.annotator))
    let (plain, other) = (try renamed { $0 }, try renamed { "person " + $0.reversed() })
    #expect(plain.annotatorNames != other.annotatorNames)
    let (a, b) = (
      try trained(head, MixtureBT(alpha: 0), on: plain, epochs: 3),
      try trained(head, MixtureBT(alpha: 0), on: other, epochs: 3)
    )
    #expect(
      try PairScorer(a).score(plain, rows: plain.splits["test"]).margins
        == PairScorer(b).score(other, rows: other.splits["test"]).margins)
  }

  /// T7's question with everything trained: users that training has not seen, known by ten pairs each. The
  /// document's figure at ten pairs, with heads that are known exactly, is 0.818.
  @Test("get to know new users from ten pairs")
  func newUsers() throws {
    let pairs = try TwoGroup().pairs()
    let models = [
      try trained(
        IdealPointHeadOptions(form: .linear, prototypes: 2, newUser: .uniform),
        PAL(loss: .logistic), on: pairs),
      try trained(
        MixtureHeadOptions(heads: 2, router: .inferred), MixtureBT(alpha: 0), on: pairs),
      // Linear: twenty annotators tell little.
      try trained(
        VariationalHeadOptions(
          latent: 2, context: ContextSize(most: 16, least: 8), encoder: .linear, decoder: .linear),
        VPL(klWeight: 1e-4), on: pairs),
    ]
    var fresh = TwoGroup()
    (fresh.seed, fresh.users, fresh.minority) = (71, 80, 40)
    (fresh.trainRows, fresh.testRows) = (800, 4000)
    func strangers(_ split: ToySplit) throws -> InMemoryPairs {
      try InMemoryPairs(
        fresh.draw(split).records().map { record in
          var record = record
          record.annotator = record.annotator.map { "new " + $0 }
          return record
        })
    }
    let (context, test) = (try strangers(.train), try strangers(.test))
    for model in models {
      let scorer = PairScorer(model)
      let (unknown, known) = (
        figures(try scorer.score(test)), figures(try scorer.learning(from: context).score(test))
      )
      #expect(unknown.accuracy < 0.75, "\(unknown)")
      #expect(known.accuracy > 0.79, "\(known)")
    }
  }

  /// T9: at least 0.98 with a controversial pair in the context, 0.75 without; the document's target, which
  /// nobody had measured.
  @Test("infer who judges from pairs they judged")
  func pets() throws {
    let problem = Pets()
    let pairs = try problem.pairs()
    let head = VariationalHeadOptions(latent: 8, hidden: 32, context: ContextSize(most: 8))
    let model = try trained(head, VPL(klWeight: 0.001), on: pairs, rate: 0.003, epochs: 60)
    let scorer = PairScorer(model)
    let blind = figures(try scorer.score(pairs, rows: pairs.splits["test"]))
    let disputed = problem.draw(.train).records().filter { $0.group == "group_1" }
    let told = figures(
      try scorer.learning(from: try InMemoryPairs(disputed))
        .score(pairs, rows: pairs.splits["test"]))
    #expect(blind.accuracy < 0.8, "\(blind)")
    #expect(told.accuracy >= 0.98, "\(told)")
  }
}
