import PairwiseEvaluation
import RealModule
import Testing

/// Factor profiles, principle votes and judges' biases (methods reference, §8.6–8.8).
struct FactorAndPrincipleTests {
  // MARK: Factors

  @Test func factorProfile() throws {
    let preference = [true, false, false, true, true, true]
    func profile(_ columns: [[Double]]) throws -> FactorProfile {
      try FactorProfile(
        names: columns.indices.map { "f\($0)" },
        differences: (0..<6).map { row in columns.map { $0[row] } }, firstWins: preference)
    }
    let signs: [Double] = [1, 1, -1, 0, 1, -1]
    let found = try profile([
      signs, signs.map { -3 * $0 }, [0, 0, 0, 0, 0, 0], preference.map { $0 ? 2 : -2 },
    ])
    let factor = found.factors[0]
    #expect(factor.agree == 3 && factor.disagree == 2 && factor.equal == 1)
    #expect(abs(factor.tauA - 0.1666666667) < 1e-10)
    #expect(abs(factor.tauB - 0.1825741858) < 1e-10)
    #expect(found.factors[1].tauB == -factor.tauB, "flips sign with the factor")
    #expect(found.factors[2].tauB == 0 && found.factors[2].tauA == 0, "a constant factor")
    #expect(found.factors[3].tauB == 1, "the preference itself")
    let alignment = try found.alignment(with: found)
    #expect(alignment.spearman.map { abs($0 - 1) < 1e-12 } == true)
    #expect(alignment.kendall.map { abs($0 - 1) < 1e-12 } == true)
    #expect(alignment.pearson.map { abs($0 - 1) < 1e-12 } == true)
    let fewer = try profile([signs])
    #expect(error { () throws(EvaluationError) in _ = try found.alignment(with: fewer) } != nil)
  }

  @Test func correlations() {
    // By hand: of six pairs of rows five agree and one is tied in the first column.
    let kendall = RankCorrelation.kendall([1, 2, 2, 3], [1, 3, 2, 4])
    #expect(kendall.map { abs($0 - 5 / 30.0.squareRoot()) < 1e-15 } == true)
    #expect(RankCorrelation.kendall([1, 1, 1], [1, 2, 3]) == nil)
    #expect(RankCorrelation.pearson([1, 2, 3], [2, 4, 6.0]).map { abs($0 - 1) < 1e-15 } == true)
    #expect(RankCorrelation.pearson([1, 2], [1, 2]) == nil)
    // (−1)·(−4/3) + 0·(5/3) + 1·(−1/3) over √(2 · 42/9).
    let pearson = RankCorrelation.pearson([1, 2, 3], [0, 3, 1])
    #expect(pearson.map { abs($0 - 1 / (2 * 42 / 9.0).squareRoot()) < 1e-15 } == true)
  }

  // MARK: Principles

  @Test func principleMetrics() throws {
    let record = PrincipleVotes.Record(name: "p", agree: 30, disagree: 10, abstain: 60)
    #expect(record.accuracy == 0.75 && record.relevance == 0.4)
    #expect(abs(record.performance - 0.2) < 1e-15 && record.agreement == 0.3)
    let silent = PrincipleVotes.Record(name: "p", agree: 0, disagree: 0, abstain: 5)
    #expect(silent.accuracy == 0 && silent.performance == 0)
  }

  /// T13's properties as principles: performance has the sign of α*; inverted labels mirror everything.
  @Test func principlesOfToyVotes() throws {
    let truth = [0.8, 0.4, 0, -0.4, -0.8]
    var generator = BootstrapGenerator(seed: 51)
    var (rows, labels): ([[Double]], [Bool]) = ([], [])
    for _ in 0..<1500 {
      let x = truth.map { _ in Double(generator.integer(below: 3) - 1) }
      rows.append(x)
      labels.append(
        generator.uniform() < Logistic.sigmoid(zip(x, truth).reduce(0) { $0 + $1.0 * $1.1 }))
    }
    let names = truth.indices.map { "p\($0)" }
    let votes = truth.indices.map { p in rows.map { Principle.vote($0[p], 0) } }
    let found = try PrincipleVotes(names: names, votes: votes, firstWins: labels)
    let mirrored = try PrincipleVotes(names: names, votes: votes, firstWins: labels.map { !$0 })
    for (p, (a, b)) in zip(found.records, mirrored.records).enumerated() {
      if truth[p] != 0 { #expect((a.performance > 0) == (truth[p] > 0)) }
      #expect(abs(a.accuracy + b.accuracy - 1) < 1e-12)
      #expect(abs(a.performance + b.performance) < 1e-12)
    }
    // Factor scores are monotone in α*.
    let profile = try FactorProfile(names: names, differences: rows, firstWins: labels)
    let scores = profile.factors.map(\.tauB)
    #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 > $1 }, "\(scores)")

    let kept = found.kept()
    #expect(kept.prefix(2) == [0, 1] && !kept.contains(3) && !kept.contains(4))
    let together = found.reconstructed([0, 1])
    let judged = zip(together, labels).filter { $0.0 != .neither }
    let right = judged.count { ($0.0 == .first) == $0.1 }
    let alone = found.records[0].accuracy
    #expect(
      Double(right) / Double(judged.count) > 0.6, "\(right) of \(judged.count), alone \(alone)")
    // Weighted, a principle that is mostly wrong speaks for the other side.
    let weighted = found.reconstructed([4], weighted: true)
    let turned = zip(weighted, votes[4]).allSatisfy { $0 == $1 || $0 != .neither && $1 != .neither }
    #expect(turned && weighted != found.reconstructed([4]))
  }

  @Test func filters() throws {
    let labels = [Bool](repeating: true, count: 10)
    func votes(_ first: Int, _ second: Int) -> [PrincipleVote] {
      (0..<10).map { $0 < first ? .first : $0 < first + second ? .second : .notApplicable }
    }
    let found = try PrincipleVotes(
      names: ["a", "b", "c", "d"], votes: [votes(3, 0), votes(6, 4), votes(4, 1), votes(2, 5)],
      firstWins: labels)
    var filter = PrincipleVotes.Filter()
    #expect(found.kept(filter) == [1, 2, 0])
    filter.order = .difference
    #expect(found.kept(filter) == [0, 2, 1])
    filter.requiresMoreForThanAbstain = true
    #expect(found.kept(filter) == [1])
    filter.requiresMoreForThanAbstain = false
    filter.minimumRelevance = 0.35
    #expect(found.kept(filter) == [2, 1])
    filter.limit = 1
    #expect(found.kept(filter) == [2])
    filter.minimumRelevance = 0.9
    #expect(found.kept(filter).isEmpty, "none survives: an empty list, no error")
    #expect(found.reconstructed([]) == [PrincipleVote](repeating: .neither, count: 10))
    #expect(
      error { () throws(EvaluationError) in
        _ = try PrincipleVotes(names: ["a"], votes: [votes(1, 1)], firstWins: [true])
      } != nil)
  }

  @Test func principlesOverTexts() {
    func vote(_ name: String, _ first: String, _ second: String) -> PrincipleVote? {
      Principle.library.first { $0.name == name }?.vote(first: first, second: second)
    }
    #expect(vote("shorter", "ab", "abc") == .first && vote("longer", "ab", "abc") == .second)
    #expect(vote("longer", "ab", "cd") == .neither)
    #expect(vote("more list items", "- one\n* two\n", "1. one") == .first)
    #expect(vote("more list items", "-5 degrees", "* a") == .second)
    #expect(vote("contains a question", "Why?", "Because.") == .first)
    #expect(vote("fewer repeated trigrams", "a b c a b c a b c", "a b c d") == .second)
    #expect(vote("more hedging words", "Perhaps, it might.", "It is.") == .first)
    let keyword = Principle.earlier("Sorry")
    #expect(keyword.vote(first: "so sorry", second: "well I am sorry") == .first)
    #expect(keyword.vote(first: "so sorry", second: "never") == .notApplicable)
    #expect(CompletionText.uniqueTrigrams("a a a a a") == 1.0 / 3)
    #expect(CompletionText.uniqueTrigrams("a b") == 1)
    #expect(CompletionText.listItems("1) a\n 23. b\nno. c\n• d") == 3)
  }

  // MARK: Judges

  @Test func selfPreference() throws {
    let found = try SelfPreference(wins: 55, ties: 2, goldWins: 40, goldTies: 6, of: 100)
    #expect(found.own == 56 && found.gold == 43 && found.bias == 13)
    // A judge that adds 1 to its own completions favours itself; one that does not, does not.
    var generator = BootstrapGenerator(seed: 8)
    let truth = (0..<4000).map { _ in generator.normal() }
    let gold = truth.map { value in (0..<3).map { _ in value + generator.normal() > 0 ? 1 : -1 } }
    func bias(_ bonus: Double) throws -> Double {
      let margins = truth.map { (value: Double) -> (Double, Double) in
        (value + bonus + 0.3 * generator.normal(), value + bonus + 0.3 * generator.normal())
      }
      return try SelfPreference(margins: margins, gold: gold).bias
    }
    #expect(try bias(1) > 10)
    #expect(abs(try bias(0)) < 3, "three standard errors of 4000 items")
    #expect(
      error { () throws(EvaluationError) in
        _ = try SelfPreference(wins: 5, ties: 2, goldWins: 1, goldTies: 1, of: 6)
      } != nil)
    #expect(
      error { () throws(EvaluationError) in _ = try SelfPreference(margins: [], gold: []) } != nil)
  }

  @Test func positionBias() throws {
    let found = try PositionBias([
      (.first, .second), (.second, .first), (.first, .first), (.second, .second), (.tie, .first),
    ])
    #expect(found.consistency == 0.4 && found.primacy == 0.2)
    #expect(found.recency == 0.2 && found.ties == 0.2)
    // A model that scores each completion alone cannot see the order.
    var generator = BootstrapGenerator(seed: 3)
    let scored = (0..<200).map { _ -> (PositionBias.Verdict, PositionBias.Verdict) in
      let (a, b) = (generator.normal(), generator.normal())
      return (a > b ? .first : .second, b > a ? .first : .second)
    }
    #expect(try PositionBias(scored).consistency == 1)
  }

  @Test func cueBias() throws {
    let found = try CueBias([
      (true, true, true), (false, true, true), (true, false, false), (true, true, false),
    ])
    #expect(found.supportsRight?.change == 0.5 && found.supportsRight?.count == 2)
    #expect(found.supportsWrong?.change == -0.5)
    #expect(found.supportsWrong?.interval.contains(-0.5) == true)
    #expect(try CueBias([(true, true, true)]).supportsWrong == nil)
  }
}
