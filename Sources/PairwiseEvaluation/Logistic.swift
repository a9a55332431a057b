internal import RealModule

/// The logistic functions of the methods reference, §0.3: finite and accurate for every finite x.
package enum Logistic {
  /// log(1 + eˣ) = max(x, 0) + log1p(e^−|x|), in nats.
  package static func softplus(_ x: Double) -> Double {
    max(x, 0) + Double.log(onePlus: Double.exp(-abs(x)))
  }

  /// 1 / (1 + e^−x), written so that the exponential never overflows.
  package static func sigmoid(_ x: Double) -> Double {
    if x >= 0 { return 1 / (1 + Double.exp(-x)) }
    let e = Double.exp(x)
    return e / (1 + e)
  }

  /// log(p / (1 − p)), the inverse of `sigmoid`, for 0 < p < 1.
  package static func logit(_ p: Double) -> Double {
    Double.log(p) - Double.log(onePlus: -p)
  }
}
