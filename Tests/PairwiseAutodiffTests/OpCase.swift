import PairwiseAutodiff
import PairwiseTensor
import PairwiseTestSupport
import Testing

/// One row of the gradient-check table: an operation, the same function written naively in Double,
/// the inputs to try, and how close the two must be.
struct OpCase: Sendable, CustomTestStringConvertible {
  /// How far Float results may lie from the Double reference.
  struct Tolerance: Sendable {
    /// In ulps of the value's and of the gradient's scale.
    var value: Double, gradient: Double
    /// `.result`: of the number itself. Right for elementwise operations: there is nothing to cancel.
    /// `.terms`: of |result| + Σ |∂result/∂x·x|, the size of what was added up; a Float sum cannot do
    /// better than a few ulps of its largest partial sum.
    var scale: Scale
    /// Error allowed for values whatever their size.
    var absolute = 0.0

    enum Scale: Sendable { case result, terms }
  }

  /// Step of the central difference: a fixed 2⁻¹⁰ suits functions that vary on the scale of 1; 2⁻¹⁰·|x|
  /// is for poles and kinks at 0 (log, division, abs), which the stencil must not reach.
  enum Step: Sendable { case fixed, relative }

  let name: String
  let inputs: [DoubleTensor]
  let tolerance: Tolerance
  let step: Step
  /// `floors[operand][element]`: size of the terms a gradient is a difference of, where the Jacobian
  /// does not show it. Empty, or those of an operand: none.
  let floors: [[Double]]
  let op: @Sendable ([Variable]) -> Variable
  let reference: @Sendable ([DoubleTensor]) -> DoubleTensor

  init(
    _ name: String, _ inputs: [DoubleTensor], _ tolerance: Tolerance, step: Step = .fixed,
    floors: [[Double]] = [], _ op: @escaping @Sendable ([Variable]) -> Variable,
    reference: @escaping @Sendable ([DoubleTensor]) -> DoubleTensor
  ) {
    self.name = name
    self.inputs = inputs
    self.tolerance = tolerance
    self.step = step
    self.floors = floors
    self.op = op
    self.reference = reference
  }

  var testDescription: String { "\(name) \(inputs.map(\.shape))" }

  var tensors: [Tensor] {
    inputs.map { Tensor(Shape($0.shape), $0.values.map(Float.init)) }
  }

  /// The factors of the scalar loss Σ w·op(x): signs mixed, none near 0.
  func weights(_ count: Int) -> [Float] {
    var numbers = SeededNumbers(7)
    return numbers.floats(count, in: 0.5...1.5).enumerated().map {
      $0.offset % 3 == 1 ? -$0.element : $0.element
    }
  }
}

/// Value and gradients of one run of the operation on a fresh tape.
struct Evaluation: Equatable {
  var value: Tensor
  var gradients: [Tensor]
}

extension OpCase {
  /// Runs the operation `uses` times on the same inputs and adds up the losses. Inputs outside
  /// `differentiable` are constants; their gradients are reported as zeros.
  func evaluate(uses: Int = 1, differentiable: Set<Int>? = nil) -> Evaluation {
    let tape = Tape()
    let variables = tensors.enumerated().map { i, tensor in
      differentiable?.contains(i) ?? true ? tape.variable(tensor) : Variable(constant: tensor)
    }
    let (value, loss) = total(of: variables, uses: uses)
    let gradients = tape.backward(from: loss)
    return Evaluation(value: value, gradients: variables.map { gradients[$0] })
  }

  /// The same with the inputs as slices of one parameter block; gradients come from the flat block.
  func evaluateAsParameters() -> Evaluation {
    let tape = Tape()
    var (offset, offsets) = (3, [Int]())
    let variables = tensors.map { tensor in
      offsets.append(offset)
      defer { offset += tensor.count + 5 }
      return tape.parameter(tensor, offset: offset)
    }
    var block = Tensor.zeros([offset])
    let (value, loss) = total(of: variables, uses: 1)
    tape.backward(from: loss, into: &block)
    let flat = block.array
    return Evaluation(
      value: value,
      gradients: zip(offsets, tensors).map { start, tensor in
        Tensor(tensor.shape, Array(flat[start..<start + tensor.count]))
      })
  }

  private func total(of variables: [Variable], uses: Int) -> (value: Tensor, loss: Variable) {
    let y = op(variables)
    let w = Variable(constant: Tensor(y.shape, weights(y.value.count)))
    var loss = (y * w).sum()
    for _ in 1..<uses { loss = loss + (op(variables) * w).sum() }
    return (y.value, loss)
  }

  /// Value of the reference, and its Jacobian by central differences: `jacobian[input][element][output]`.
  func differentiateReference() -> (value: DoubleTensor, jacobian: [[[Double]]]) {
    let value = reference(inputs)
    let jacobian = inputs.indices.map { operand in
      inputs[operand].values.indices.map { element in slopes(operand, element) }
    }
    return (value, jacobian)
  }

  func stepSize(_ x: Double) -> Double {
    step == .fixed || x == 0 ? 0x1p-10 : 0x1p-10 * abs(x)
  }

  /// (f(x−2h) − 8f(x−h) + 8f(x+h) − f(x+2h))/12h: the error is h⁴/30 of the fifth derivative.
  private func slopes(_ operand: Int, _ element: Int) -> [Double] {
    let h = stepSize(inputs[operand].values[element])
    func at(_ multiple: Double) -> [Double] {
      var moved = inputs
      moved[operand].values[element] += multiple * h
      return reference(moved).values
    }
    let (a, b, c, d) = (at(-2), at(-1), at(1), at(2))
    return a.indices.map { ((a[$0] - d[$0]) + 8 * (c[$0] - b[$0])) / (12 * h) }
  }
}
