internal import PairwiseAutodiff
public import PairwiseTensor

/// Why a case or a set of inputs was refused: one sentence.
public struct ObjectiveError: Error, Equatable, Sendable, CustomStringConvertible {
  public var message: String
  public init(_ message: String) { self.message = message }
  public var description: String { message }
}

/// What an objective makes of given inputs.
public struct ObjectiveResult: Sendable {
  /// `[B]`, unreduced.
  public var losses: Tensor
  public var loss: Double
  /// d loss / d input, for every differentiable input that was given.
  public var gradients: [(name: InputName, tensor: Tensor)]
  public var metrics: [(name: String, value: Double)]
}

extension Objective {
  /// Checks named inputs against `inputs`: none missing, none unknown, shapes that agree, every value
  /// finite and in range, not all weights 0; then against each other (`problem(_:)`).
  public func check(_ given: [(name: InputName, tensor: Tensor)]) throws(ObjectiveError) {
    let specs = inputs
    for (name, _) in given where !specs.contains(where: { $0.name == name }) {
      let known = specs.map(\.name.text).joined(separator: ", ")
      throw ObjectiveError("\(name): not an input of \(Self.name), which takes \(known)")
    }
    var bound: [String: (extent: Int, by: InputName)] = [:]
    for spec in specs {
      guard let tensor = given.first(where: { $0.name == spec.name })?.tensor else {
        if spec.isOptional { continue }
        if let other = spec.alternative {
          if given.contains(where: { $0.name == other }) { continue }
          throw ObjectiveError("\(spec.name): missing, \(Self.name) needs it, or \(other)")
        }
        throw ObjectiveError("\(spec.name): missing, \(Self.name) needs it")
      }
      if let other = spec.alternative, given.contains(where: { $0.name == other }) {
        throw ObjectiveError("\(spec.name): \(Self.name) takes either it or \(other), found both")
      }
      try spec.checkShape(tensor.shape, &bound)
    }
    if let (rows, name) = bound["B"], rows < smallestBatch {
      throw ObjectiveError(
        "\(name): \(Self.name) needs a batch of at least \(smallestBatch) rows, found \(rows)")
    }
    for spec in specs {
      guard let tensor = given.first(where: { $0.name == spec.name })?.tensor else { continue }
      let mask = spec.mask.flatMap { name in given.first { $0.name == name }?.tensor }
      try spec.checkValues(tensor, where: mask)
    }
    if let problem = problem(given.map { ($0.name, $0.tensor) }) { throw ObjectiveError(problem) }
  }

  /// Losses, loss, gradients and metrics for named inputs, after checking them.
  public func evaluate(_ given: [(name: InputName, tensor: Tensor)]) throws(ObjectiveError)
    -> ObjectiveResult
  {
    try check(given)
    let tape = Tape()
    var x = ObjectiveInputs()
    var leaves: [(name: InputName, variable: Variable)] = []
    for spec in inputs {
      var tensor = given.first { $0.name == spec.name }?.tensor
      if tensor == nil, case .state(let initial) = spec.source { tensor = Tensor(initial) }
      guard let tensor else { continue }
      let variable = spec.isDifferentiable ? tape.variable(tensor) : Variable(constant: tensor)
      if spec.isDifferentiable { leaves.append((spec.name, variable)) }
      x[spec.name] = variable
    }
    let pairs = leaves.first?.variable.shape[0] ?? 0
    let totals = batchTotals(pairs: pairs, weights: x.optional(.weight)?.value) {
      x.optional($0)?.value
    }
    let value = value(x, of: totals)
    var sums = MetricSums()
    measure(x, into: &sums)
    if !trainsPolicy { sums.add(totals) }
    var loss = LossSum()
    value.add(to: &loss)
    x.batch = totals
    x.showsBatchTerms = true
    let shown = losses(x).value
    let gradients = tape.backward(from: value.share)
    return ObjectiveResult(
      losses: shown, loss: loss.value,
      gradients: leaves.map { ($0.name, gradients[$0.variable]) }, metrics: sums.values)
  }
}

extension InputSpec {
  /// Binds the symbols of this input's shape, or compares them with what earlier inputs bound.
  fileprivate func checkShape(_ found: Shape, _ bound: inout [String: (extent: Int, by: InputName)])
    throws(ObjectiveError)
  {
    let shape = isShareable && found.rank == shape.count - 1 ? Array(shape.dropFirst()) : shape
    guard found.rank == shape.count else {
      let expected = ["a number", "a vector", "a matrix", "a list of matrices"][min(shape.count, 3)]
      throw ObjectiveError("\(name): expected \(expected), found shape \(found)")
    }
    for (axis, extent) in shape.enumerated() {
      switch extent {
      case .fixed(let expected):
        if found[axis] != expected {
          throw ObjectiveError("\(name): expected \(expected) elements, found \(found[axis])")
        }
      case .symbol(let symbol):
        if found[axis] == 0 { throw ObjectiveError("\(name): the batch is empty") }
        if let (expected, other) = bound[symbol], expected != found[axis] {
          throw ObjectiveError(
            "\(name): expected extent \(expected) along \(symbol) as in \(other), found \(found[axis])"
          )
        }
        bound[symbol] = (found[axis], name)
      }
    }
  }

  /// - Parameter mask: 0 where a value does not matter.
  fileprivate func checkValues(_ whole: Tensor, where mask: Tensor?) throws(ObjectiveError) {
    let tensor = mask.map { Variable(constant: whole).masked(by: $0).value } ?? whole
    if values != .rating, let index = tensor.firstNonFinite {
      throw ObjectiveError("\(name): row \(row(of: index, in: tensor)) is not finite")
    }
    let array = tensor.array
    if values == .rating, array.allSatisfy(\.isNaN) {
      throw ObjectiveError("\(name): every value is missing, so there is nothing to learn from")
    }
    if values == .mask, let row = tensor.firstEmptyRow {
      throw ObjectiveError(
        "\(name): row \(row) has no tokens; was the response cut off by a length limit?")
    }
    if let index = array.firstIndex(where: { !values.allows($0) }) {
      throw ObjectiveError(
        "\(name): row \(row(of: index, in: tensor)): expected \(values.words), found \(array[index])"
      )
    }
    if name == .weight, array.allSatisfy({ $0 == 0 }) {
      throw ObjectiveError("\(name): all weights are 0, so no pair counts")
    }
  }

  private func row(of index: Int, in tensor: Tensor) -> Int {
    tensor.shape.rank == 0 ? 0 : index / max(1, tensor.count / max(1, tensor.shape[0]))
  }
}

extension Tensor {
  /// The first row of a matrix that holds nothing but zeros.
  fileprivate var firstEmptyRow: Int? {
    guard shape.rank == 2 else { return nil }
    let (rows, width) = (shape[0], shape[1])
    return withSpan { span in
      (0..<rows).first { row in (0..<width).allSatisfy { span[row * width + $0] == 0 } }
    }
  }
}
