public import PairwiseTensor

/// Records operations so that gradients can flow back through them.
///
/// Nodes are appended in the order of evaluation, which makes that order topological for free:
/// `backward` walks from the end and frees each node's captures as it passes. A class because every
/// variable made from it refers to the same record. Not `Sendable`: a tape stays in the function that
/// made it.
public final class Tape {
  /// Adds a node's gradient contributions to its parents.
  typealias Pullback = (_ dy: Tensor, _ cotangents: inout Cotangents) -> Void

  /// Where the gradient of a node goes.
  enum Target {
    /// A tensor of this shape, kept for the caller if the node is a leaf.
    case tensor(Shape)
    /// A slice of the flat parameter block: gradients go straight into the flat gradient block.
    case parameter(offset: Int, Shape)
  }

  private var targets: [Target] = []
  /// Nil for leaves and parameters. Apart from `targets`, so that the sweep holds the only reference.
  private var pullbacks: [Pullback?] = []
  private var isConsumed = false

  public init() {}

  /// A variable whose gradient `backward` returns.
  public func variable(_ value: Tensor) -> Variable {
    append(.tensor(value.shape), nil, value: value)
  }

  /// A variable standing for a slice of the flat parameter block that starts at `offset`.
  public func parameter(_ value: Tensor, offset: Int) -> Variable {
    append(.parameter(offset: offset, value.shape), nil, value: value)
  }

  func record(_ value: Tensor, _ pullback: @escaping Pullback) -> Variable {
    append(.tensor(value.shape), pullback, value: value)
  }

  private func append(_ target: Target, _ pullback: Pullback?, value: Tensor) -> Variable {
    precondition(!isConsumed, "tape: already used for a backward pass")
    targets.append(target)
    pullbacks.append(pullback)
    return Variable(value: value, tape: self, index: targets.count - 1)
  }

  /// Gradients of the scalar `loss` with respect to every leaf. Uses the tape up.
  ///
  /// Traps if `loss` is not a scalar of this tape.
  public func backward(from loss: Variable) -> Gradients {
    var none: Tensor? = nil
    return run(from: loss, parameters: &none)
  }

  /// The same, adding the gradients of parameters into their slices of `block`, one term after the
  /// other, so that several calls for parts of a batch add up to the bits of one call for the whole.
  @discardableResult
  public func backward(from loss: Variable, into block: inout Tensor) -> Gradients {
    var parameters: Tensor? = block
    block = Tensor.scalar(0)  // `parameters` must be the only owner, or adding would copy the block
    let gradients = run(from: loss, parameters: &parameters)
    if let filled = parameters { block = filled }
    return gradients
  }

  private func run(from loss: Variable, parameters: inout Tensor?) -> Gradients {
    precondition(
      loss.value.count == 1, "backward: loss has shape \(loss.value.shape), not one element")
    let values = sweep(
      from: loss, gradient: Tensor(repeating: 1, loss.value.shape), starting: nil,
      parameters: &parameters)
    return Gradients(values: values, tape: self)
  }

  /// Walks back from `end`, whose gradient is given, and returns the gradients of the leaves by index.
  /// `starting` is a leaf's gradient to add to.
  func sweep(
    from end: Variable, gradient: Tensor, starting: (leaf: Variable, gradient: Tensor)?,
    parameters: inout Tensor?
  ) -> [Tensor?] {
    precondition(!isConsumed, "tape: already used for a backward pass")
    isConsumed = true
    var cotangents = Cotangents(targets: targets, parameters: parameters)
    parameters = nil
    defer { parameters = cotangents.parameters }
    if let starting { cotangents.begin(starting.leaf, with: starting.gradient) }
    guard end.tape != nil else { return cotangents.values }  // a constant
    precondition(end.tape === self, "backward: loss belongs to another tape")
    targets = []
    cotangents.add(gradient, to: end)
    while let last = pullbacks.popLast() {
      guard let pullback = last, let dy = cotangents.take(pullbacks.count) else { continue }
      pullback(dy, &cotangents)
    }
    return cotangents.values
  }
}

/// Gradients of the leaves of a tape.
public struct Gradients {
  let values: [Tensor?]
  let tape: Tape

  /// d loss / d `leaf`, of the leaf's shape; zeros if the loss does not depend on it, or for a constant.
  ///
  /// Traps if `leaf` belongs to another tape.
  public subscript(leaf: Variable) -> Tensor {
    precondition(
      leaf.tape == nil || leaf.tape === tape, "gradients: the variable belongs to another tape")
    guard leaf.index >= 0, leaf.index < values.count, let value = values[leaf.index] else {
      return Tensor.zeros(leaf.value.shape)
    }
    return value
  }
}
