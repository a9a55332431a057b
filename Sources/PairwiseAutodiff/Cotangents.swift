internal import CKernels
internal import PairwiseTensor

/// Gradients under way during a backward pass: one slot per node, and the flat block of parameters.
struct Cotangents {
  private let targets: [Tape.Target]
  private(set) var values: [Tensor?]
  private(set) var parameters: Tensor?

  init(targets: [Tape.Target], parameters: Tensor?) {
    self.targets = targets
    self.values = Array(repeating: nil, count: targets.count)
    self.parameters = parameters
  }

  /// Whether anybody wants the gradient of `variable`: constants have none.
  func wants(_ variable: Variable) -> Bool { variable.index >= 0 }

  /// Adds `gradient`, of the variable's shape, to what has arrived for `variable`.
  mutating func add(_ gradient: Tensor, to variable: Variable) {
    guard wants(variable) else { return }
    if case .parameter = targets[variable.index] {
      unsafe accumulate(into: variable) { block in
        unsafe pw_axpy(block, 1, gradient.pointer, gradient.count)
      }
    } else if values[variable.index] == nil {
      values[variable.index] = gradient
    } else {
      values[variable.index]?.add(gradient)
    }
  }

  /// Lets `body` add into the gradient of `variable` in place. For sums over rows of a batch: adding
  /// row after row gives the same bits however the rows are split over calls.
  mutating func accumulate(
    into variable: Variable, _ body: (_ gradient: UnsafeMutablePointer<Float>) -> Void
  ) {
    guard wants(variable) else { return }
    switch targets[variable.index] {
    case .parameter(let offset, let shape):
      precondition(
        parameters != nil, "backward: parameters on the tape, but no gradient block given")
      guard let total = parameters?.count, offset + shape.count <= total else {
        preconditionFailure("backward: gradient block is smaller than the parameters")
      }
      if let base = unsafe parameters?.mutablePointer() { unsafe body(base + offset) }
    case .tensor(let shape):
      var gradient = values[variable.index] ?? Tensor.zeros(shape)
      values[variable.index] = nil
      unsafe body(gradient.mutablePointer())
      values[variable.index] = gradient
    }
  }

  /// Runs the backward pass of a part of the graph that was recorded anew on a tape of its own, as if its
  /// nodes stood on this one: parameters' gradients go on in the same block, and those of `start`, the
  /// part's input, in the slot of `input`.
  mutating func sweep(
    _ tape: Tape, from end: Variable, gradient: Tensor, start: Variable, input: Variable
  ) {
    var before: Tensor?
    if wants(input), case .tensor = targets[input.index] { before = take(input.index) }
    var block = parameters
    parameters = nil  // the sweep must be the only owner, or adding would copy the block
    let found = tape.sweep(
      from: end, gradient: gradient, starting: before.map { (start, $0) }, parameters: &block)
    before = nil
    parameters = block
    guard wants(input), start.index < found.count, let slope = found[start.index] else { return }
    if case .tensor = targets[input.index] {
      values[input.index] = slope
    } else {
      add(slope, to: input)
    }
  }

  /// Puts a gradient into the empty slot of `variable`, for others to be added to.
  mutating func begin(_ variable: Variable, with gradient: Tensor) {
    values[variable.index] = gradient
  }

  /// Removes and returns the gradient of a node.
  mutating func take(_ index: Int) -> Tensor? {
    defer { values[index] = nil }
    return values[index]
  }
}
