internal import PairwiseAutodiff
internal import PairwiseConfig

/// An objective that trains a policy on pairs and compares it with a reference, with β·log-ratio as the
/// implicit reward. Conforming leaves the parameters and `losses` to be written.
public protocol PairedPolicyObjective: Objective {
  /// β > 0: scales the log-ratios.
  var beta: Float { get }
}

extension PairedPolicyObjective {
  public var inputs: [InputSpec] {
    InputSpec.policyLogps + InputSpec.referenceLogps + [.sampleWeight]
  }

  public var rewardScale: Double? { Double(beta) }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addPolicyRewards(x, scale: beta)
  }

  /// z = β·[(pc − rc) − (pr − rr)], `[B]`: DPO's logit.
  func logit(_ x: ObjectiveInputs) -> Variable { beta * x.logRatioMargin }
}

// Parameters that several objectives have.
extension SectionReader {
  mutating func beta(default fallback: Float = 0.1) -> Float {
    value(
      "beta", default: fallback, .greater(than: 0),
      "Scale of the log-ratios: small values let the policy go further from the reference.")
  }

  mutating func labelSmoothing(_ doc: String) -> Double {
    value("label_smoothing", default: 0, .range(0..<0.5), doc)
  }
}
