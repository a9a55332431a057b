import PairwiseConfig
import PairwiseData
import PairwiseTensor
import Testing

/// Check values: methods page "Toy problems", T1 and T2, printed to ten digits after the point.
@Suite struct SynthesisTests {
  private static let tenDigits = 0.5e-10

  private static func t1(flipRate: Double = 0) -> SynthesisOptions {
    var options = SynthesisOptions()
    options.reward = .linear(theta: [1, -0.5, 0.25, 0])
    options.width = 4
    options.trainRows = 1000
    options.testRows = 1000
    options.seed = 1
    options.flipRate = flipRate
    return options
  }

  private static func draws(_ options: SynthesisOptions, _ rows: Range<Int>) -> [PairDraw] {
    var all: [PairDraw] = []
    SyntheticStream(options, seed: options.seed, isClean: false).forEach(rows) { all.append($0) }
    return all
  }

  @Test func linearReproducesTheToyProblem() {
    let all = Self.draws(Self.t1(), 0..<1000)
    let firstA = [-0.0342673218, -2.5000674934, 0.0877224683, -2.0271348480]
    let firstB = [0.2237985824, -0.8024102836, -1.0820691017, 0.5329423602]
    for (drawn, expected) in zip(all[0].a + all[0].b, firstA + firstB) {
      #expect(abs(drawn - expected) <= Self.tenDigits)
    }
    #expect(all.prefix(10).map { $0.prefersA ? 1 : 0 } == [1, 1, 1, 1, 0, 1, 0, 1, 1, 1])
    #expect(all.filter(\.prefersA).count == 477)
    let sumA = all.reduce(0) { $0 + $1.a.reduce(0, +) }
    let sumB = all.reduce(0) { $0 + $1.b.reduce(0, +) }
    // Sums of 4,000 values: the order of summation moves the last digits by less than this.
    #expect(abs(sumA - 32.2805727734) <= 1e-9)
    #expect(abs(sumB - 23.0292559725) <= 1e-9)
  }

  @Test func truthOfTheToyProblem() throws {
    var list = RecordList()
    let result = try Synthesizer.run(Self.t1(flipRate: 0.2), into: &list)
    #expect(result.splits.map(\.name) == ["train", "test"])
    #expect(result.splits.map(\.rows) == [0..<1000, 1000..<2000])
    #expect(result.truth["train"]?["flipped_rows"]?.value == .int(227))
    #expect(result.truth["test"]?["flipped_rows"]?.value == .int(0))
    // The true θ on the test rows: accuracy 0.755, negative log-likelihood 0.4914133858.
    let bayes = try #require(result.truth["bayes"])
    #expect(bayes["split"]?.value == .string("test"))
    #expect(bayes["accuracy"]?.value == .number(0.755))
    guard case .number(let loss)? = bayes["log_loss"]?.value,
      case .number(let expected)? = bayes["expected_accuracy"]?.value
    else {
      Issue.record("no log loss")
      return
    }
    #expect(abs(loss - 0.4914133858) <= Self.tenDigits)
    // Five standard errors of an accuracy over 1,000 rows.
    #expect(abs(expected - 0.755) < 0.07)
    #expect(
      result.truth["theta"]?.value
        == ConfigNode(.list([1, -0.5, 0.25, 0].map { ConfigNode(.number($0)) })).value)
  }

  @Test func twoGroupsReproduceTheToyProblem() {
    var options = SynthesisOptions()
    options.reward = .twoGroups(
      users: 20, minority: 10, directions: [[1.5, 1.5], [1.5, -1.5]])
    options.width = 2
    options.seed = 11
    let all = Self.draws(options, 0..<4000)
    #expect(all.filter { $0.group == 0 }.count == 1972)
    #expect(all.filter { $0.group == 1 }.count == 2028)
    for (axis, expected) in [2656.0382359100, -183.6433672400].enumerated() {
      let sum = all.reduce(0) { total, draw in
        total + (draw.prefersA ? 1 : -1) * (draw.a[axis] - draw.b[axis])
      }
      // Printed to ten digits, summed over 4,000 rows of size about 1.
      #expect(abs(sum - expected) <= 1e-8)
    }
  }

  @Test func recordsAreOrientedAndGold() throws {
    var list = RecordList()
    let options = Self.t1()
    _ = try Synthesizer.run(options, into: &list)
    let first = Self.draws(options, 0..<2)[0]
    let record = list.records[0]
    #expect(record.chosenFeatures == first.a.map { Float($0) })
    #expect(record.rejectedFeatures == first.b.map { Float($0) })
    #expect(record.chosenGoldReward == first.rewardA)
    #expect(record.flipped == (first.rewardA < first.rewardB))
    #expect(record.label == 1 && record.group == nil)
    #expect(list.records.map(\.origin) == Array(0..<2000))
  }

  @Test func anyRowCanBeEnteredDirectly() {
    var options = Self.t1(flipRate: 0.1)
    options.reward = .twoGroups(users: 5, minority: 2)
    options.lengthBias = 1
    let all = Self.draws(options, 0..<50)
    #expect(Self.draws(options, 17..<23) == Array(all[17..<23]))
  }

  /// More rows than one round of blocks, in one thread and in several.
  @Test func threadsMakeNoDifference() throws {
    var options = SynthesisOptions()
    options.reward = .mlp(hidden: 4)
    options.width = 3
    options.trainRows = 20_000
    var lists = [RecordList(), RecordList()]
    let one = try Synthesizer.run(options, into: &lists[0])
    let before = WorkerPool.shared.threads
    WorkerPool.shared.setThreads(1)
    let two = try Synthesizer.run(options, into: &lists[1])
    WorkerPool.shared.setThreads(before)
    #expect(one.truth == two.truth)
    #expect(lists[0].records.map(\.chosenFeatures) == lists[1].records.map(\.chosenFeatures))
  }

  @Test func lengthBiasLeansOnTrainingRowsOnly() throws {
    var options = Self.t1()
    options.trainRows = 20_000
    options.testRows = 20_000
    options.lengthBias = 1
    var list = RecordList()
    let truth = try Synthesizer.run(options, into: &list).truth
    #expect(list.records[0].chosenFeatures?.count == 5)
    #expect(truth["length_column"]?.value == .int(4))
    // Φ(1/√2) = 0.7602; five standard errors of a share of 20,000 are 0.018.
    for (split, expected) in [("train", 0.7602), ("test", 0.5)] {
      guard case .number(let share)? = truth[split]?["longer_is_chosen"]?.value else {
        Issue.record("no share for \(split)")
        continue
      }
      #expect(abs(share - expected) < 0.018)
    }
    // The true reward never looks at the last column.
    let record = list.records[0]
    let reward = zip(record.chosenFeatures ?? [], [1, -0.5, 0.25, 0]).reduce(0) {
      $0 + Double($1.0) * $1.1
    }
    #expect(abs(reward - (record.chosenGoldReward ?? .nan)) < 1e-5)
  }

  @Test(arguments: [
    SynthesisOptions.Reward.linear(), .mlp(hidden: 32), .twoGroups(),
  ])
  func drawnRewardsExplainMostLabels(_ reward: SynthesisOptions.Reward) throws {
    var options = SynthesisOptions()
    options.reward = reward
    options.trainRows = 1
    options.testRows = 5_000
    var list = RecordList()
    let truth = try Synthesizer.run(options, into: &list).truth
    guard case .number(let accuracy)? = truth["bayes"]?["accuracy"]?.value,
      case .number(let expected)? = truth["bayes"]?["expected_accuracy"]?.value
    else {
      Issue.record("no accuracy")
      return
    }
    #expect(accuracy > 0.75 && accuracy < 0.92)
    // Five standard errors over 5,000 rows.
    #expect(abs(accuracy - expected) < 0.03)
  }

  @Test func wideTruthIsNotListed() throws {
    var options = SynthesisOptions()
    options.reward = .mlp(hidden: 512)
    options.width = 64
    options.trainRows = 1
    options.testRows = 0
    var list = RecordList()
    let truth = try Synthesizer.run(options, into: &list).truth
    #expect(truth["inner"] == nil)
    #expect(
      truth["parameters"]?.value == .string("too many to list, they follow from the options"))
    #expect(truth["bayes"]?["split"]?.value == .string("train"))
  }

  struct BadOptions: CustomTestStringConvertible {
    var message: String
    var change: @Sendable (inout SynthesisOptions) -> Void
    var testDescription: String { message }
  }

  @Test(arguments: [
    BadOptions(message: "synthesize: width: expected 1 ... 65536, found 0") { $0.width = 0 },
    BadOptions(message: "synthesize: train_rows: expected at least 1, found 0") {
      $0.trainRows = 0
    },
    BadOptions(message: "synthesize: test_rows: expected 0 ... 1000000000, found -1") {
      $0.testRows = -1
    },
    BadOptions(message: "synthesize: temperature: expected a number > 0, found 0.0") {
      $0.temperature = 0
    },
    BadOptions(message: "synthesize: flip_rate: expected 0 ..< 0.5, found 0.5") {
      $0.flipRate = 0.5
    },
    BadOptions(message: "synthesize: length_bias: expected 0 ... 100, found nan") {
      $0.lengthBias = .nan
    },
    BadOptions(message: "synthesize: theta: expected 16 numbers as in width, found 1") {
      $0.reward = .linear(theta: [1])
    },
    BadOptions(message: "synthesize: hidden: expected 1 ... 65536, found 0") {
      $0.reward = .mlp(hidden: 0)
    },
    BadOptions(message: "synthesize: minority: expected 0 ... 20, found 21") {
      $0.reward = .twoGroups(users: 20, minority: 21)
    },
    BadOptions(message: "synthesize: directions: expected 2 directions, found 1") {
      $0.reward = .twoGroups(directions: [[1]])
    },
  ])
  func badOptionsAreRefused(_ bad: BadOptions) {
    var options = SynthesisOptions()
    bad.change(&options)
    let error = #expect(throws: DataError.self) { try options.check() }
    #expect(error?.description == bad.message)
  }
}
