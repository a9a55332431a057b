import Glibc
import PairwiseEvaluation
import PairwiseLaboratory
import PairwiseModels
import Testing

/// T3 of the methods reference.
struct TwoGroupTabularTests {
  @Test func oneRewardLearnsNothing() throws {
    let pairs = TwoGroupTabular().pairs()
    // Labels of both groups together: a reward for two of the items, the third being 0.
    var rows = LinearPairs(pairs.flatMap { $0.row.dropLast() }, width: 2)
    rows.pulls = pairs.map { 1 - $0.probabilities.reduce(0, +) / 2 }
    let theta = try rows.fit()
    agree(theta, [0, 0], within: 1e-9)
    agree(rows.logLoss(theta), 0.6931471806)
    let entropies = pairs.map { pair in
      pair.probabilities.reduce(0) { $0 - ($1 * log($1) + (1 - $1) * log(1 - $1)) / 2 }
    }
    agree(entropies, [0.3653338551, 0.0900947678, 0.3653338551])
    agree(entropies.reduce(0, +) / 3, 0.2735874926)
  }
}

/// §5.1's theory, its two worked rows.
struct GroupGapTests {
  @Test func workedRows() {
    let even = GroupGap(weights: [0.5, 0.5], probabilities: [0.9, 0.1])
    agree(
      [even.blind, even.informed, even.gap, even.bound],
      [0.6931471806, 0.3250829734, 0.3680642072, 0.32])
    let uneven = GroupGap(weights: [0.7, 0.3], probabilities: [0.9, 0.1])
    agree(
      [uneven.blind, uneven.informed, uneven.gap, uneven.bound],
      [0.6410354779, 0.3250829734, 0.3159525045, 0.192])
    #expect(GroupGap(weights: [0.4, 0.6], probabilities: [0.3, 0.3]).gap < 1e-15)
    #expect(GroupGap(weights: [0.5, 0.5], probabilities: [1, 0]).informed == 0)
  }
}

/// T10 of the methods reference, and §4.6's exact tilt.
struct ConstrainedGridTests {
  private let problem = ConstrainedGrid()

  @Test func workedTilt() throws {
    let tilt = ExponentialTilt(
      base: [0.4, 0.3, 0.2, 0.1], rewards: [[0, 0], [1, 0], [0, 1], [1, 1]])
    let lambda = [0.5, 1.0]
    agree(tilt.policy(lambda), [0.2120394231, 0.2621954303, 0.2881914554, 0.2375736912])
    agree(tilt.moments(lambda), [0.4997691216, 0.5257651466])
    agree(tilt.divergence(lambda), 0.1409573756)
    let solved = try tilt.multipliers(reaching: [0.6, 0.5])
    agree(solved, [0.9000021687, 0.9366932319])
    agree(tilt.moments(solved), [0.6, 0.5], within: 1e-10)
    agree(tilt.divergence(solved), 0.1860316280)
    // Moments are the slopes of ln Z.
    let h = 1e-6
    let slope = (tilt.logPartition([0.5 + h, 1]) - tilt.logPartition([0.5 - h, 1])) / (2 * h)
    agree(slope, tilt.moments(lambda)[0], within: 1e-9)
    #expect(throws: FitError.self) { try tilt.multipliers(reaching: [1.5, 0.5]) }
  }

  @Test(
    arguments: [
      (0, 0.5879890810, 0.6890067039), (0.5, 0.8045926470, 0.7889222028),
      (1, 1.1151681231, 0.8612369189), (1.5, 1.5, 0.865), (2, 1.8848318769, 0.7842705435),
      (3, 2.4120109190, 0.5066045201), (4, 2.6492547109, 0.2770056734), (10, nil, -0.1488038214),
    ] as [(Double, Double?, Double)])
  func fixedWeights(_ row: (lambda: Double, mean: Double?, gold: Double)) {
    let lambda = [row.lambda, row.lambda]
    if let mean = row.mean { agree(problem.tilt.moments(lambda)[0], mean) }
    agree(problem.tilt.mean(problem.gold, lambda), row.gold)
  }

  /// Dual ascent to the best point stops there; no fixed weight does better.
  @Test func constraintsStopAtTheBestPoint() throws {
    let tilt = problem.tilt
    let gold = problem.gold
    let grid = (1000...1600).map { Double($0) / 1000 }
    let worths = grid.map { tilt.mean(gold, [$0, $0]) }
    let best = try #require(worths.indices.max { worths[$0] < worths[$1] })
    agree(grid[best], 1.276)
    agree(worths[best], 0.8739158703)
    let level = tilt.moments([1.276, 1.276])
    agree(level[0], 1.3222252894)
    agree(tilt.ascended(to: level, steps: 2000), [1.276, 1.276])
    let other = tilt.ascended(to: [1 / 0.7, 1 / 0.7], steps: 2000)
    agree(other[0], 1.4105999337)
    agree(tilt.mean(gold, other), 0.8707177099)
    agree(tilt.divergence(other), 1.3472716152)
  }
}

/// T11 of the methods reference; the exact part is worked through in the tests of `KChoice`.
struct KChoiceTabularTests {
  /// Printed to three decimals.
  @Test func modesCollapse() throws {
    let weights = KChoiceTabular().modeWeights(generations: 6)
    agree(Array(weights.prefix(4)), [0.732, 0.911, 0.985, 1.0], within: 5e-4)
    #expect(try #require(weights.last) > 0.995)
  }

  /// Half as much curated as real data: it settles near the fixed point of two points.
  @Test func realDataHoldIt() throws {
    let weights = KChoiceTabular().modeWeights(generations: 30, curated: 0.5).dropFirst(10)
    var p = [0.5, 0.5]
    let population = try KChoice(rewards: [-4, 0], choices: 2)
    for _ in 0..<200 { p = population.step(p, reference: ([0.5, 0.5], 0.5)) }
    let mean = weights.reduce(0, +) / Double(weights.count)
    // A third of a share of 1000 samples: a standard error of 0.005 a generation. Modes are wider than
    // points, which costs the better one a little.
    agree(mean, p[1], within: 0.01)
    #expect(weights.allSatisfy { (0.595...0.62).contains($0) })
  }
}

/// T12 of the methods reference and the identities of §6.
struct ChainRegretTests {
  private let problem = ChainRegret()

  private func solution() throws -> TabularMDP.Solution { try #require(problem.mdp.solved()) }

  @Test func values() throws {
    let solution = try solution()
    agree(solution.values, [-3, -2, -1, 0])
    agree(Array(solution.advantages.prefix(6)), problem.truth[0].values)
  }

  @Test func workedExample() throws {
    let solution = try solution()
    let forward = Segment(states: [0, 1, 2], actions: [1, 1])
    let back = Segment(states: [2, 1, 0], actions: [0, 0])
    let wavering = Segment(states: [0, 1, 0], actions: [1, 0])
    agree([forward, back].map { $0.partialReturn(in: problem.mdp) }, [-2, -2])
    agree([forward, back, wavering].map { $0.regret(solution) }, [0, 4, 2])
    agree(Logistic.sigmoid(4), 0.9820137900)
    agree(Logistic.sigmoid(2), 0.8807970780)
  }

  /// With certain transitions both forms of regret agree, and shaping changes neither.
  @Test func regretIsWhatShapingLeaves() throws {
    let mdp = problem.mdp
    let solution = try solution()
    let shaped = mdp.shaped(by: [0.3, -1.2, 2.5, 0])
    let shapedSolution = try #require(shaped.solved())
    let segments = problem.segments()
    #expect(segments.count == 10)
    for segment in segments {
      let regret = segment.regret(solution)
      agree(segment.certainRegret(in: mdp, solution), regret, within: 1e-12)
      agree(segment.regret(shapedSolution), regret, within: 1e-12)
      agree(segment.partialReturn(in: mdp), -2)
    }
    #expect(segments.contains { abs($0.partialReturn(in: shaped) + 2) > 0.1 })
  }

  /// From labels by regret a fit of partial returns finds A* up to a constant; from labels by return, 0.
  @Test func whatAFitOfReturnsFinds() throws {
    let solution = try solution()
    let regrets = problem.segments().map { -$0.regret(solution) }
    let found = try problem.fittedReturns(regrets)
    let truth = problem.truth[0].values
    let shift = found[1] - truth[1]
    agree(found.map { $0 - shift }, truth, within: 1e-5)
    for s in 0..<3 { #expect(found[2 * s + 1] > found[2 * s]) }
    let returns = problem.segments().map { $0.partialReturn(in: problem.mdp) }
    agree(try problem.fittedReturns(returns), [Double](repeating: 0, count: 6), within: 1e-9)
  }

  /// The regret model, solved anew for every reward it tries: it explains the labels as well as they can be
  /// explained, and its best policy goes right everywhere.
  @Test(
    arguments: [
      [0, 0, 0, 0, 0, 0], [-1, 1, -1, 1, -1, 1], [0.5, 0.2, -0.3, 0.9, 1, -0.8],
    ] as [[Double]])
  func whatAFitOfRegretsFinds(_ start: [Double]) throws {
    let solution = try solution()
    let scores = problem.segments().map { -$0.regret(solution) }
    let fit = try #require(problem.fittedRegret(scores, start: start))
    agree(fit.loss, fit.entropy, within: 1e-6)
    #expect(fit.greedy == [ChainRegret.right, ChainRegret.right, ChainRegret.right])
  }

  /// An end that cannot be reached is worth −∞ without discount: no answer, rather than a wrong one.
  @Test func unreachableGoal() {
    let mdp = TabularMDP(
      states: 2, actions: 1, transition: [1, 0, 0, 1], reward: [-1, 0], isTerminal: [false, true])
    #expect(mdp.solved() == nil)
    let discounted = TabularMDP(
      states: 2, actions: 1, transition: [1, 0, 0, 1], reward: [-1, 0],
      isTerminal: [false, true], discount: 0.5)
    #expect(abs((discounted.solved()?.values[0] ?? 0) + 2) < 1e-12)
  }
}
