/// A vector in a reward model's embedding space that takes a systematic bias out of its scores.
///
/// e₊ = n(e + b), e₋ = n(e − b), ẽ = e₋ + ω·(e₊ − e₋), with n the scaling to length 1; the reward is the
/// score of a response's embedding against ẽ instead of e. b is learned with generator and reward model
/// frozen, by raising the mean score of the generator's own samples.
///
/// With the dot product the best ‖b‖ is infinite, where the prompt is forgotten: keep b in a ball.
///
/// - Source: Chen et al. 2025, "Taming Preference Mode Collapse via Directional Decoupling Alignment in
///   Diffusion RL", arXiv 2512.24146.
public struct DirectionalCorrection: Sendable, Equatable {
  /// How an embedding scores against the corrected one.
  public enum Score: String, Sendable, CaseIterable {
    case dot, cosine = "cos"
  }

  /// e of the prompt, `[D]`.
  public let embedding: [Double]
  /// ω ≥ 1; 1 is the plain addition of b.
  public let omega: Double
  public let score: Score

  /// - Throws: `EvaluationError` for an embedding of zeros or one that is not finite, or another ω.
  public init(
    embedding: [Double], omega: Double = 1.5, score: Score = .dot
  ) throws(EvaluationError) {
    try EvaluationError.check(embedding, "prompt embedding")
    guard Self.length(embedding) > 0 else {
      throw .outOfRange("prompt embedding", row: nil, found: "zeros", expected: "a direction")
    }
    guard omega >= 0.5, omega <= 1e6 else {
      throw .outOfRange("omega", row: nil, found: "\(omega)", expected: "0.5 … 1e6")
    }
    (self.embedding, self.omega, self.score) = (embedding, omega, score)
  }

  /// ẽ, `[D]`; nil if e + b or e − b is 0.
  public func corrected(by b: [Double]) -> [Double]? {
    guard let plus = Self.unit(zip(embedding, b).map { $0 + $1 }),
      let minus = Self.unit(zip(embedding, b).map { $0 - $1 })
    else { return nil }
    return zip(minus, plus).map { $0 + omega * ($1 - $0) }
  }

  /// The corrected score of a response's embedding; nil where there is none.
  public func reward(of response: [Double], by b: [Double]) -> Double? {
    guard let target = corrected(by: b) else { return nil }
    let product = Self.dot(response, target)
    if score == .dot { return product }
    let lengths = Self.length(response) * Self.length(target)
    return lengths > 0 ? product / lengths : nil
  }

  /// The gradient in b of the mean reward of several responses, `[D]`; nil where there is none.
  public func slope(of responses: [[Double]], at b: [Double]) -> [Double]? {
    let sums = zip(embedding, b).map { $0 + $1 }
    let gaps = zip(embedding, b).map { $0 - $1 }
    guard let target = corrected(by: b), !responses.isEmpty else { return nil }
    // ∂(mean reward)/∂ẽ first.
    let size = Self.length(target)
    var outer = [Double](repeating: 0, count: b.count)
    for response in responses {
      let norm = Self.length(response)
      guard score == .dot || (norm > 0 && size > 0) else { return nil }
      let cosine = score == .dot ? 0 : Self.dot(response, target) / (norm * size)
      for k in outer.indices {
        outer[k] +=
          (score == .dot
            ? response[k] : response[k] / (norm * size) - cosine * target[k] / (size * size))
          / Double(responses.count)
      }
    }
    // ẽ = ω·n(e + b) + (1 − ω)·n(e − b), and ∂n(u)/∂u = (I − n·nᵀ)/‖u‖.
    return zip(Self.pulled(outer, through: sums), Self.pulled(outer, through: gaps))
      .map { omega * $0 - (1 - omega) * $1 }
  }

  /// The b that raises the mean reward by gradient steps, kept within a length after each; nil if some step
  /// leads to a place without reward.
  public func fit(
    _ responses: [[Double]], start: [Double], steps: Int = 2000, rate: Double = 0.05,
    maxLength: Double? = 1
  ) -> [Double]? {
    var b = start
    for _ in 0..<steps {
      guard let slope = slope(of: responses, at: b) else { return nil }
      b = zip(b, slope).map { $0 + rate * $1 }
      if let maxLength, Self.length(b) > maxLength {
        let scale = maxLength / Self.length(b)
        b = b.map { $0 * scale }
      }
    }
    return b
  }

  private static func pulled(_ outer: [Double], through u: [Double]) -> [Double] {
    let size = length(u)
    let along = dot(outer, u) / (size * size)
    return zip(outer, u).map { ($0 - along * $1) / size }
  }

  private static func unit(_ u: [Double]) -> [Double]? {
    let size = length(u)
    return size > 0 ? u.map { $0 / size } : nil
  }

  private static func length(_ u: [Double]) -> Double { dot(u, u).squareRoot() }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
