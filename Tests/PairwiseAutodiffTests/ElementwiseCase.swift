import PairwiseAutodiff
import PairwiseTensor
import PairwiseTestSupport
import Testing

/// One elementwise function: its closed form and derivative in Double, where it is defined, how far the
/// Float results may lie from them, and what it does with infinities.
struct ElementwiseCase: Sendable, CustomTestStringConvertible {
  let name: String
  let domain: ClosedRange<Float>
  /// Ulps of the value, given x.
  let valueUlps: @Sendable (Double) -> Double
  /// Ulps of the derivative, given x.
  let slopeUlps: @Sendable (Double) -> Double
  /// (value, slope) at −∞ and +∞: the mathematical limits, NaN outside of the domain.
  let atMinusInfinity: (Float, Float)
  let atInfinity: (Float, Float)
  let op: @Sendable (Variable) -> Variable
  let f: @Sendable (Double) -> Double
  let slope: @Sendable (Double) -> Double

  var testDescription: String { name }

  /// The edges of the domain where the function has a derivative, as a row of the gradient table.
  func opCase(step: OpCase.Step) -> OpCase {
    let x = Inputs.edges { domain.contains($0) && slope(Double($0)).isFinite }
    let worst = x.values.map { max(valueUlps($0), slopeUlps($0)) }.max() ?? 0
    return OpCase(
      name, [x], .init(value: worst, gradient: worst, scale: .result), step: step
    ) {
      op($0[0])
    } reference: {
      $0[0].map(f)
    }
  }

  /// Value and derivative at each of `x`.
  func evaluate(_ x: [Float]) -> (values: [Float], slopes: [Float]) {
    let tape = Tape()
    let input = tape.variable(Tensor(x))
    let y = op(input)
    let gradients = tape.backward(from: y.sum())
    return (y.value.array, gradients[input].array)
  }
}

extension ElementwiseCase {
  /// Edges, and numbers from denormals to 300 in both signs, as far as they are in the domain.
  var sweep: [Float] {
    var x = Inputs.edges
    for magnitude in stride(from: -148.0, through: 8, by: 0.0625) {
      let size = Float(_exp2(magnitude))
      x += [size, -size]
    }
    x += stride(from: -12, through: 12, by: 1.0 / 512)
    return x.filter { domain.contains($0) }
  }

  private func _exp2(_ x: Double) -> Double { DoubleMath.exp2(x) }
}
