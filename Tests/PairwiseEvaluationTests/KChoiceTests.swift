import PairwiseEvaluation
import RealModule
import Testing

/// The worked example of the methods reference, §7.8, and its identities (§10, 13).
struct KChoiceTests {
  private let start = [0.5, 0.3, 0.2]
  private let rewards: [Double] = [0, 1, 2]

  private func close(_ a: [Double], _ b: [Double], _ tolerance: Double = 5e-11) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance }
  }

  struct Row: Sendable {
    var k: Int?
    var gains: [Double]?
    var next: [Double]
    var worth: Double
    var bound: Double?
  }

  @Test(arguments: [
    Row(
      k: 2, gains: [0.7090460216, 1.1386351472, 1.5194322252],
      next: [0.3545230108, 0.3415905442, 0.3038864450], worth: 3.5284963698, bound: 3.1880583408),
    Row(
      k: 4, gains: [0.5231163852, 1.1261716728, 2.0029515277],
      next: [0.2615581926, 0.3378515018, 0.4005903055], worth: 4.1399180311, bound: 3.3854396270),
    Row(
      k: 8, gains: [0.4319399124, 1.0647843260, 2.3229737301],
      next: [0.2159699562, 0.3194352978, 0.4645947460], worth: 4.5172017631, bound: 3.4841302701),
    Row(
      k: nil, gains: nil, next: [0.1790000206, 0.2919435019, 0.5290564775], worth: 4.8818127285,
      bound: nil),
  ]) func oneGeneration(_ row: Row) throws {
    let curation = try KChoice(rewards: rewards, choices: row.k)
    #expect(abs(curation.meanWorth(start).value - 2.7932957683) < 5e-11)
    if let gains = row.gains { #expect(close(curation.gains(start), gains)) }
    let next = curation.step(start)
    #expect(close(next, row.next))
    #expect(abs(curation.meanWorth(next).value - row.worth) < 5e-10)
    if let bound = row.bound {
      #expect(abs(curation.meanWorth(start).bound - bound) < 5e-11)
      #expect(curation.meanWorth(next).value >= bound)
    }
  }

  @Test func manyGenerations() throws {
    let curation = try KChoice(rewards: rewards, choices: 2)
    var p = start
    var worths: [Int: Double] = [:]
    for t in 1...20 {
      p = curation.step(p)
      worths[t] = curation.meanWorth(p).value
    }
    for (t, expected) in [
      (2, 4.3729366747), (5, 6.4871484444), (10, 7.3371778080), (20, 7.3889490128),
    ] {
      #expect(abs((worths[t] ?? 0) - expected) < 5e-10, "after \(t) generations")
    }
    #expect(worths.keys.sorted().dropFirst().allSatisfy { worths[$0]! >= worths[$0 - 1]! })
  }

  @Test func realDataKeepItStable() throws {
    let curation = try KChoice(rewards: rewards, choices: 2)
    var p = curation.step(start, reference: (start, 0.5))
    #expect(close(p, [0.4515076703, 0.3138635147, 0.2346288150]))
    for _ in 0..<200 { p = curation.step(p, reference: (start, 0.5)) }
    #expect(close(p, [0.4267760766, 0.3119266029, 0.2612973204]))
    let divergence = zip(p, start).reduce(0) { $0 + $1.0 * Double.log($1.0 / $1.1) }
    #expect(abs(divergence - 0.0144368178) < 5e-11)
    // λ < 1/(K − 1): KL ≤ −ln(1 − λ(K − 1)) = ln 2.
    #expect(divergence <= 0.6931471806)
  }

  @Test func identities() throws {
    let once = try KChoice(rewards: rewards, choices: 1)
    #expect(close(once.gains(start), [1, 1, 1], 1e-15))
    let constant = try KChoice(rewards: [3, 3, 3], choices: 4)
    #expect(close(constant.step(start), start, 1e-14))
    for k in [2, 3, 7, 64] {
      let curation = try KChoice(rewards: rewards, choices: k)
      let gains = curation.gains(start)
      #expect(gains.allSatisfy { $0 >= 0 && $0 <= Double(k) })
      #expect(abs(zip(start, gains).reduce(0) { $0 + $1.0 * $1.1 } - 1) < 1e-12)
    }
    // K = 64 is near its limit: they differ by the order of 1/K.
    let many = try KChoice(rewards: rewards, choices: 64).step(start)
    let limit = try KChoice(rewards: rewards, choices: nil).step(start)
    #expect(close(many, limit, 1 / 64.0))
    // Huge rewards neither overflow nor divide by zero.
    let steep = try KChoice(rewards: [-900, 0, 900], choices: 3).step(start)
    #expect(steep.allSatisfy(\.isFinite) && abs(steep.reduce(0, +) - 1) < 1e-12)
  }

  /// Many items and few choices, few items and many: neither runs deep, both agree with plain sums.
  @Test func manyItemsOrManyChoices() throws {
    let items = 2000
    let rewards = (0..<items).map { Double($0 % 7) / 3 }
    let p = [Double](repeating: 1 / Double(items), count: items)
    let gains = try KChoice(rewards: rewards, choices: 2).gains(p)
    let own = Double.exp(rewards[5])
    let direct = rewards.reduce(0) { $0 + 2 * own / (own + Double.exp($1)) / Double(items) }
    #expect(abs(gains[5] - direct) < 1e-12)
    // E[K·w/(w + B·w₁ + (K − 1 − B)·w₀)] over a binomial B.
    let k = 5000
    let two = try KChoice(rewards: [0, 1], choices: k).gains([0.25, 0.75])
    var sum = 0.0
    var logMass = Double(k - 1) * Double.log(0.25)
    for b in 0..<k {
      sum += Double.exp(logMass) * Double(k) / (1 + Double(b) * Double.exp(1) + Double(k - 1 - b))
      logMass += Double.log(Double(k - 1 - b) / Double(b + 1)) + Double.log(3)
    }
    #expect(abs(two[0] - sum) < 1e-9)
  }

  @Test func refusals() {
    #expect(throws: EvaluationError.self) { try KChoice(rewards: [], choices: 2) }
    #expect(throws: EvaluationError.self) { try KChoice(rewards: [.nan], choices: 2) }
    #expect(throws: EvaluationError.self) { try KChoice(rewards: [1], choices: 0) }
    #expect(throws: EvaluationError.self) {
      try KChoice(rewards: [Double](repeating: 0, count: 100), choices: 50)
    }
    #expect(throws: EvaluationError.self) { try KChoice(rewards: [1, 2, 3], choices: .max) }
  }
}
