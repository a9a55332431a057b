import PairwiseAutodiff
import PairwiseObjectives
import PairwiseTensor
import Testing

/// What the laws know of an objective. Its inputs, paired or not, vectors or matrices, are made from what it
/// declares; the first two differentiable ones stand for the chosen and the rejected side.
struct ObjectiveCase: Sendable, CustomTestStringConvertible {
  var objective: any Objective
  /// Optional inputs that are to be given.
  var optional: [InputName] = []
  /// Inputs that reach the loss on roads that are closed to gradients on purpose, too.
  var partlyConstant: Set<InputName> = []
  /// Whether only the difference of the two sides matters.
  var seesOnlyTheMargin = true

  /// An input that has to be larger than others.
  var raised: InputName?
  /// Values of inputs that not every number will do for, element by element and over again.
  var given: [InputName: [Float]] = [:]

  /// Rounding of float32 that the order of pairs may change, relative to a number.
  var rounding: Float = 1e-6

  init(
    _ objective: any Objective, with optional: [InputName] = [],
    partlyConstant: Set<InputName> = [], seesOnlyTheMargin: Bool = true,
    raising raised: InputName? = nil, giving given: [InputName: [Float]] = [:],
    rounding: Float = 1e-6
  ) {
    self.rounding = rounding
    self.raised = raised
    self.given = given
    self.objective = objective
    self.optional = optional
    self.partlyConstant = partlyConstant
    self.seesOnlyTheMargin = seesOnlyTheMargin
  }

  var testDescription: String { "\(type(of: objective).name) \(objective.inputs.map(\.name.text))" }

  /// Whether a pair's loss is its own, whatever pairs stand beside it.
  var isPairwise: Bool { !objective.isBatchDependent && objective.totals.isEmpty }

  /// The inputs that are given.
  private var specs: [InputSpec] {
    objective.inputs.filter { spec in
      if let other = spec.alternative, optional.contains(other) { return false }
      return !spec.isOptional || optional.contains(spec.name)
    }
  }

  /// Inputs where the two sides have the given values beyond `level`, which keeps log-probs negative; it is a
  /// power of two, so that it costs no bits that the laws need.
  func inputs(_ chosen: [Float], _ rejected: [Float], level: Float = -64) -> Inputs {
    var sides = [chosen, rejected]
    return specs.map { spec in
      let extents = spec.shape.map { extent in
        switch extent {
        case .fixed(let count): count
        // Three places for tokens, of which two hold one.
        case .symbol(let symbol): symbol == "B" ? chosen.count : symbol == "T" ? 3 : 2
        }
      }
      let shape = Shape(extents)
      let side = spec.isDifferentiable && !sides.isEmpty ? sides.removeFirst() : nil
      let width = shape.count / max(1, extents[0])
      let values = (0..<shape.count).map { index in
        if let side { return side[index / width] + (spec.values == .any ? 0 : level) }
        if let values = given[spec.name] { return values[index % values.count] }
        return spec.value(index, level: level) + (spec.name == raised ? 2 : 0)
      }
      return (spec.name, Tensor(shape, values))
    }
  }

  typealias Inputs = [(name: InputName, tensor: Tensor)]

  func evaluate(_ chosen: [Float], _ rejected: [Float], level: Float = -64) throws
    -> ObjectiveResult
  {
    try objective.evaluate(inputs(chosen, rejected, level: level))
  }

  /// Some rows of a batch. Learned numbers are no rows.
  func rows(_ range: Range<Int>, of inputs: Inputs) -> Inputs {
    inputs.map { name, tensor in
      let isRows = specs.contains { $0.name == name && $0.shape.first == .symbol("B") }
      return (name, isRows ? tensor.rows(range) : tensor)
    }
  }
}

extension InputSpec {
  /// A legal value for element `index`, different for neighbours and for inputs of different names.
  fileprivate func value(_ index: Int, level: Float) -> Float {
    let step = index + name.text.utf8.count
    switch values {
    case .any, .rating: return Float(step % 7) * 0.25
    case .greater(let bound): return bound + Float(step % 3) + 0.5
    case .logProbability: return level - Float(step % 5) * 0.25
    case .atLeast(1): return Float(step % 4) + 1
    case .atLeast(let bound): return bound + Float(step % 3) + 0.5
    case .boolean: return Float(step % 2)
    case .sign: return Float(step % 3) - 1
    case .side: return step % 2 == 0 ? 1 : -1
    case .whole(let low, let high): return Float(low + step % (high - low + 1))
    case .mask: return index % 3 == 0 ? 0 : 1
    case .closed(let low, let high): return low + (high - low) * Float(step % 5) * 0.25
    }
  }
}
