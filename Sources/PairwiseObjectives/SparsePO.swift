public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Preference optimization that learns which tokens count: masks weigh log-ratios and divergences token
/// by token, and are pushed towards 0.
///
/// ℓ = β·(Σ m_u·lr + Σ m_d·KL on the chosen side − the same on the rejected side),
/// loss = softplus(−ℓ) + λ_u·Σ m_u + λ_d·Σ m_d over both sides, where lr is a token's log-ratio to the
/// reference, KL its KL(π_ref ‖ π) over the vocabulary, and m_u, m_d ≥ 0 what a small network
/// (``TokenNetwork``) makes of the reference's hidden states where the token is predicted. The penalties
/// are sums over a pair's tokens, not divided by its length. Gradients flow through both divergences and
/// into the masks; the reference gets none.
///
/// With `mask_mode: common` one network gives m_u = m_d, and λ_u and λ_d are halved, because both count
/// the same mask. With masks of 1 and without penalties it is ``TDPO1``; with m_d = 0 besides it is DPO.
///
/// ## When to use
///
/// For pairs that differ in few decisive places, or to see where a preference sits: `report RUN --tokens` shows
/// the masks. It needs the reference live with its hidden states. Masks become sparse through l1_u and l1_d
/// only; without them they tend to grow, since larger masks lower the loss of a pair that is ranked right.
/// If all masks die the loss stays at ln 2: watch `masks/*/mean/*`.
///
/// ## Metrics
///
/// `rewards/*` are β·(Σ m_u·lr + Σ m_d·KL), so that their margin is ℓ (the authors' code subtracts the
/// divergence here). `kl/*` without and `kl_masked/*` with the mask. Of each mask
/// (`reward`, `kl`) and side `masks/reward/sparsity/chosen` and so on: per cent of exact zeros (`sparsity`),
/// `mean`, `max` and `l1` (sum over a completion).
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Christopoulou et al. 2024, "SparsePO" (arXiv 2410.05102); formulas as in the authors' released
///   code. How the networks start is a choice of ours.
public struct SparsePO: Objective {
  public static let name = "sparsepo"
  public static let summary = "token-level DPO with learned sparse masks on rewards and divergences"
  public static let formula = """
    l = beta [sum m_u (policy - ref) + sum m_d KL(ref || policy)]_chosen - [the same]_rejected
    loss = softplus(-l) + l1_u (sum m_u) + l1_d (sum m_d)   (sums over the tokens of both sides)
           common: m_u = m_d, and l1_u and l1_d are halved
    Christopoulou et al. 2024, arXiv 2410.05102 (the released code)
    """

  /// How many masks there are.
  public enum MaskMode: String, Sendable, CaseIterable {
    /// One network for both.
    case common
    /// Each its own.
    case independent
  }

  /// β > 0, default 0.1.
  public var beta: Float
  public var maskMode: MaskMode
  /// λ_u ≥ 0, default 0: pushes the mask on rewards towards 0.
  public var l1Reward: Float
  /// λ_d ≥ 0, default 0: the same for the mask on divergences.
  public var l1KL: Float
  /// Whether log-ratios are masked, default true.
  public var masksReward: Bool
  /// Whether divergences are masked, default true.
  public var masksKL: Bool
  /// 0 ..< 1, default 0.01: dropout inside the networks.
  public var maskDropout: Float
  /// ≥ 0, default 0.01: weight decay of the networks, in place of the optimizer's.
  public var maskWeightDecay: Double
  /// Layers that the networks read, default all.
  public var maskLayers: TokenNetwork.Layers

  public init(
    beta: Float = 0.1, maskMode: MaskMode, l1Reward: Float = 0, l1KL: Float = 0,
    masksReward: Bool = true, masksKL: Bool = true, maskDropout: Float = 0.01,
    maskWeightDecay: Double = 0.01, maskLayers: TokenNetwork.Layers = .all
  ) {
    (self.beta, self.maskMode) = (beta, maskMode)
    (self.l1Reward, self.l1KL) = (l1Reward, l1KL)
    (self.masksReward, self.masksKL) = (masksReward, masksKL)
    (self.maskDropout, self.maskWeightDecay) = (maskDropout, maskWeightDecay)
    self.maskLayers = maskLayers
  }

  public init(from reader: inout SectionReader) {
    beta = reader.value("beta", default: 0.1, .greater(than: 0), "Scale of the log-ratios.")
    maskMode = reader.requiredChoice(
      "mask_mode", fallback: .common,
      "One mask for log-ratios and divergences (common), or one each (independent).")
    l1Reward = reader.value("l1_u", default: 0, .atLeast(0), "Penalty on the mask of log-ratios.")
    l1KL = reader.value("l1_d", default: 0, .atLeast(0), "Penalty on the mask of divergences.")
    masksReward = reader.value("mask_on_reward", default: true, "Mask the log-ratios.")
    masksKL = reader.value("mask_on_kl", default: true, "Mask the divergences.")
    maskDropout = reader.value(
      "mask_dropout", default: 0.01, .range(0..<1), "Dropout inside the mask networks.")
    maskWeightDecay = reader.value(
      "mask_weight_decay", default: 0.01, .atLeast(0),
      "Weight decay of the mask networks, in place of the optimizer's.")
    maskLayers = reader.choice(
      "mask_layers", default: .all,
      "Layers of the reference that the mask networks read: all, or the last alone.")
  }

  public var inputs: [InputSpec] {
    InputSpec.tokenLogps + InputSpec.tokenKL
      + InputSpec.Side.allCases.flatMap { side in
        maskMode == .common
          ? [mask(side.sparseMask, side, "mask_network", optional: !masksReward && !masksKL)]
          : (masksReward ? [mask(side.rewardMask, side, "mask_network_reward")] : [])
            + (masksKL ? [mask(side.klMask, side, "mask_network_kl")] : [])
      }
  }

  private func mask(
    _ name: InputName, _ side: InputSpec.Side, _ network: String, optional: Bool = false
  ) -> InputSpec {
    .tokens(
      name, side,
      from: .network(
        TokenNetwork(
          network, layers: maskLayers, dropout: maskDropout, weightDecay: maskWeightDecay), side),
      isDifferentiable: true, isOptional: optional, .atLeast(0))
  }

  public var rewardScale: Double? { Double(beta) }

  /// A side with its masks, where it has them.
  private func masked(_ x: ObjectiveInputs, _ side: InputSpec.Side) -> MaskedSide {
    MaskedSide(
      x, side,
      reward: masksReward ? x[maskMode == .common ? side.sparseMask : side.rewardMask] : nil,
      kl: masksKL ? x[maskMode == .common ? side.sparseMask : side.klMask] : nil)
  }

  public var undecidedLoss: Double? { l1Reward == 0 && l1KL == 0 ? .ln2 : nil }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let (chosen, rejected) = (masked(x, .chosen), masked(x, .rejected))
    var losses = (-(beta * (chosen.reward - rejected.reward))).softplus()
    let share: Float = maskMode == .common ? 0.5 : 1
    for side in [chosen, rejected] {
      if l1Reward > 0, let mask = side.rewardMask {
        losses = losses + share * l1Reward * mask.abs().sumRows()
      }
      if l1KL > 0, let mask = side.klMask {
        losses = losses + share * l1KL * mask.abs().sumRows()
      }
    }
    return losses
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let (chosen, rejected) = (masked(x, .chosen), masked(x, .rejected))
    sums.addMasked(chosen, rejected, beta: beta)
    for (name, masks) in [
      ("reward", (chosen.rewardMask, rejected.rewardMask)),
      ("kl", (chosen.klMask, rejected.klMask)),
    ] {
      if let mask = masks.0 { sums.addMask("masks/\(name)", mask, of: chosen.side, "chosen") }
      if let mask = masks.1 { sums.addMask("masks/\(name)", mask, of: rejected.side, "rejected") }
    }
  }
}
