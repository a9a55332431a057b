internal import PairwiseAutodiff
internal import PairwiseTensor

/// What one batch of completions, or of their tokens, may still move the policy by: min(ρ·A, clip(ρ, 1 − ε, 1 + ε)·A).
///
/// - Source: Schulman et al. 2017 (arXiv 1707.06347), eq. 7.
struct ClippedSurrogate {
  /// log π − log π_old, of any shape.
  private let logRatio: Variable
  /// Of that shape.
  private let advantages: Tensor
  private let clipRange: Float

  init(_ logRatio: Variable, _ advantages: Tensor, clipRange: Float) {
    (self.logRatio, self.advantages, self.clipRange) = (logRatio, advantages, clipRange)
  }

  /// Places that pull no more.
  var isClipped: [Bool] {
    zip(logRatio.exp().value.array, advantages.array).map { ratio, advantage in
      advantage > 0 ? ratio > 1 + clipRange : advantage < 0 && ratio < 1 - clipRange
    }
  }

  /// −min(ρ·A, clip(ρ)·A) at every place.
  var losses: Variable {
    let isFree = Tensor(
      advantages.shape,
      zip(isClipped, advantages.array).map { isClipped, advantage -> Float in
        isClipped || advantage == 0 ? 0 : 1
      })
    // Selected before the exponential: a ratio that is clipped may be too large to be computed.
    let free = logRatio.masked(by: isFree).exp()
    let moving = (free * Variable(constant: advantages)).masked(by: isFree)
    let bounds = advantages.array.enumerated().map { place, advantage -> Float in
      guard isFree[flat: place] == 0 else { return 0 }
      return (advantage > 0 ? 1 + clipRange : 1 - clipRange) * advantage
    }
    return -(moving + Variable(constant: Tensor(advantages.shape, bounds)))
  }
}
