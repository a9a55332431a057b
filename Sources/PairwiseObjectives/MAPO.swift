public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// ``SparsePO`` without anything to learn: tokens count by how active the reference is where it predicts
/// them.
///
/// ℓ = β·(Σ m·lr + Σ m·KL on the chosen side − the same on the rejected side), loss = softplus(−ℓ). The
/// mask m in 0 … 1 comes from the reference's activations: the mean over the width of each block's
/// feed-forward activations, of its queries, keys and values, and of its residual stream, and the mean of the
/// logits; each scaled to 0 … 1 over the tokens of a completion by its least and largest value, then averaged
/// over layers and over the four kinds. The activations at position t − 1 weigh token t. Where all are equal, as in a
/// completion of one token, the mask is 1: the method leaves it undefined.
///
/// ## When to use
///
/// As a control for learned masks, or where a mask network is too much to train. It costs what ``TDPO1``
/// costs. The least active token of every completion counts for nothing, whatever it says.
///
/// ## Metrics
///
/// `rewards/*` are β·(Σ m·lr + Σ m·KL), so that their margin is ℓ. `kl/*` without and `kl_masked/*` with
/// the mask. `masks/sparsity/chosen` (per cent of exact zeros), `mean`, `max`, `l1` of each side, and
/// `masks/undefined`: the share of completions whose mask is 1 throughout.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Christopoulou et al. 2024, "SparsePO" (arXiv 2410.05102), MaPO, as in the released code. The mask
///   of constant activations is a choice of ours.
public struct MAPO: Objective {
  public static let name = "mapo"
  public static let summary = "token-level DPO weighted by the reference's activations"
  public static let formula = """
    l = beta [sum m (policy - ref) + sum m KL(ref || policy)]_chosen - [the same]_rejected
    loss = softplus(-l),  m: the reference's mean activations, scaled to 0 ... 1 over a completion
    Christopoulou et al. 2024, arXiv 2410.05102 (the released code)
    """

  /// β > 0, default 0.1.
  public var beta: Float

  public init(beta: Float = 0.1) { self.beta = beta }

  public init(from reader: inout SectionReader) {
    beta = reader.value("beta", default: 0.1, .greater(than: 0), "Scale of the log-ratios.")
  }

  public var inputs: [InputSpec] {
    InputSpec.tokenLogps + InputSpec.tokenKL
      + InputSpec.Side.allCases.map { side in
        .tokens(side.sparseMask, side, from: .activation(side), .atLeast(0))
      }
  }

  public var rewardScale: Double? { Double(beta) }

  private func masked(_ x: ObjectiveInputs, _ side: InputSpec.Side) -> MaskedSide {
    let mask = x[side.sparseMask].detached()
    return MaskedSide(x, side, reward: mask, kl: mask)
  }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    (-(beta * (masked(x, .chosen).reward - masked(x, .rejected).reward))).softplus()
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let (chosen, rejected) = (masked(x, .chosen), masked(x, .rejected))
    sums.addMasked(chosen, rejected, beta: beta)
    var undefined = 0
    for (name, side) in [("chosen", chosen), ("rejected", rejected)] {
      guard let mask = side.rewardMask else { continue }
      sums.addMask("masks", mask, of: side.side, name)
      undefined += MAPO.constantRows(mask.value, side.side.mask)
    }
    sums.mean("masks/undefined", sum: Double(undefined), count: 2 * chosen.side.mask.shape[0])
  }

  /// Completions whose mask is 1 at every token.
  private static func constantRows(_ mask: Tensor, _ places: Tensor) -> Int {
    let width = mask.shape[1]
    return (0..<mask.shape[0]).count { row in
      (row * width..<(row + 1) * width).allSatisfy { places[flat: $0] == 0 || mask[flat: $0] == 1 }
    }
  }
}
