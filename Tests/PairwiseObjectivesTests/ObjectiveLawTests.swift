import PairwiseAutodiff
import PairwiseConfig
import PairwiseObjectives
import PairwiseTensor
import Testing

/// One row an objective: enough to try it on any scores. A new objective joins by a row.
struct ObjectiveCase: Sendable, CustomTestStringConvertible {
  var objective: any Objective
  /// Columns besides the scores, made for B pairs.
  var columns: @Sendable (Int) -> [(name: InputName, tensor: Tensor)] = { _ in [] }
  /// Whether only the difference of the scores matters.
  var seesOnlyTheMargin = true
  /// Whether a pair's loss is its own, whatever pairs stand beside it.
  var isPairwise = true
  /// What stands for the scores.
  var names: [InputName] = [.chosenScores, .rejectedScores]
  /// Added to the scores: log-probs must not be positive. A power of two, so that it costs no bits that
  /// the laws need.
  var offset: Float = 0

  /// A policy's objective: summed log-probs of both sides and, as columns, of the reference.
  static func policy(
    _ objective: any Objective, chosenOnly: Bool = false, seesOnlyTheMargin: Bool = true,
    isPairwise: Bool = true, hasReference: Bool = true
  ) -> ObjectiveCase {
    ObjectiveCase(
      objective: objective,
      columns: { count in
        let base = (0..<count).map { -16_384 - Float($0 % 5) * 0.25 }
        var columns: [(name: InputName, tensor: Tensor)] = []
        if hasReference {
          columns = [
            (.refChosenLogps, Tensor(base)), (.refRejectedLogps, Tensor(base.reversed())),
            (.weight, Tensor((0..<count).map { Float($0 % 3) + 0.5 })),
          ]
        }
        if objective.inputs.contains(where: { $0.name == .chosenLength }) {
          columns.append((.chosenLength, Tensor((0..<count).map { Float($0 % 4) + 1 })))
        }
        return columns
      }, seesOnlyTheMargin: seesOnlyTheMargin, isPairwise: isPairwise,
      names: chosenOnly ? [.policyChosenLogps] : [.policyChosenLogps, .policyRejectedLogps],
      offset: -16_384)
  }

  /// Losses far from 0 are rounded more coarsely.
  var slopeTolerance: Double { offset == 0 || names.count == 2 ? 3e-4 : 0.1 }

  func inputs(_ chosen: [Float], _ rejected: [Float]) -> [(name: InputName, tensor: Tensor)] {
    zip(names, [chosen, rejected]).map { ($0, Tensor($1.map { $0 + offset })) }
  }

  var testDescription: String { "\(type(of: objective).name) \(objective.inputs.map(\.name.text))" }
}

let objectiveCases: [ObjectiveCase] = [
  ObjectiveCase(objective: BradleyTerry()),
  ObjectiveCase(objective: BradleyTerry(margin: .constant(0.5), temperature: 2)),
  ObjectiveCase(objective: BradleyTerry(labelSmoothing: 0.2, reduction: .sum)),
  ObjectiveCase(
    objective: BradleyTerry(margin: .column, reduction: .meanBatch),
    columns: { count in
      [
        (.margin, Tensor((0..<count).map { Float($0) * 0.25 })),
        (.weight, Tensor((0..<count).map { Float($0 % 3) + 0.5 })),
      ]
    }),
  ObjectiveCase(
    objective: BradleyTerry(),
    columns: { count in
      [(.labelProbability, Tensor((0..<count).map { Float($0 % 5) * 0.25 }))]
    }),
  ObjectiveCase(objective: BradleyTerry(centerRewardsCoefficient: 0.1), seesOnlyTheMargin: false),
  .policy(DPO(beta: 0.5)),
  .policy(DPO(beta: 0.25, isReferenceFree: true), hasReference: false),
  .policy(
    SFT(.sequenceSum), chosenOnly: true, seesOnlyTheMargin: false, hasReference: false),
  .policy(
    SFT(.sequenceMean), chosenOnly: true, seesOnlyTheMargin: false, hasReference: false),
  .policy(
    SFT(.tokenMean), chosenOnly: true, seesOnlyTheMargin: false, isPairwise: false,
    hasReference: false),
  .policy(
    WeightedSum([.init(0.75, DPO(beta: 0.5)), .init(0.25, SFT(.sequenceMean))]),
    seesOnlyTheMargin: false),
]

/// Laws that hold for every objective on scores.
struct ObjectiveLawTests {
  private func scores(_ count: Int, _ seed: UInt64) -> [Float] {
    var random = CounterRandom(seed: seed, stream: "laws")
    return (0..<count).map { _ in Float(random.normal()) * 2 }
  }

  private func evaluate(_ row: ObjectiveCase, _ chosen: [Float], _ rejected: [Float]) throws
    -> ObjectiveResult
  {
    try row.objective.evaluate(row.inputs(chosen, rejected) + row.columns(chosen.count))
  }

  @Test(arguments: objectiveCases) func finiteEverywhere(row: ObjectiveCase) throws {
    for margin: Float in [0, 1e-30, 1, 30, 300, 1e4] {
      for sign: Float in [1, -1] {
        let result = try evaluate(row, [sign * margin, 0], [0, sign * margin])
        #expect(result.loss.isFinite)
        #expect(result.losses.firstNonFinite == nil)
        #expect(result.gradients.allSatisfy { $0.tensor.firstNonFinite == nil })
      }
    }
  }

  /// Adding a constant to all scores changes nothing, and the two gradients cancel.
  @Test(arguments: objectiveCases.filter(\.seesOnlyTheMargin))
  func onlyTheMarginMatters(row: ObjectiveCase) throws {
    // Multiples of 1/8 shifted by 4: exact in float32, so equality is exact too.
    let chosen = scores(16, 1).map { ($0 * 8).rounded() / 8 }
    let rejected = scores(16, 2).map { ($0 * 8).rounded() / 8 }
    let plain = try evaluate(row, chosen, rejected)
    let shifted = try evaluate(row, chosen.map { $0 + 4 }, rejected.map { $0 + 4 })
    #expect(plain.losses == shifted.losses)
    for (c, r) in zip(plain.gradients[0].tensor.array, plain.gradients[1].tensor.array) {
      #expect(c == -r)
    }
  }

  /// The losses of a batch are those of its pairs alone.
  @Test(arguments: objectiveCases.filter(\.isPairwise)) func batchesAreConcatenations(
    row: ObjectiveCase
  ) throws {
    let (chosen, rejected) = (scores(9, 3), scores(9, 4))
    let whole = try evaluate(row, chosen, rejected)
    for i in 0..<9 {
      var inputs = row.inputs([chosen[i]], [rejected[i]])
      for (name, tensor) in row.columns(9) where name != .weight {
        inputs.append((name, Tensor([tensor.array[i]])))
      }
      #expect(try row.objective.evaluate(inputs).losses.item == whole.losses.array[i])
    }
  }

  /// Shares of microbatches add up to the loss of the whole batch.
  @Test(arguments: objectiveCases) func sharesAddUp(row: ObjectiveCase) throws {
    let (chosen, rejected, columns) = (scores(10, 5), scores(10, 6), row.columns(10))
    let weights = columns.first { $0.name == .weight }?.tensor
    var totals = BatchTotals(pairs: 10, weights: weights)
    for name in row.objective.totals {
      let column = columns.first { $0.name == name }?.tensor.array ?? []
      totals.sums[name] = column.reduce(0) { $0 + Double($1) }
    }
    var split = LossSum()
    for range in [0..<3, 3..<4, 4..<10] {
      var x = ObjectiveInputs()
      for (name, tensor) in row.inputs(Array(chosen[range]), Array(rejected[range])) {
        x[name] = Variable(constant: tensor)
      }
      for (name, tensor) in columns {
        x[name] = Variable(constant: Tensor(Array(tensor.array[range])))
      }
      row.objective.value(x, of: totals).add(to: &split)
    }
    let whole = try evaluate(row, chosen, rejected).loss
    // A mean over tokens rounds each microbatch's part to float32 once.
    #expect(row.isPairwise ? split.value == whole : abs(split.value - whole) < 1e-6 * abs(whole))
  }

  /// Gradients against central differences of the loss. Steps of 2⁻⁶ on float32 losses of order 1 leave
  /// an error of about 1e-5 from rounding and 1e-4 from curvature.
  @Test(arguments: objectiveCases) func gradientsAreSlopes(row: ObjectiveCase) throws {
    let (chosen, rejected) = (scores(4, 7), scores(4, 8))
    let gradient = try evaluate(row, chosen, rejected).gradients[0].tensor.array
    for i in 0..<4 {
      var (up, down) = (chosen, chosen)
      up[i] += 0x1p-6
      down[i] -= 0x1p-6
      let slope =
        (try evaluate(row, up, rejected).loss - evaluate(row, down, rejected).loss) / 0x1p-5
      #expect(abs(slope - Double(gradient[i])) < row.slopeTolerance * max(1, abs(slope)))
    }
  }

  @Test func everyRegisteredObjectiveHasARow() {
    for type in objectives {
      #expect(objectiveCases.contains { Swift.type(of: $0.objective) == type }, "\(type.name)")
    }
  }

  @Test func namesAreUnique() {
    let names = objectives.flatMap { [$0.name] + $0.aliases }
    #expect(Set(names).count == names.count)
  }
}
