import PairwiseEvaluation
import RealModule
import Testing

/// Directions, robust selection, R³ and splits (methods reference, §4.2–4.5, §7.2, §7.7).
struct SelectionTests {
  private func expect(_ found: [Double], _ expected: [Double], within tolerance: Double = 1e-10) {
    #expect(
      zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance }, "\(found) ≠ \(expected)")
  }

  // MARK: Directions

  @Test func directionsOfUsers() throws {
    let user = try RewardDirection(degrees: -15)
    expect(user.vector, [0.9659258263, -0.2588190451])
    let rewards = [[3.0, 1], [2.5, 0.2], [3.2, 3.9]]
    expect(rewards.map { user.score($0) }, [2.6389584338, 2.3630507567, 2.0815683682])
    #expect(RobustSelection.choice(among: rewards, for: user) == 0)
    #expect(RobustSelection.choice(among: [[1, 0], [1, 0]], for: user) == 0, "lowest index")
    #expect(RobustSelection.choice(among: [], for: user) == nil)
    let axis = try RewardDirection([0, 2, 0])
    #expect(axis.vector == [0, 1, 0] && axis.score([5, 7, 9]) == 7 && axis.degrees == nil)
    // At the angle where it flips, both are worth the same.
    for (a, b) in [([3.0, 1], [3.2, 3.9]), ([0, 1], [1, 0]), ([1, 5], [0.5, 7.0])] {
      let angle = try #require(RewardDirection.flip(a, b))
      let there = try RewardDirection(degrees: angle)
      #expect(abs(there.score(a) - there.score(b)) < 1e-12 && abs(angle) <= 90)
    }
    #expect(RewardDirection.flip([1, 1], [1, 1]) == nil)
    for (vector, normalise) in [
      ([0.0, 0], true), ([2, 0], false), ([.nan, 1], true), ([], true),
    ] {
      #expect(
        error { () throws(EvaluationError) in
          _ = try RewardDirection(vector, normalise: normalise)
        } != nil)
    }
  }

  @Test func neighboursStayInTheCone() throws {
    var generator = BootstrapGenerator(seed: 4)
    for vector in [[1.0, 1], [1, 2, 3], [0, 0, 1, 0]] {
      let user = try RewardDirection(vector)
      let selection = try RobustSelection(count: 500, degrees: 30)
      let around = try selection.neighbours(of: user, using: &generator)
      let angles = around.map { Double.acos(min(1, user.score($0.vector))) * 180 / Double.pi }
      #expect(around.count == 500 && angles.allSatisfy { $0 <= 30 + 1e-9 })
      // Uniform in 0 … 30: its mean is 15, known to half a degree from 500 draws.
      #expect(abs(angles.reduce(0, +) / 500 - 15) < 1.6)
      #expect(around.allSatisfy { abs($0.score($0.vector) - 1) < 1e-12 })
      let narrow = try RobustSelection(count: 3, degrees: 0)
      for one in try narrow.neighbours(of: user, using: &generator) {
        expect(one.vector, user.vector, within: 1e-12)
      }
    }
    // With the target among them it is the first of as many, and the draws are the same.
    let user = try RewardDirection([1, 2, 3])
    func draws(_ includesTarget: Bool) throws -> [RewardDirection] {
      var generator = BootstrapGenerator(seed: 4)
      return try RobustSelection(count: 4, includesTarget: includesTarget)
        .neighbours(of: user, using: &generator)
    }
    #expect(try draws(true) == [user] + draws(false).prefix(3))
    #expect(error { () throws(EvaluationError) in _ = try RobustSelection(count: 0) } != nil)
    #expect(error { () throws(EvaluationError) in _ = try RobustSelection(degrees: 90) } != nil)
  }

  // MARK: Relevance

  @Test func relevanceReward() throws {
    let reward = try RelevanceReward()
    #expect(abs(reward.reward(relevance: 0.42, words: 57, unique: 44.0 / 55) - 0.19152) < 1e-12)
    #expect(abs(reward.reward(referenceRelevance: 0.63, unique: 44.0 / 55) - 0.504) < 1e-12)
    let query = "how do i boil an egg"
    let five = [String](repeating: query, count: 5).joined(separator: " ")
    let market =
      "the stock market rose today as investors cheered strong earnings from several large firms while bonds fell "
      + "and oil prices stayed flat through the afternoon trading hours in london"
    let long =
      "to boil an egg put an egg in cold water then heat until the water starts to boil and wait nine minutes "
      + "before you cool an egg in ice water"
    let rows: [(String, Int, Double, Double, Double)] = [
      ("boil an egg for nine minutes", 6, 0.5, 1, 0.03), (market, 29, 0, 1, 0),
      (long, 30, 0.4444444444, 0.9642857143, 0.1285714286), (query, 6, 1, 1, 0.06),
      (five, 30, 1, 0.2142857143, 0.0642857143),
    ]
    for (text, words, relevance, unique, total) in rows {
      #expect(CompletionText.words(text).count == words)
      #expect(abs(RelevanceReward.relevance(query, text) - relevance) < 1e-10)
      #expect(abs(CompletionText.uniqueTrigrams(text) - unique) < 1e-10)
      #expect(abs(try reward.open(prompt: query, completion: text) - total) < 1e-10)
    }
    // Twice the text: the same relevance, twice the length.
    #expect(
      abs(RelevanceReward.relevance(query, long + " " + long) - 0.4444444444) < 1e-10)
    let capped = try RelevanceReward(lengthCap: 0.1, range: 0.5...1)
    #expect(abs(capped.reward(relevance: 1, words: 50, unique: 1) - 0.1) < 1e-15)
    #expect(try capped.closed(reference: "a b", completion: "c d") == 0.5)
    #expect(
      error { () throws(EvaluationError) in _ = try reward.open(prompt: query, completion: " ") }
        != nil)
    #expect(
      error { () throws(EvaluationError) in _ = try reward.closed(reference: "", completion: "a") }
        != nil)
    #expect(error { () throws(EvaluationError) in _ = try RelevanceReward(lengthUnit: 0) } != nil)
  }

  // MARK: Splits

  @Test func splitsByGap() throws {
    let gaps = [1.0, 0.1, -3.0, 0.5]
    let split = try RowSplit.byGap(gaps, above: 0.8)
    #expect(split.easy == [0, 2] && split.hard == [1, 3])
    #expect(try RowSplit.byGap([0, 0.1], above: 0).easy == [1])
    let median = try RowSplit.byGap(gaps)
    #expect(median.easy == [0, 2])
    #expect(error { () throws(EvaluationError) in _ = try RowSplit.byGap(gaps, above: -1) } != nil)
    #expect(error { () throws(EvaluationError) in _ = try RowSplit.byGap([]) } != nil)
    #expect(try RowSplit.byQuantile([3, 1, 2, 1, 5], bins: 2) == [[1, 3, 2], [0, 4]])
    #expect(try RowSplit.byQuantile([1, 1, 1], bins: 3) == [[0], [1], [2]])
    #expect(
      error { () throws(EvaluationError) in _ = try RowSplit.byQuantile([1], bins: 2) } != nil)
  }

  /// §9 T18: with the gap's median for a border, labels are right more often among easy pairs.
  @Test func easyPairsAreRightMoreOften() throws {
    var generator = BootstrapGenerator(seed: 1)
    let truth = [1, -0.5, 0.25, 0]
    var (gaps, right): ([Double], [Bool]) = ([], [])
    for _ in 0..<1000 {
      let a = truth.map { _ in generator.normal() }
      let b = truth.map { _ in generator.normal() }
      let gap = truth.indices.reduce(0) { $0 + truth[$1] * (a[$1] - b[$1]) }
      let label = generator.uniform() < Logistic.sigmoid(gap)
      gaps.append(gap)
      right.append((gap > 0) == label)
    }
    let split = try RowSplit.byGap(gaps)
    func share(_ rows: [Int]) -> Double {
      Double(rows.count { right[$0] }) / Double(rows.count)
    }
    // Measured: 0.88 against 0.66, each known to 0.02.
    #expect(share(split.easy) > share(split.hard) + 0.1)
  }
}
