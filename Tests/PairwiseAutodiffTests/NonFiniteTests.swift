import PairwiseAutodiff
import PairwiseTensor
import Testing

/// NaN and infinities in reductions, and what masking must keep out.
@Suite struct NonFiniteTests {
  private static let reductions: [(String, @Sendable (Variable) -> Variable)] = [
    ("sum", { $0.sum() }), ("mean", { $0.mean() }), ("sumRows", { $0.sumRows() }),
    ("sumColumns", { $0.sumColumns() }), ("softmax", { $0.softmax() }),
    ("logSoftmax", { $0.logSoftmax() }), ("logSumExp", { $0.logSumExp() }),
  ]

  /// NaN in, NaN out: first, inside and last in a row, alone among −∞ too (where a maximum that skips
  /// NaN would find −∞ and stop).
  @Test(arguments: [1, 5, 16, 37], [Float(1), -.infinity])
  func nanPropagates(length: Int, others: Float) {
    for (name, reduce) in Self.reductions {
      for place in Set([0, length / 2, length - 1]) {
        var x = [Float](repeating: others, count: length)
        x[place] = .nan
        let y = reduce(Variable(constant: Tensor([1, length], x))).value.array
        #expect(y.contains { $0.isNaN }, "\(name) of \(length), NaN at \(place): \(y)")
      }
    }
  }

  @Test func logSumExpOfInfinities() {
    let tape = Tape()
    let x = tape.variable(
      Tensor([3, 2], [-.infinity, -.infinity, .infinity, 1, -.infinity, 2]))
    let y = x.logSumExp()
    #expect(y.value == Tensor([-.infinity, .infinity, 2]))
    let gradient = tape.backward(from: y.sum())[x].array
    #expect(gradient[0...1] == [0, 0])
    #expect(gradient[4...5] == [0, 1])
  }

  @Test func logSumExpOfNothingIsTheLogarithmOfZero() {
    let y = Variable(constant: Tensor.zeros([2, 0])).logSumExp()
    #expect(y.value == Tensor([-.infinity, -.infinity]))
    #expect(Variable(constant: Tensor.zeros([2, 0])).softmax().shape == [2, 0])
    #expect(Variable(constant: Tensor.zeros([2, 0])).logSoftmax().shape == [2, 0])
  }

  @Test func softmaxOfExcludedEntries() {
    let tape = Tape()
    let x = tape.variable(Tensor([1, 3], [0, -.infinity, 0]))
    let y = x.softmax()
    #expect(y.value == Tensor([1, 3], [0.5, 0, 0.5]))
    let w = Variable(constant: Tensor([1, 3], [1, 5, 3]))
    #expect(tape.backward(from: (y * w).sum())[x] == Tensor([1, 3], [-0.5, 0, 0.5]))
  }

  /// A NaN or infinity at a masked place matters neither to the value nor to the gradient.
  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func masksKeepNonFiniteOut(_ bad: Float) {
    let mask = Tensor([2, 3], [1, 0, 1, 0, 0, 0])
    let tape = Tape()
    let x = tape.variable(Tensor([2, 3], [1, bad, 2, bad, bad, bad]))
    let y = x.sumRows(where: mask)
    #expect(y.value == Tensor([3, 0]))
    let w = Variable(constant: Tensor([2, bad]))
    #expect(
      tape.backward(from: (y * w).masked(by: Tensor([1, 0])).sum())[x].array == [2, 0, 2, 0, 0, 0])
  }

  /// Select before the function with the pole: log(0) at a masked place gives gradient 0, not NaN.
  @Test func maskedPolesHaveNoGradient() {
    let mask = Tensor([1, 0, 1])
    let tape = Tape()
    let x = tape.variable(Tensor([1, 0, 4]))
    let safe = x.masked(by: mask) + Variable(constant: Tensor([0, 1, 0]))
    let y = safe.log().masked(by: mask).sum()
    #expect(tape.backward(from: y)[x] == Tensor([1, 0, 0.25]))
  }

  @Test func productsPassNaNOn() {
    let a = Variable(constant: Tensor([2, 2], [.nan, 1, 1, 1]))
    let b = Variable(constant: Tensor(repeating: 1, [2, 20]))
    let y = a.matmul(b).value.array
    #expect(y[..<20].allSatisfy { $0.isNaN } && y[20...].allSatisfy { $0 == 2 })
    let relu = a.linear(Variable(constant: Tensor(repeating: 1, [3, 2])), relu: true).value.array
    #expect(relu[..<3].allSatisfy { $0.isNaN } && relu[3...].allSatisfy { $0 == 2 })
  }
}
