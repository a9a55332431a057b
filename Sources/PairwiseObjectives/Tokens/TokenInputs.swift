internal import PairwiseAutodiff
internal import PairwiseTensor

// Inputs with one value a token, `[B, T]`: T is the length of the longest completion of the batch, and a
// mask says which places hold tokens.
extension InputName {
  /// log π(token) in nats.
  public static let policyChosenTokenLogps: InputName = "policy_chosen_token_logps"
  public static let policyRejectedTokenLogps: InputName = "policy_rejected_token_logps"
  /// The same under the reference.
  public static let refChosenTokenLogps: InputName = "ref_chosen_token_logps"
  public static let refRejectedTokenLogps: InputName = "ref_rejected_token_logps"
  /// 1 at the tokens of the completion, 0 at prompt and padding.
  public static let chosenMask: InputName = "chosen_mask"
  public static let rejectedMask: InputName = "rejected_mask"
  /// KL(π_ref ‖ π) over the vocabulary where the token is predicted, nats ≥ 0.
  public static let chosenTokenKL: InputName = "chosen_token_kl"
  public static let rejectedTokenKL: InputName = "rejected_token_kl"
  /// log Σ π² over the vocabulary where the token is predicted, nats.
  public static let chosenTokenLogSumSquares: InputName = "chosen_token_log_sum_sq_probs"
  public static let rejectedTokenLogSumSquares: InputName = "rejected_token_log_sum_sq_probs"
  /// How much a token counts, ≥ 0.
  public static let chosenSparseMask: InputName = "chosen_sparse_mask"
  public static let rejectedSparseMask: InputName = "rejected_sparse_mask"
  public static let chosenRewardMask: InputName = "chosen_reward_mask"
  public static let rejectedRewardMask: InputName = "rejected_reward_mask"
  public static let chosenKLMask: InputName = "chosen_kl_mask"
  public static let rejectedKLMask: InputName = "rejected_kl_mask"
  /// Which response is better on each segment, `[B, F]`: 1 the first (chosen), −1 the other, 0 neither.
  public static let segmentLabels: InputName = "segment_labels"
}

extension InputSpec.Side {
  var mask: InputName { self == .chosen ? .chosenMask : .rejectedMask }
  var policy: InputName { self == .chosen ? .policyChosenTokenLogps : .policyRejectedTokenLogps }
  var reference: InputName { self == .chosen ? .refChosenTokenLogps : .refRejectedTokenLogps }
  var kl: InputName { self == .chosen ? .chosenTokenKL : .rejectedTokenKL }
  var logSumSquares: InputName {
    self == .chosen ? .chosenTokenLogSumSquares : .rejectedTokenLogSumSquares
  }
  var sparseMask: InputName { self == .chosen ? .chosenSparseMask : .rejectedSparseMask }
  var rewardMask: InputName { self == .chosen ? .chosenRewardMask : .rejectedRewardMask }
  var klMask: InputName { self == .chosen ? .chosenKLMask : .rejectedKLMask }
}

extension InputSpec {
  /// One value a token of a side, `[B, T]`.
  static func tokens(
    _ name: InputName, _ side: Side, from source: Source, isDifferentiable: Bool = false,
    isOptional: Bool = false, _ values: ValueRule = .any
  ) -> InputSpec {
    InputSpec(
      name, shape: [.symbol("B"), .symbol("T")], from: source, isDifferentiable: isDifferentiable,
      isOptional: isOptional, values: values, mask: name == side.mask ? nil : side.mask)
  }

  /// For both sides.
  static func tokens(
    _ name: (Side) -> InputName, from source: Source, isDifferentiable: Bool = false,
    _ values: ValueRule = .any
  ) -> [InputSpec] {
    Side.allCases.map {
      .tokens(name($0), $0, from: source, isDifferentiable: isDifferentiable, values)
    }
  }

  /// Per-token log-probs of policy and reference, and where they count.
  static let tokenLogps: [InputSpec] =
    tokens(\.policy, from: .model, isDifferentiable: true, .logProbability)
    + tokens(\.reference, from: .reference, .logProbability)
    + tokens(\.mask, from: .counted, .mask)

  /// The same of one side.
  static func tokenLogps(of side: Side) -> [InputSpec] {
    [
      .tokens(side.policy, side, from: .model, isDifferentiable: true, .logProbability),
      .tokens(side.reference, side, from: .reference, .logProbability),
      .tokens(side.mask, side, from: .counted, .mask),
    ]
  }

  /// KL(π_ref ‖ π), token by token.
  static let tokenKL = tokens(\.kl, from: .model, isDifferentiable: true, .atLeast(-1e-6))
}

/// One side of a batch, token by token. Places without a token hold 0 from here on.
struct TokenSide {
  /// 1 at tokens, `[B, T]`.
  let mask: Tensor
  /// log π and log π − log π_ref, `[B, T]`, nats.
  let logps: Variable
  let ratios: Variable

  init(_ x: ObjectiveInputs, _ side: InputSpec.Side) {
    mask = x[side.mask].value
    logps = x[side.policy].masked(by: mask)
    ratios = logps - x[side.reference].masked(by: mask)
  }

  /// An input of this side, 0 where there is no token.
  func selected(_ input: Variable) -> Variable { input.masked(by: mask) }

  /// Tokens of each completion, `[B]`.
  var lengths: [Int] { TokenSide.lengths(mask) }

  static func lengths(_ mask: Tensor) -> [Int] {
    let (rows, width) = (mask.shape[0], mask.shape[1])
    return mask.withSpan { span in
      (0..<rows).map { row in (0..<width).count { span[row * width + $0] != 0 } }
    }
  }

  /// A constant `[B, T]` from row and number of each token, counted from 0; 0 elsewhere.
  func weights(_ weight: (_ row: Int, _ token: Int) -> Float) -> Variable {
    let (rows, width) = (mask.shape[0], mask.shape[1])
    let values = mask.withSpan { span in
      Tensor(mask.shape) { out in
        for row in 0..<rows {
          var token = 0
          for place in row * width..<(row + 1) * width {
            out[place] = span[place] != 0 ? weight(row, token) : 0
            if span[place] != 0 { token += 1 }
          }
        }
      }
    }
    return Variable(constant: values)
  }
}

extension ObjectiveInputs {
  var chosenTokens: TokenSide { TokenSide(self, .chosen) }
  var rejectedTokens: TokenSide { TokenSide(self, .rejected) }
}
