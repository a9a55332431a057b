import PairwiseAutodiff
import PairwiseObjectives
import PairwiseTensor
import Testing

/// Regression on ratings, some of them missing: the worked examples of the methods reference, §2.1 and §2.2.
struct RatingTests {
  private let predictions = Tensor([2, 3], [2.5, 3, 1, 0.5, 4, 2])
  private let ratings = Tensor([2, 3], [3, .nan, 1, 1, 3, .nan])

  @Test func numbers() throws {
    for objective in [Regression(), MultiObjectiveRegression()] as [any Objective] {
      let result = try objective.on([.predictions: predictions, .ratings: ratings])
      #expect(result.loss == 0.375)
      #expect(result[.predictions] == [-0.25, 0, 0, -0.25, 0.5, 0])
      #expect(result[metric: "mse"] == 0.375)
      #expect(result[metric: "mse/1"] == 1)
      #expect(result[metric: "coverage/1"] == 0.5)
      #expect(result[metric: "coverage/0"] == 1)
    }
  }

  /// Ratings 0 … 4 as 10 … 90: the loss of predictions on that scale is 20² times the loss on the first.
  @Test func scaledTargets() throws {
    let scale = TargetScale(factor: 20, offset: 10)
    let moved = Tensor([2, 3], predictions.array.map { 20 * $0 + 10 })
    for objective in [Regression(scale: scale), MultiObjectiveRegression(scale: scale)]
      as [any Objective]
    {
      let result = try objective.on([.predictions: moved, .ratings: ratings])
      expectClose([result.loss], [400 * 0.375])
      expectClose(result[.predictions], [-5, 0, 0, -5, 10, 0])
      expectClose([result[metric: "mse/1"] ?? .nan], [400])
    }
  }

  /// A batch in parts is the same loss to the last bit, wherever ratings are missing: a part may have none.
  @Test func splitsAddUp() throws {
    let predictions = Tensor((0..<12).map { Float($0) * 0.3 }).reshaped([6, 2])
    var values = (0..<12).map { Float($0 * 5 % 7) }
    for missing in [2, 3, 4, 7, 9] { values[missing] = .nan }
    let ratings = Tensor([6, 2], values)
    let objective = Regression()
    let whole = try objective.on([.predictions: predictions, .ratings: ratings]).loss
    let totals = objective.batchTotals(pairs: 6, weights: nil) { _ in ratings }
    #expect(totals.sums[.ratings] == 7)
    for cuts in [[0, 1, 2, 3, 4, 5, 6], [0, 2, 6], [0, 5, 6]] {
      var sum = LossSum()
      for (start, end) in zip(cuts, cuts.dropFirst()) {
        var x = ObjectiveInputs()
        x[.predictions] = Variable(constant: predictions.rows(start..<end))
        x[.ratings] = Variable(constant: ratings.rows(start..<end))
        objective.value(x, of: totals).add(to: &sum)
      }
      #expect(sum.value == whole)
    }
  }

  /// Beside comparisons ratings have two rows a pair, and count as they do alone.
  @Test func besideComparisons() throws {
    let ratings = Tensor([4, 1], [1, .nan, 3, 2])
    let predictions = Tensor([4, 1], [0.5, 1, 1, 2.5])
    let sum = WeightedSum([.init(1, RegularBT()), .init(0.5, Regression())])
    var x = ObjectiveInputs()
    x[.chosenScores] = Variable(constant: Tensor([0.5, 1]))
    x[.rejectedScores] = Variable(constant: Tensor([0, 2]))
    x[.predictions] = Variable(constant: predictions)
    x[.ratings] = Variable(constant: ratings)
    var loss = LossSum()
    let totals = sum.batchTotals(pairs: 2, weights: nil) { x.optional($0)?.value }
    let value = sum.value(x, of: totals)
    #expect(value.losses.shape == [2])
    value.add(to: &loss)
    let alone = try Regression().on([.predictions: predictions, .ratings: ratings]).loss
    expectClose([loss.value], [try RegularBT().on([0.5, 1], [0, 2]).loss + 0.5 * alone])
  }

  @Test func refusals() {
    let none = Tensor([2, 3], [Float](repeating: .nan, count: 6))
    #expect(
      refusal { try Regression().on([.predictions: predictions, .ratings: none]) }
        == "ratings: every value is missing, so there is nothing to learn from")
    let column = Tensor([2, 3], [3, .nan, 1, 1, .nan, 2])
    #expect(
      refusal { try MultiObjectiveRegression().on([.predictions: predictions, .ratings: column]) }
        == "ratings: column 1 has no rating, so nothing to learn from")
    #expect(
      refusal { try Regression().on([.predictions: predictions, .ratings: column]) } == nil)
    let infinite = Tensor([2, 3], [3, .infinity, 1, 1, 0, 2])
    #expect(
      refusal { try Regression().on([.predictions: predictions, .ratings: infinite]) }
        == "ratings: row 0: expected a finite number, or none, found inf")
    let broken = Tensor([2, 3], [3, .nan, 1, 1, 0, 2])
    #expect(
      refusal { try Regression().on([.predictions: broken, .ratings: ratings]) }
        == "predictions: row 0 is not finite")
  }

  @Test func gradedDifferences() throws {
    let scores = Tensor([3, 3], [2, 3, 1, -1, -2, -2, 1, -1, 2])
    let zeros = Tensor([0, 0, 0] as [Float])
    let result = try GradedDifferenceRegression().on([
      .aScores: zeros, .bScores: zeros, .annotatorScores: scores,
    ])
    // Squares of the means 2, −5/3 and 2/3.
    expectClose(result.doubles, [4, 25.0 / 9, 4.0 / 9])
    #expect(result[metric: "sign_accuracy"] == 0)
    #expect(result[metric: "zero_targets"] == 0)
    expectClose([result[metric: "target_mean"] ?? .nan], [1.0 / 3])
  }

  /// g(1, 2) = (1.5, −1.2) and g(2, 1) = (−1.1, 1.6) are f = (1.3, −1.4); the second target is −5/3.
  @Test func jointDifferences() throws {
    let scores = Tensor([2, 3], [2, 3, 1, -1, -2, -2])
    let sides: [InputName: Tensor] = [
      .aJointScores: Tensor([1.5, -1.2]), .bJointScores: Tensor([-1.1, 1.6]),
      .annotatorScores: scores,
    ]
    let swapped: [InputName: Tensor] = [
      .aJointScores: Tensor([-1.1, 1.6]), .bJointScores: Tensor([1.5, -1.2]),
      .annotatorScores: Tensor([2, 3], scores.array.map { -$0 }),
    ]
    let joint = GradedDifferenceRegression(symmetry: .antisymmetrised)
    let result = try joint.on(sides)
    let errors = [1.3 - 2, -1.4 + 5.0 / 3]
    // Differences of numbers near 1.5 in single precision: 2e-7 beside them, and twice that in their squares.
    func expectNear(_ found: [Double], _ expected: [Double]) {
      #expect(found.count == expected.count)
      for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-6, "\(a), expected \(b)") }
    }
    expectNear(result.doubles, errors.map { $0 * $0 })
    expectNear(result[.aJointScores], errors.map { $0 / 2 })
    expectNear(result[.bJointScores], errors.map { -$0 / 2 })
    #expect(result[metric: "sign_accuracy"] == 1)
    #expect(try joint.on(swapped).losses == result.losses)
    let augment = GradedDifferenceRegression(symmetry: .augment)
    let both = try augment.on(sides)
    let orders = [(1.5 - 2, -1.1 + 2), (-1.2 + 5.0 / 3, 1.6 - 5.0 / 3)]
    expectNear(both.doubles, orders.map { ($0.0 * $0.0 + $0.1 * $0.1) / 2 })
    #expect(try augment.on(swapped).losses == both.losses)
    // Figures take predictions to the end of the scale at most; training does not.
    let clipped = try GradedDifferenceRegression(symmetry: .augment, scaleLimit: 1).on(sides)
    #expect(clipped.losses == both.losses)
    expectNear([clipped[metric: "mse"] ?? .nan], [(1 + 4.0 / 9) / 2])
  }

  /// Half the square up to δ, beyond it δ·(|e| − δ/2), with the slope ±δ.
  @Test func huber() throws {
    let result = try GradedDifferenceRegression(huberDelta: 1).on([
      .aScores: Tensor([0.5, 3, -4]), .bScores: Tensor([0, 0, 0] as [Float]),
      .annotatorScores: Tensor([3, 1], [0, 0, 0]),
    ])
    #expect(result.doubles == [0.125, 2.5, 3.5])
    expectClose(result[.aScores], [0.5 / 3, 1.0 / 3, -1.0 / 3])
    expectClose([result[metric: "mse"] ?? .nan], [25.25 / 3])
  }

  /// Roles swapped, signs swapped: the same loss.
  @Test func gradesAreAntisymmetric() throws {
    let (a, b) = (Tensor([1.5, -0.25] as [Float]), Tensor([0.5, 2] as [Float]))
    let scores = Tensor([2, 2], [1, .nan, -3, -2])
    let mirrored = Tensor([2, 2], scores.array.map { -$0 })
    let objective = GradedDifferenceRegression()
    #expect(
      try objective.on([.aScores: a, .bScores: b, .annotatorScores: scores]).losses
        == objective.on([.aScores: b, .bScores: a, .annotatorScores: mirrored]).losses)
    let empty = Tensor([2, 2], [1, .nan, .nan, .nan])
    #expect(
      refusal { try objective.on([.aScores: a, .bScores: b, .annotatorScores: empty]) }
        == "annotator_scores: row 1 has no score")
  }
}
