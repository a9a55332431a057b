import PairwiseEvaluation
import PairwiseLaboratory
import Testing

/// T2 of the methods reference, balanced and 70/30.
struct TwoGroupTests {
  private struct Split {
    let pairs: LinearPairs
    let users: [Int]
    let groups: [Int]
    let contexts: [Double]

    init(_ problem: TwoGroup, _ split: ToySplit) {
      let drawn = problem.draw(split)
      pairs = LinearPairs(drawn)
      users = drawn.notes.map(\.user)
      groups = drawn.notes.map(\.group)
      contexts = drawn.notes.map { $0.context ?? .nan }
    }

    func of(group: Int) -> LinearPairs {
      let rows = groups.indices.filter { groups[$0] == group }
      return LinearPairs(
        rows.flatMap { pairs.x[2 * $0..<2 * $0 + 2] }, width: 2)
    }
  }

  private static let start = [[0.5, 0.5], [0.5, -0.5]]
  private let train: Split
  private let test: Split

  init() {
    train = Split(TwoGroup(), .train)
    test = Split(TwoGroup(), .test)
  }

  private static func unbalanced() -> TwoGroup {
    var problem = TwoGroup()
    problem.minority = 6
    return problem
  }

  private func fit(_ split: Split, _ routing: MixtureFit.Routing) throws -> MixtureFit {
    try MixtureFit(fitting: split.pairs, routing, heads: Self.start)
  }

  @Test func draws() {
    #expect(train.groups.count { $0 == 0 } == 1972 && train.groups.count == 4000)
    let sums = (0..<2).map { k in
      stride(from: k, to: 8000, by: 2).reduce(0) { $0 + train.pairs.x[$1] }
    }
    agree(sums, [2656.0382359100, -183.6433672400], within: 5e-9)  // printed to eight decimals
  }

  @Test func single() throws {
    let theta = try train.pairs.fit()
    agree(theta, [0.8859547991, -0.0351391203])
    agree(train.pairs.logLoss(theta), 0.5644548295)
    agree(test.pairs.logLoss(theta), 0.5571313156)
    agree(test.pairs.accuracy(theta), 0.71325)
  }

  /// Better likelihood, no better accuracy: without context a mixture can only be honest, not informed.
  @Test func staticMixture() throws {
    let fit = try fit(train, .free)
    // EM stops at a change of 1e-12 in the likelihood, which leaves some 1e-7 in the parameters.
    agree(fit.heads[0], [1.4213114514, 1.5138563829], within: 1e-6)
    agree(fit.heads[1], [1.4908829326, -1.4472629202], within: 1e-6)
    agree(fit.weights, [0.4662242436, 0.5337757564], within: 1e-6)
    agree(fit.trainingLoss, 0.5417851570)
    let probabilities = fit.probabilities(test.pairs, .free)
    agree(meanLogLoss(probabilities), 0.5373991386, within: 1e-8)
    agree(share(aboveHalf: probabilities), 0.71100)
    let best = (0..<2).map { group in
      fit.heads.map { test.of(group: group).accuracy($0) }.max() ?? 0
    }
    agree(best, [0.8316, 0.8364], within: 5e-5)
  }

  /// One head a user finds the groups and then is the oracle that knows them.
  @Test func userMixture() throws {
    let fit = try fit(train, .users(train.users))
    let oracle = try (0..<2).map { try train.of(group: $0).fit() }
    agree(oracle[0], [1.4738050091, 1.5454881547])
    agree(oracle[1], [1.4888479100, -1.5420032579])
    for (head, expected) in zip(fit.heads, oracle) { agree(head, expected, within: 1e-9) }
    agree(fit.weights, [0.5, 0.5], within: 1e-9)
    agree(fit.trainingLoss, 0.3619962347, within: 1e-8)
    let probabilities = fit.probabilities(test.pairs, .users(test.users))
    agree(meanLogLoss(probabilities), 0.3689698274)
    agree(share(aboveHalf: probabilities), 0.83525)
  }

  /// New numbers for the same users change nothing but the order of some sums.
  @Test func userNumbersMeanNothing() throws {
    let renamed = train.users.map { 7919 * ($0 + 3) % 20 }
    let first = try fit(train, .users(train.users))
    let second = try fit(train, .users(renamed))
    for (a, b) in zip(first.heads, second.heads) { agree(a, b, within: 1e-12) }
    agree(first.weights, second.weights, within: 1e-12)
    let other = test.users.map { 7919 * ($0 + 3) % 20 }
    agree(
      first.probabilities(test.pairs, .users(test.users)),
      second.probabilities(test.pairs, .users(other)), within: 1e-12)
  }

  @Test func contextMixture() throws {
    // Printed at the optimum itself: the router creeps, a change of 1e-12 comes 5e-4 too early.
    let fit = try MixtureFit(
      fitting: train.pairs, .context(train.contexts), heads: Self.start, tolerance: 1e-15)
    agree(fit.heads[0], [1.4633119689, 1.5414442431], within: 1e-6)
    agree(fit.heads[1], [1.4784167139, -1.5212605299], within: 1e-6)
    agree(fit.router, [11.2078543, -0.2517218], within: 1e-4)
    let probabilities = fit.probabilities(test.pairs, .context(test.contexts))
    agree(meanLogLoss(probabilities), 0.3805668406, within: 1e-7)
    agree(share(aboveHalf: probabilities), 0.83100)
  }

  @Test func seventyThirty() throws {
    let train = Split(Self.unbalanced(), .train)
    let test = Split(Self.unbalanced(), .test)
    let theta = try train.pairs.fit()
    agree(test.pairs.logLoss(theta), 0.5358615565)
    agree(test.pairs.accuracy(theta), 0.73050)
    agree((0..<2).map { test.of(group: $0).accuracy(theta) }, [0.780, 0.618], within: 5e-4)
    let free = try fit(train, .free).probabilities(test.pairs, .free)
    agree(meanLogLoss(free), 0.5173236957, within: 1e-8)
    agree(share(aboveHalf: free), 0.73825)
    let users = try fit(train, .users(train.users))
      .probabilities(test.pairs, .users(test.users))
    agree(meanLogLoss(users), 0.3712687796)
    agree(share(aboveHalf: users), 0.83150)
    let context = try fit(train, .context(train.contexts))
      .probabilities(test.pairs, .context(test.contexts))
    agree(meanLogLoss(context), 0.3798982806, within: 5e-7)
    agree(share(aboveHalf: context), 0.82825)
  }

  /// K = 1 is one reward for all, whatever the routing.
  @Test func oneHeadIsBradleyTerry() throws {
    let single = try train.pairs.fit()
    for routing in [MixtureFit.Routing.free, .users(train.users)] {
      let fit = try MixtureFit(fitting: train.pairs, routing, heads: [[0, 0]])
      agree(fit.heads[0], single, within: 1e-10)
    }
  }

  /// A third head does no harm when users are known.
  @Test func threeHeads() throws {
    let fit = try MixtureFit(
      fitting: train.pairs, .users(train.users), heads: Self.start + [[-0.5, 0.1]])
    let probabilities = fit.probabilities(test.pairs, .users(test.users))
    agree(meanLogLoss(probabilities), 0.3689698274, within: 2e-3)
  }
}
