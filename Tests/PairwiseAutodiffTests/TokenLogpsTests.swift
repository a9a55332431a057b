import Glibc
import PairwiseAutodiff
import PairwiseTensor
import PairwiseTestSupport
import Testing

@Suite struct TokenLogpsTests {
  /// Two tokens with logits 0 and ln 3: p = ¼ and ¾. Entropy ln 4 − ¾·ln 3.
  @Test func statisticsByHand() {
    let head = Variable(constant: Tensor([2, 1], [0, logf(3)]))
    let h = Variable(constant: Tensor([2, 1], [1, 1]))
    let found = h.tokenLogps([0, 1], head: head, budget: 0, statistics: true)
    let expected: [Double] = [-log(4), log(0.75)]
    for (value, exact) in zip(found.logps.value.array, expected) {
      #expect(abs(Double(value) - exact) < 1e-7)  // one rounding of numbers below 2
    }
    for value in found.entropy?.array ?? [] {
      #expect(abs(Double(value) - (log(4) - 0.75 * log(3))) < 1e-7)
    }
    #expect(found.isBest == Tensor([0, 1]))
    for value in found.meanLogit?.array ?? [] { #expect(abs(value - logf(3) / 2) < 1e-7) }
  }

  /// Of equal logits the first is the best, within a run of columns and across runs.
  @Test func theFirstOfEqualsIsBest() {
    let vocabulary = 3000
    let head = Variable(
      constant: Tensor(
        [vocabulary, 1], (0..<vocabulary).map { [5, 7, 2900].contains($0) ? 2 : 1 }))
    let h = Variable(constant: Tensor(repeating: 1, [3, 1]))
    for budget in [0, 1 << 30] {
      let found = h.tokenLogps([5, 7, 2900], head: head, budget: budget, statistics: true)
      #expect(found.isBest == Tensor([1, 0, 0]))
    }
  }

  /// Logits of ±1e4 neither overflow nor lose the target's gradient.
  @Test func largeLogits() {
    let tape = Tape()
    let h = tape.variable(Tensor([1, 1], [1e4]))
    let head = Variable(constant: Tensor([3, 1], [1, -1, 0]))
    let found = h.tokenLogps([1], head: head, budget: 0, statistics: true)
    #expect(found.logps.value == Tensor([-2e4]))
    #expect(found.entropy == Tensor([0]))
    #expect(tape.backward(from: found.logps.sum())[h] == Tensor([1, 1], [-2]))
  }

  /// Of the same logits the divergence is 0 to the last bit, and the log-probs are the same.
  @Test func equalModelsDoNotDiverge() {
    var numbers = SeededNumbers(5)
    let h = Tensor([7, 3], numbers.floats(21))
    let w = Tensor([2100, 3], numbers.floats(6300))
    let found = Variable(constant: h).tokenLogps(
      [0, 5, 9, 1023, 1024, 2048, 2099], head: Variable(constant: w), budget: 0,
      statistics: false, against: TokenReference(hidden: h, head: w))
    #expect(found.divergence?.value == Tensor(repeating: 0, [7]))
    #expect(found.referenceLogps == found.logps.value)
  }

  /// p = ¼ and ¾ against ½ and ½: KL = ½·ln 2 + ½·ln ⅔, Σ p² = ⅝. The gradient of the logits is p − ½.
  @Test func divergenceByHand() {
    let tape = Tape()
    let head = tape.variable(Tensor([2, 1], [0, logf(3)]))
    let h = Variable(constant: Tensor([1, 1], [1]))
    let even = TokenReference(hidden: Tensor([1, 1], [4]), head: Tensor([2, 1], [-2, -2]))
    let found = h.tokenLogps(
      [1], head: head, budget: 0, statistics: false, squares: true, against: even)
    let divergence = found.divergence ?? found.logps
    #expect(abs(Double(divergence.value[flat: 0]) - 0.5 * log(4.0 / 3)) < 1e-7)
    #expect(abs(Double(found.logSumSquares?[flat: 0] ?? 0) - log(0.625)) < 1e-7)
    #expect(abs(Double(found.referenceLogps?[flat: 0] ?? 0) - log(0.5)) < 1e-7)
    let slopes = tape.backward(from: divergence.sum())[head].array
    #expect(abs(slopes[0] + 0.25) < 1e-7 && abs(slopes[1] - 0.25) < 1e-7)
  }

  /// Distributions that have nothing in common, with logits up to ±1e4: a large, finite divergence.
  @Test func largeDivergences() {
    let tape = Tape()
    let h = tape.variable(Tensor([1, 1], [1e4]))
    let head = Variable(constant: Tensor([3, 1], [1, -1, 0]))
    let other = TokenReference(hidden: Tensor([1, 1], [-1e4]), head: head.value)
    let found = h.tokenLogps(
      [0], head: head, budget: 0, statistics: false, squares: true, against: other)
    #expect(found.divergence?.value == Tensor([2e4]))
    #expect(found.logSumSquares == Tensor([0]))
    let divergence = found.divergence ?? found.logps
    #expect(tape.backward(from: divergence.sum())[h] == Tensor([1, 1], [2]))
  }

  @Test func nothingIsAskedForWithoutStatistics() {
    let h = Variable(constant: Tensor([0, 1], []))
    let found = h.tokenLogps(
      [], head: Variable(constant: Tensor([2, 1], [1, 2])), budget: 0, statistics: false)
    #expect(found.logps.value == Tensor([]))
    #expect(found.entropy == nil && found.isBest == nil && found.meanLogit == nil)
  }
}

@Suite struct TokenLayoutTests {
  @Test func positionsGoOnFromThePrefix() {
    let layout = TokenLayout([(3, nil), (2, 0), (1, 0), (2, nil)])
    #expect(layout.tokens == 8)
    #expect(layout.positions == [0, 1, 2, 3, 4, 3, 0, 1])
    #expect(layout.segments.map(\.start) == [0, 3, 5, 6])
  }

  @Test func aPrefixContinuesNothingItself() async {
    await #expect(processExitsWith: .failure) {
      _ = TokenLayout([(1, nil), (1, 0), (1, 1)])
    }
  }
}
