internal import PairwiseAutodiff
internal import PairwiseTensor

/// How the negative log-likelihoods of completions become losses.
public enum NLLReduction: String, Sendable, CaseIterable {
  /// −Σ logp / Σ tokens over the whole batch: every token counts alike.
  case tokenMean = "token_mean"
  /// −logp / tokens of each completion: every completion counts alike.
  case sequenceMean = "seq_mean"
  /// −logp of each completion.
  case sequenceSum = "seq_sum"

  /// Losses `[b]` from summed log-probs `[b]` of the chosen completions.
  ///
  /// With `tokenMean` each element is the pair's own part, and the mean over the batch is the loss; where
  /// terms of the whole batch are to be shown, that mean stands in each.
  func losses(_ x: ObjectiveInputs, over span: NLLSpan = .response) -> Variable {
    let logps = span.logps(x)
    switch self {
    case .sequenceSum: return -logps
    case .sequenceMean: return -(logps / span.lengths(x))
    case .tokenMean:
      let parts = logps * Float(-Double(x.batchPairs) / span.totalLength(x))
      guard x.showsBatchTerms else { return parts }
      return parts.mean() + Variable(constant: Tensor.zeros(logps.shape))
    }
  }

  /// Adds `nll_loss`: what `losses` averages to over the batch.
  func measure(
    _ x: ObjectiveInputs, over span: NLLSpan = .response, into sums: inout MetricSums
  ) {
    guard self == .tokenMean else {
      return sums.mean("nll_loss", losses(x, over: span).value)
    }
    sums.mean(
      "nll_loss", sum: -BatchTotals.sum(span.logps(x).value),
      over: BatchTotals.sum(span.lengths(x).value))
  }
}

/// Which tokens a negative log-likelihood runs over.
public enum NLLSpan: String, Sendable, CaseIterable {
  /// The chosen completion.
  case response
  /// Prompt and chosen completion, as TRL's ORPO trainer has it.
  case all

  /// What it reads besides the completion's log-prob and length.
  var inputs: [InputSpec] {
    self == .response
      ? []
      : [
        .computed(.policyPromptLogps, .logProbability), .counted(.promptLength, .atLeast(0)),
      ]
  }

  /// What a mean over tokens divides by.
  var totals: [InputName] { self == .response ? [.chosenLength] : [.chosenLength, .promptLength] }

  func logps(_ x: ObjectiveInputs) -> Variable {
    let chosen = x[.policyChosenLogps]
    return self == .response ? chosen : chosen + x[.policyPromptLogps]
  }

  func lengths(_ x: ObjectiveInputs) -> Variable {
    let chosen = x[.chosenLength]
    return self == .response ? chosen : chosen + x[.promptLength]
  }

  func totalLength(_ x: ObjectiveInputs) -> Double { totals.reduce(0) { $0 + x.total($1) } }
}

extension InputName {
  /// log π(prompt), nats, summed over the tokens that have one before them, `[B]`.
  public static let policyPromptLogps: InputName = "policy_prompt_logps"
  /// Tokens of the prompt that were summed, `[B]`.
  public static let promptLength: InputName = "prompt_len"
}
