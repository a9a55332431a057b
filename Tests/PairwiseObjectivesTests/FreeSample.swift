import PairwiseObjectives
import PairwiseTensor
import Testing

/// Fixture S of the methods document (section 1.8) with what objectives beyond pairs and a reference read.
enum FreeSample {
  static let all: [InputName: Tensor] = [
    .policyChosenLogps: [-12, -20.5, -8.25], .policyRejectedLogps: [-14, -18, -9.5],
    .refChosenLogps: [-13, -21, -8], .refRejectedLogps: [-13.5, -19.5, -9],
    .chosenLength: [5, 8, 3], .rejectedLength: [6, 7, 4],
    .rationaleLogps: [-30, -42.5, -18], .rationaleLength: [20, 30, 15],
    .textChosenLogps: [-15, -22, -9], .textRejectedLogps: [-14, -21, -10],
    .policyRefSampleLogps: [-11, -19, -9],
  ].mapValues { Tensor($0) }

  /// The chosen completions as desirable rows, then the rejected ones as undesirable rows.
  static let rows: [InputName: Tensor] = [
    .policyLogps: [-12, -20.5, -8.25, -14, -18, -9.5],
    .refLogps: [-13, -21, -8, -13.5, -19.5, -9], .label: [1, 1, 1, 0, 0, 0],
    .klLogRatios: [0.5, -0.25, 0.25, 0.75, 0.25, 0.3],
  ].mapValues { Tensor($0) }

  /// Evaluates with the inputs the objective declares, changed where `changes` has them.
  static func evaluate(
    _ objective: any Objective, _ sample: [InputName: Tensor] = all,
    changing changes: [InputName: Tensor] = [:]
  ) throws -> ObjectiveResult {
    let given = sample.merging(changes) { $1 }
    return try objective.evaluate(
      objective.inputs.compactMap { spec in
        if spec.isOptional && changes[spec.name] == nil { return nil }
        return given[spec.name].map { tensor in
          // One rejected completion of several.
          let isColumn = spec.shape.count == 2 && tensor.shape.rank == 1
          return (spec.name, isColumn ? tensor.reshaped([tensor.count, 1]) : tensor)
        }
      })
  }
}

extension ObjectiveResult {
  subscript(metric name: String) -> Double? { metrics.first { $0.name == name }?.value }

  /// ∂loss/∂input of every row, times the number of rows: the document's ∂L_i.
  func slopes(_ name: InputName) -> [Double] {
    let tensor = gradients.first { $0.name == name }?.tensor
    return tensor?.array.map { Double($0) * Double(losses.shape[0]) } ?? []
  }
}

/// Numbers of the document have ten decimals and ours are float32: a few units of the seventh digit.
func expectNear(
  _ found: [Double], _ expected: [Double], relative: Double = 1e-6,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, sourceLocation: sourceLocation)
  for (x, e) in zip(found, expected) {
    #expect(
      abs(x - e) <= relative * abs(e) + 2e-10, "\(x), expected \(e)",
      sourceLocation: sourceLocation)
  }
}

func expectNear(
  _ found: Tensor, _ expected: [Double], relative: Double = 1e-6,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  expectNear(
    found.array.map(Double.init), expected, relative: relative, sourceLocation: sourceLocation)
}
