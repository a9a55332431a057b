import PairwiseEvaluation
import PairwiseLaboratory
import PairwiseTensor
import Testing

/// §7.1's loop on the noisy pairs of T4, with an oracle that knows the true labels.
struct CurationLoopTests {
  private let all: ToyPairs
  private let wrong: [Bool]

  /// 1000 noisy pairs, of which 100 are silver, and the 60 trusted ones behind them.
  init() {
    let problem = NoisyLinear()
    var larger = LinearBT()
    (larger.seed, larger.theta) = (21, problem.theta)
    (larger.trainRows, larger.flipRate) = (1000, 0.25)
    let noisy = larger.draw(.train)
    let gold = problem.gold()
    var all = ToyPairs(width: 8)
    for pairs in [noisy, gold] {
      for row in 0..<pairs.count {
        all.append(
          chosen: Array(pairs.chosen(row)), rejected: Array(pairs.rejected(row)), pairs.notes[row])
      }
    }
    self.all = all
    wrong = all.notes.map(\.isFlipped)
  }

  private func scores(_ rows: [CurationLoop.Row]) throws -> [Double] {
    let pairs = all.flipping(rows.filter(\.isTurned).map(\.index)).selecting(rows.map(\.index))
    return LinearPairs(all).scores(try LinearPairs(pairs).fit(l2: 0.01))
  }

  private func run(_ loop: CurationLoop, label: (Int) -> CurationLoop.Label) throws
    -> CurationLoop.Result
  {
    try loop.run(
      gold: (1000..<1060).map { .init($0) }, silver: (0..<100).map { .init($0) }, count: 1060,
      embeddings: all.differences, width: 8, score: scores, label: label)
  }

  private func correct(_ rows: [CurationLoop.Row]) -> Double {
    Double(rows.count { wrong[$0.index] == $0.isTurned }) / Double(rows.count)
  }

  @Test func theLoopCleansThePool() throws {
    var loop = CurationLoop()
    loop.iterations = 3
    var asked: [Int] = []
    let result = try run(loop) { row in
      asked.append(row)
      return .init(agrees: !wrong[row])
    }
    #expect(Set(asked).count == asked.count)
    #expect(result.rounds.count == 3 && result.rounds.map(\.labelled).reduce(0, +) == asked.count)
    // Every row ends in one place.
    let places = result.training.map(\.index) + result.discarded
    #expect(places.sorted() == Array(0..<1060))
    // What was asked about is right; what was kept unasked is cleaner than the pool.
    #expect(correct(result.silver.filter { $0.index >= 100 }) == 1)
    let pool = (100..<1000).count { !wrong[$0] }
    #expect(correct(result.kept) > Double(pool) / 900 + 0.1)
    // And the model trained on it is better: measured 0.325 against 0.502.
    let test = LinearPairs(NoisyLinear().draw(.test))
    func fit(_ rows: [CurationLoop.Row]) throws -> Double {
      let pairs = all.flipping(rows.filter(\.isTurned).map(\.index)).selecting(rows.map(\.index))
      return test.logLoss(try LinearPairs(pairs).fit(l2: 0.01))
    }
    let everything = try fit((0..<1060).map { .init($0) })
    let curated = try fit(result.training)
    #expect(curated < everything)
  }

  @Test func trustedAnswersBecomeGold() throws {
    var loop = CurationLoop()
    loop.iterations = 1
    loop.mostNeighbours = 1
    loop.filter.mode = .askTheRest
    let result = try run(loop) { .init(agrees: !wrong[$0], isTrusted: true) }
    #expect(result.gold.count == 60 + result.rounds[0].labelled && result.silver.count == 100)
    #expect(result.discarded.isEmpty)
    // Sure pairs are kept as they are, unsure ones with the oracle's label.
    #expect(correct(result.kept.filter(\.isTurned)) == 1)
  }

  @Test func refusals() {
    let loop = CurationLoop()
    func run(_ gold: [Int], _ silver: [Int], width: Int = 8) throws {
      _ = try loop.run(
        gold: gold.map { .init($0) }, silver: silver.map { .init($0) }, count: 1060,
        embeddings: all.differences, width: width, score: scores,
        label: { _ in .init(agrees: true) })
    }
    #expect(throws: EvaluationError.empty("gold")) { try run([], [1]) }
    #expect(throws: EvaluationError.empty("silver")) { try run([1], []) }
    #expect(throws: EvaluationError.self) { try run([1], [1]) }
    #expect(throws: EvaluationError.self) { try run([1], [1060]) }
    #expect(throws: EvaluationError.self) { try run([1], [2], width: 7) }
  }
}
