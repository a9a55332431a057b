public import PairwiseTensor

/// A tensor on a tape: what objectives and models compute with.
///
/// A variable without a tape is a constant. Operations on constants record nothing, so the same code
/// evaluates and trains.
public struct Variable {
  /// The value; its shape is the variable's shape.
  public let value: Tensor
  let tape: Tape?
  let index: Int

  init(value: Tensor, tape: Tape?, index: Int) {
    self.value = value
    self.tape = tape
    self.index = index
  }

  /// A constant: no gradient flows into it.
  public init(constant value: Tensor) {
    self.init(value: value, tape: nil, index: -1)
  }

  public var shape: Shape { value.shape }

  /// The same value without history: gradients stop here.
  public func detached() -> Variable { Variable(constant: value) }

  /// Whether gradients flow back from this variable.
  public var isDifferentiable: Bool { tape != nil }

  /// Records an operation with one input.
  func unary(_ value: Tensor, _ pullback: @escaping (Tensor, inout Cotangents) -> Void) -> Variable
  {
    guard let tape else { return Variable(constant: value) }
    return tape.record(value, pullback)
  }

  /// Records an operation with several inputs. Traps if they belong to different tapes.
  static func record(
    _ value: Tensor, from inputs: [Variable],
    _ pullback: @escaping (Tensor, inout Cotangents) -> Void
  ) -> Variable {
    var tape: Tape?
    for input in inputs where input.tape != nil {
      precondition(tape == nil || tape === input.tape, "variables of two tapes in one operation")
      tape = input.tape
    }
    guard let tape else { return Variable(constant: value) }
    return tape.record(value, pullback)
  }

  /// A handle on this variable without its value, for pullbacks: keeping the value alive for longer
  /// than needed would cost memory, and a parameter's would make the optimizer copy its block.
  var handle: Variable { Variable(value: Variable.empty, tape: nil, index: index) }

  private static let empty = Tensor.scalar(0)
}
