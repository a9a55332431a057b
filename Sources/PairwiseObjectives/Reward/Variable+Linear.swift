internal import PairwiseAutodiff
internal import PairwiseTensor

extension Variable {
  /// A value `[B]` and its slopes with respect to inputs, all computed elsewhere: in double precision, where
  /// exponents of some size would lose too many digits.
  ///
  /// - Parameter slopes: for each input, `[B]` or `[B, N]`, the slopes in its shape.
  static func linear(_ value: [Double], slopes: [(input: Variable, slope: [Double])]) -> Variable {
    var result = Variable(constant: Tensor(value.map { Float($0) }))
    for (input, slope) in slopes {
      // Exactly 0, with the slope as its gradient.
      let still = input - input.detached()
      let term = still * Variable(constant: Tensor(input.shape, slope.map { Float($0) }))
      result = result + (input.shape.rank > 1 ? term.sumRows() : term)
    }
    return result
  }
}
