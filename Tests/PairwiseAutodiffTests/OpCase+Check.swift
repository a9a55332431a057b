import PairwiseAutodiff
import PairwiseTensor
import PairwiseTestSupport
import Testing

extension OpCase {
  /// Everything an operation owes: right values, right gradients by every route, the same bits twice.
  func check() {
    let (expected, jacobian) = differentiateReference()
    let found = evaluate()
    guard found.value.shape.array == expected.shape else {
      Issue.record("\(name): shape \(found.value.shape), expected \(expected.shape)")
      return
    }
    checkValues(found.value, expected, jacobian)
    checkGradients(found.gradients, expected, jacobian, uses: 1)
    // Gradients of a value used twice add up.
    checkGradients(evaluate(uses: 2).gradients, expected, jacobian, uses: 2)
    checkRoutes(found)
  }

  private func checkValues(
    _ found: Tensor, _ expected: DoubleTensor, _ jacobian: [[[Double]]]
  ) {
    for (j, (value, exact)) in zip(found.array, expected.values).enumerated() {
      var scale = abs(exact)
      if tolerance.scale == .terms {
        for (operand, x) in inputs.enumerated() {
          for (i, element) in x.values.enumerated() {
            scale += abs(jacobian[operand][i][j] * element)
          }
        }
      }
      let limit = tolerance.value * Ulps.spacing(at: scale) + tolerance.absolute + tiny
      report("value[\(j)]", value, exact, limit)
    }
  }

  /// Products of numbers below 2^−126 lose digits in Float whatever one does.
  private var tiny: Double { 0x1p-126 }

  private func checkGradients(
    _ found: [Tensor], _ expected: DoubleTensor, _ jacobian: [[[Double]]], uses: Double
  ) {
    let w = weights(expected.count).map(Double.init)
    for (operand, gradient) in found.enumerated() {
      for (i, value) in gradient.array.enumerated() {
        var (exact, terms, noise) = (0.0, 0.0, 0.0)
        let h = stepSize(inputs[operand].values[i])
        for j in w.indices {
          let term = uses * w[j] * jacobian[operand][i][j]
          exact += term
          terms += abs(term)
          // What the stencil itself may be off by: rounding of f in Double, and its fifth derivative.
          noise += abs(uses * w[j]) * 0x1p-50 * abs(expected.values[j]) / h + 1e-11 * abs(term)
        }
        let floor =
          operand < floors.count && !floors[operand].isEmpty ? uses * floors[operand][i] : 0
        let scale = max(floor, tolerance.scale == .terms ? terms : abs(exact))
        let limit = tolerance.gradient * Ulps.spacing(at: scale) + noise + tiny
        report("gradient \(operand) [\(i)]", value, exact, limit)
      }
    }
  }

  private func report(_ what: String, _ found: Float, _ exact: Double, _ limit: Double) {
    if found == Float(exact) || abs(Double(found) - exact) <= limit { return }
    Issue.record(
      "\(name): \(what) is \(found), expected \(exact), off by \(abs(Double(found) - exact)), allowed \(limit)"
    )
  }

  /// Other ways to the same numbers, which must give the same bits.
  private func checkRoutes(_ found: Evaluation) {
    #expect(evaluate() == found, "\(name): a second evaluation differs")
    #expect(
      evaluateAsParameters() == found,
      "\(name): gradients of parameters differ from those of leaves")
    for operand in inputs.indices where inputs.count > 1 {
      let alone = evaluate(differentiable: [operand])
      #expect(alone.value == found.value, "\(name): value with constants differs")
      #expect(
        alone.gradients[operand] == found.gradients[operand],
        "\(name): gradient \(operand) with the others constant differs")
    }
    let constant = op(tensors.map(Variable.init(constant:)))
    #expect(!constant.isDifferentiable, "\(name): constants were recorded")
    #expect(constant.value == found.value, "\(name): value of constants differs")
  }
}
