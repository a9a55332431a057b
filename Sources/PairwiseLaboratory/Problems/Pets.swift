public import PairwiseConfig
internal import PairwiseData
internal import PairwiseModels
internal import PairwiseTensor
internal import PairwiseTraining

/// T9: four animals as noisy one-hot vectors. Two users agree on everything but dogs and cats, which is
/// half of the pairs.
///
/// A model that doesn't know the user is right in 75 % of the pairs at best, with a loss of ½·ln 2; one
/// that has seen another controversial pair of the user can be right in all.
public struct Pets: PairProblem {
  public static let name = "pets"
  public static let summary = "two users who agree on all animals but dogs and cats"
  public static let source = "Poddar et al. 2024, VPL, arXiv 2408.10075"

  public static let animals = ["bird", "dog", "cat", "rabbit"]
  /// The better and the worse animal of the pair types on which both users agree.
  private static let agreed = [(0, 1), (2, 3), (0, 2), (1, 3), (0, 3)]
  private static let dog = 1, cat = 2

  public var seed = 51
  public var trainRows = 2000
  public var testRows = 2000
  /// Deviation of the noise on each coordinate.
  public let noise = 0.1
  /// Pairs of the same user that a context holds at most.
  public let longestContext = 8

  public init() {}

  public static let measures: [Measure] = [
    .accuracy, .logLoss,
    Measure(
      "told_accuracy", "accuracy of a model that has seen disputed pairs of the user, where it can",
      better: .higher),
  ]

  /// Models that get to know annotators are shown the training pairs on which users disagree.
  public func trial() throws -> Trial {
    let test = FeatureTest(try pairs(), golds: [])
    let disputed = try InMemoryPairs(draw(.train).records().filter { $0.group == "group_1" })
    return Trial(pairs: test.pairs, model: FeatureModelOptions()) { model in
      var values = try test.figures(model)
      values["told_accuracy"] = values["accuracy"]
      let scorer = PairScorer(model)
      if let known = model as? any AdaptiveRewardModel, known.dependsOnAnnotators,
        disputed.count > 0
      {
        let rows = test.pairs.splits["test"]
        let margins = try scorer.learning(from: disputed).score(test.pairs, rows: rows).margins
        values["told_accuracy"] = Double(margins.count { $0 > 0 }) / Double(max(1, margins.count))
      }
      return values
    }
  }

  public init(from reader: inout SectionReader) {
    seed = reader.value(
      "seed", default: seed, .closed(0...1_000_000_000),
      "Start of the training pairs' numbers; test pairs come from the next.")
    trainRows = reader.value("train_rows", default: trainRows, .closed(ToySize.rows), "Pairs.")
    testRows = reader.value("test_rows", default: testRows, .closed(ToySize.rows), "Pairs.")
  }

  public var truth: [TruthEntry] {
    [
      TruthEntry("accuracy_without_user", 0.75),
      TruthEntry("log_loss_without_user", 0.34657359027997264), TruthEntry("accuracy", 1),
    ]
  }

  /// A pair is its user, its type out of ten, and eight normals. `group` is 1 where users disagree.
  public func draw(_ split: ToySplit) -> ToyPairs {
    var rng = SplitMix64(seed: UInt64(seed + (split == .test ? 1 : 0)))
    var pairs = ToyPairs(width: Self.animals.count)
    for _ in 0..<(split == .train ? trainRows : testRows) {
      let user = rng.randint(2)
      let type = rng.randint(10)
      let isAgreed = type < Self.agreed.count
      let disputed = user == 0 ? (Self.dog, Self.cat) : (Self.cat, Self.dog)
      let (better, worse) = isAgreed ? Self.agreed[type] : disputed
      var note = ToyPairs.Note()
      (note.user, note.group) = (user, isAgreed ? 0 : 1)
      let chosen = vector(better, &rng)
      pairs.append(chosen: chosen, rejected: vector(worse, &rng), note)
    }
    return pairs
  }

  private func vector(_ animal: Int, _ rng: inout SplitMix64) -> [Double] {
    Self.animals.indices.map { ($0 == animal ? 1 : 0) + noise * rng.normal() }
  }

  /// For each pair, 1 … 8 other pairs of the same user on which users disagree; rows of `pairs`.
  ///
  /// A pair whose user has no other such pair gets an empty context.
  public func contexts(of pairs: ToyPairs, seed: UInt64) -> [[Int]] {
    var rng = SplitMix64(seed: seed)
    let disputed = (0..<2).map { user in
      pairs.notes.indices.filter { pairs.notes[$0].user == user && pairs.notes[$0].group == 1 }
    }
    return pairs.notes.indices.map { row in
      let others = disputed[pairs.notes[row].user]
      let available = others.count - (pairs.notes[row].group == 1 ? 1 : 0)
      let wanted = min(1 + rng.randint(longestContext), available)
      var context: [Int] = []
      while context.count < wanted {
        let other = others[rng.randint(others.count)]
        if other != row && !context.contains(other) { context.append(other) }
      }
      return context
    }
  }
}
