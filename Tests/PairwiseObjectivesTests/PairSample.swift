import PairwiseObjectives
import PairwiseTensor
import Testing

/// Fixture S of the methods document (section 1.8): three pairs with their reference and lengths, all exact
/// binary fractions. a = [1, ½, −¼], b = [−½, 3/2, −½].
enum PairSample {
  typealias Inputs = [(name: InputName, tensor: Tensor)]

  static let all: [InputName: [Float]] = [
    .policyChosenLogps: [-12, -20.5, -8.25], .policyRejectedLogps: [-14, -18, -9.5],
    .refChosenLogps: [-13, -21, -8], .refRejectedLogps: [-13.5, -19.5, -9],
    .chosenLength: [5, 8, 3], .rejectedLength: [6, 7, 4],
    .winProbabilityChosen: [0.9, 0.5, 0.7], .winProbabilityRejected: [0.1, 0.5, 0.3],
    .chosenScore: [2, 1, 0.5], .rejectedScore: [1, 0.5, 0.25], .offset: [1, 0.5, 0.25],
    .keepNoise: [0.5, 0.5, 0.5],
  ]

  /// What the objective has to be given.
  static func inputs(of objective: any Objective) -> Inputs {
    objective.inputs.compactMap { spec in
      spec.isOptional ? nil : all[spec.name].map { (spec.name, Tensor($0)) }
    }
  }

  static func evaluate(_ objective: any Objective) throws -> ObjectiveResult {
    try objective.evaluate(inputs(of: objective))
  }

  /// One pair with log-ratios a and b.
  static func pair(_ objective: any Objective, a: Float, b: Float) throws -> ObjectiveResult {
    try pairs(objective, a: [a], b: [b])
  }

  /// Pairs with log-ratios a and b from references of −2¹⁴, which costs no bits that matter here.
  static func pairs(_ objective: any Objective, a: [Float], b: [Float]) throws -> ObjectiveResult {
    let level: Float = -16_384
    return try objective.evaluate(
      objective.inputs.compactMap { spec -> (name: InputName, tensor: Tensor)? in
        if spec.isOptional { return nil }
        switch spec.name {
        case .policyChosenLogps: return (spec.name, Tensor(a.map { level + $0 }))
        case .policyRejectedLogps: return (spec.name, Tensor(b.map { level + $0 }))
        case .refChosenLogps, .refRejectedLogps:
          return (spec.name, Tensor(a.map { _ in level }))
        case .chosenLength, .rejectedLength: return (spec.name, Tensor(a.map { _ in 4 }))
        default:
          guard let value = all[spec.name]?[0] else { return nil }
          return (spec.name, Tensor(a.map { _ in value }))
        }
      })
  }
}

extension ObjectiveResult {
  /// ∂loss/∂pc and ∂loss/∂pr of every pair, times the number of pairs: the document's ∂L_i.
  var slopes: (chosen: [Double], rejected: [Double]) {
    func slopes(_ name: InputName) -> [Double] {
      let tensor = gradients.first { $0.name == name }?.tensor
      return tensor?.array.map { Double($0) * Double(losses.count) } ?? []
    }
    return (slopes(.policyChosenLogps), slopes(.policyRejectedLogps))
  }
}

/// Numbers of the document have ten decimals and ours are float32: equal to a few units of the seventh
/// digit, or of the tenth decimal.
func expectClose(
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
