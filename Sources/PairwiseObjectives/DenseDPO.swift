public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// DPO with a label for every segment instead of one for the pair.
///
/// Completions are cut into segments of `segment_len` tokens. With r_f the log-ratio of segment f of the
/// first (chosen) and s_f of the second (rejected) response, ℓ = β·Σ_f l_f·(r_f − s_f), loss =
/// softplus(−ℓ); l_f is 1 where the first response is better, −1 where the second is, 0 for a tie.
///
/// With one segment labelled 1, or with all labels 1, it is DPO. A pair with nothing but ties has the loss
/// ln 2 and no gradient.
///
/// ## When to use
///
/// For judgements of parts: of pairs neither of which is better throughout, where one label a pair says
/// little. It needs a column `segment_labels`, both responses cut into equally many segments, and per-token
/// log-probs of the reference.
///
/// ## Metrics
///
/// `rewards/*` are β times the log-ratios of the whole responses, whatever the labels.
/// `segments/labelled` is the share of segments with a label other than 0, `segments/unlabelled_pairs` the
/// share of pairs without any.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Wu et al. 2025, "DenseDPO" (arXiv 2506.03517), for video diffusion. The form for tokens follows
///   from it and is a choice of ours.
public struct DenseDPO: Objective {
  public static let name = "dense_dpo"
  public static let summary = "DPO with a label for every segment of the responses"
  public static let formula = """
    r_f, s_f = sums of policy - ref over segment f of the chosen and of the rejected response
    loss = softplus(-beta [sum over f of label_f (r_f - s_f)]),  label_f in -1, 0, 1
    after Wu et al. 2025, arXiv 2506.03517
    """

  /// β > 0, default 0.1.
  public var beta: Float
  /// Tokens of a segment, ≥ 1, no default.
  public var segmentLength: Int

  public init(beta: Float = 0.1, segmentLength: Int) {
    (self.beta, self.segmentLength) = (beta, segmentLength)
  }

  public init(from reader: inout SectionReader) {
    beta = reader.value("beta", default: 0.1, .greater(than: 0), "Scale of the log-ratios.")
    segmentLength = reader.required(
      "segment_len", fallback: 1, .atLeast(1), "Response tokens of a segment.")
  }

  public var inputs: [InputSpec] {
    InputSpec.tokenLogps
      + [
        InputSpec(
          .segmentLabels, shape: [.symbol("B"), .symbol("F")], from: .data,
          isDifferentiable: false, values: .sign)
      ]
  }

  public var rewardScale: Double? { Double(beta) }

  /// Segments of so many tokens.
  private func segments(_ tokens: Int) -> Int { (tokens - 1) / segmentLength + 1 }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    func tensor(_ name: InputName) -> Tensor? { given.first { $0.name == name }?.tensor }
    guard let labels = tensor(.segmentLabels), let chosen = tensor(.chosenMask),
      let rejected = tensor(.rejectedMask)
    else { return nil }
    var longest = 0
    let lengths = zip(TokenSide.lengths(chosen), TokenSide.lengths(rejected))
    for (row, (c, r)) in lengths.enumerated() {
      guard segments(c) == segments(r) else {
        return
          "segment_labels: row \(row): the responses have \(segments(c)) and \(segments(r)) segments, expected equally many"
      }
      longest = max(longest, segments(c))
      let own = min(segments(c), labels.shape[1])
      let beyond = (own..<labels.shape[1]).first { labels[flat: row * labels.shape[1] + $0] != 0 }
      if let beyond {
        return
          "segment_labels: row \(row): segment \(beyond) has a label, the responses have \(segments(c)) segments"
      }
    }
    guard labels.shape[1] >= longest else {
      return
        "segment_labels: \(labels.shape[1]) labels a row, but the longest response has \(longest) segments"
    }
    return nil
  }

  /// Σ l·lr over a side, `[B]`.
  private func labelled(_ side: TokenSide, _ labels: Tensor) -> Variable {
    let width = labels.shape[1]
    let weights = side.weights { row, token in
      let segment = token / segmentLength
      return segment < width ? labels[flat: row * width + segment] : 0
    }
    return (weights * side.ratios).sumRows()
  }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let labels = x[.segmentLabels].value
    let margin = labelled(x.chosenTokens, labels) - labelled(x.rejectedTokens, labels)
    return (-(beta * margin)).softplus()
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let (chosen, rejected) = (x.chosenTokens, x.rejectedTokens)
    let rewards = (beta * chosen.ratios.sumRows(), beta * rejected.ratios.sumRows())
    sums.add(PolicyFigures(chosen, rejected, rewards: rewards))
    let labels = x[.segmentLabels].value
    let width = labels.shape[1]
    var (labelled, count, unlabelled) = (0, 0, 0)
    for (row, length) in chosen.lengths.enumerated() {
      let own = min(width, segments(length))
      let found = (0..<own).count { labels[flat: row * width + $0] != 0 }
      labelled += found
      count += own
      if found == 0 { unlabelled += 1 }
    }
    sums.mean("segments/labelled", sum: Double(labelled), count: count)
    sums.mean(
      "segments/unlabelled_pairs", sum: Double(unlabelled), count: chosen.lengths.count)
  }
}
