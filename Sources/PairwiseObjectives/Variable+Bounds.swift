internal import PairwiseAutodiff
internal import PairwiseTensor

extension Variable {
  /// min(x, bound): exactly x below the bound, and no gradient above it.
  func atMost(_ bound: Float) -> Variable {
    let mask = value.array.map { $0 <= bound ? Float(1) : 0 }
    guard mask.contains(0) else { return self }
    let rest = Tensor(shape, mask.map { $0 == 0 ? bound : 0 })
    return masked(by: Tensor(shape, mask)) + Variable(constant: rest)
  }
}
