import PairwiseObjectives
import PairwiseTensor
import Testing

extension Objective {
  /// Evaluates on named vectors and matrices.
  func on(_ inputs: [InputName: Tensor]) throws -> ObjectiveResult {
    try evaluate(
      inputs.sorted { $0.key.text < $1.key.text }.map { (name: $0.key, tensor: $0.value) })
  }

  /// Evaluates on scores of both sides and other vectors.
  func on(
    _ chosen: [Float], _ rejected: [Float], _ more: [InputName: [Float]] = [:]
  ) throws -> ObjectiveResult {
    var inputs: [InputName: Tensor] = [
      .chosenScores: Tensor(chosen), .rejectedScores: Tensor(rejected),
    ]
    for (name, values) in more { inputs[name] = Tensor(values) }
    return try on(inputs)
  }
}

extension ObjectiveResult {
  subscript(_ name: InputName) -> [Double] {
    gradients.first { $0.name == name }?.tensor.array.map(Double.init) ?? []
  }

  var doubles: [Double] { losses.array.map(Double.init) }
}

/// What the refusal says, or nil if there is none.
func refusal(_ body: () throws -> ObjectiveResult) -> String? {
  do {
    _ = try body()
    return nil
  } catch {
    return "\(error)"
  }
}
