import Glibc
import PairwiseObjectives
import PairwiseTensor
import Testing

/// Likelihoods for noisy labels and graded strength: worked examples of the methods reference §1.2, §2.1–2.3 and
/// §3.2, and their identities.
struct StrengthTests {
  private let chosen: [Float] = [1.2, -0.3, 2.0]
  private let rejected: [Float] = [0.7, 0.4, -1.5]

  @Test func unbiasedNumbers() throws {
    let result = try BTUnbiased(flipRate: 0.2).on(chosen, rejected)
    // The last is a difference of terms near 1: float32 leaves it about 6e-8.
    #expect(
      zip(result.doubles, [0.3074103175, 1.3365193822, -1.1369162484]).allSatisfy {
        abs($0 - $1) < 3e-7
      })
    #expect(abs(result.loss - 0.1690044838) < 2e-7)
    expectClose([result[metric: "negative_losses"] ?? .nan], [1.0 / 3])
    #expect(
      try BTUnbiased(flipRate: 0).on(chosen, rejected).losses
        == RegularBT().on(chosen, rejected).losses)
  }

  /// Over flips at the rate ε the mean of the corrected loss is the clean one, pair by pair; smoothing is its
  /// counterpart, with the opposite sign.
  @Test(arguments: [0.1, 0.3, 0.45]) func unbiasedOverFlips(rate: Double) throws {
    let objective = BTUnbiased(flipRate: rate)
    let (right, wrong) = (
      try objective.on(chosen, rejected).doubles, try objective.on(rejected, chosen).doubles
    )
    let clean = try RegularBT().on(chosen, rejected).doubles
    for i in 0..<3 {
      #expect(abs((1 - rate) * right[i] + rate * wrong[i] - clean[i]) < 2e-6)
      let z = Double(chosen[i] - rejected[i])
      #expect(abs(right[i] - (clean[i] - rate / (1 - 2 * rate) * z)) < 3e-6)
    }
    let smooth = try BradleyTerry(labelSmoothing: Float(rate)).on(chosen, rejected).doubles
    for i in 0..<3 {
      #expect(abs(smooth[i] - (clean[i] + rate * Double(chosen[i] - rejected[i]))) < 1e-6)
    }
  }

  @Test(arguments: [
    (1 as Float, 0.7443966601, 0.3411538747, -0.5249791875, -0.2890504974),
    (2, 1.3873353251, 0.6823077495, -0.7502601056, -0.5781009947),
    (3, 2.2155195232, 1.0234616242, -0.8909031788, -0.8671514921),
  ])
  func grades(grade: Float, margin: Double, scaled: Double, slope: Double, steep: Double) throws {
    let grades: [InputName: [Float]] = [.strength: [grade]]
    let asked = try MarginBT().on([0.9], [0], grades)
    let weighted = try ScaledBT().on([0.9], [0], grades)
    expectClose([asked.loss, weighted.loss], [margin, scaled])
    expectClose(asked[.chosenScores] + weighted[.chosenScores], [slope, steep])
    expectClose([try RegularBT().on([0.9], [0]).loss], [0.3411538747])
  }

  @Test func batchOfGrades() throws {
    let (leads, grades): ([Float], [InputName: [Float]]) = (
      [0.9, -0.2, 1.5], [.strength: [1, 2, 3]]
    )
    let zeros = [Float](repeating: 0, count: 3)
    expectClose([try RegularBT().on(leads, zeros).loss], [0.4469020074])
    expectClose([try MarginBT().on(leads, zeros, grades).loss], [1.5836310859])
    let scaled = try ScaledBT().on(leads, zeros, grades)
    expectClose([scaled.loss], [0.8472238158])
    expectClose(
      [try ScaledBT(isNormalised: true).on(leads, zeros, grades).loss], [0.4236119079])
    // Normalised losses are shown as they are: what is divided is the batch's sum.
    #expect(
      try ScaledBT(isNormalised: true).on(leads, zeros, grades).losses == scaled.losses)
    #expect(scaled[metric: "grade/2/accuracy"] == 0)
    expectClose([scaled[metric: "grade/3/margin"] ?? .nan], [1.5])
    expectClose([scaled[metric: "grade/1/loss"] ?? .nan], [0.3411538747])
    #expect(scaled[metric: "grade/4/loss"] == nil)
  }

  /// s = 1 is the plain loss scaled, s = 0 the plain loss with a margin; s copies of a pair are s of them.
  @Test func gradesThatChangeNothing() throws {
    let plain = try RegularBT().on(chosen, rejected)
    #expect(
      try ScaledBT().on(chosen, rejected, [.strength: [1, 1, 1]]).losses == plain.losses)
    #expect(
      try MarginBT().on(chosen, rejected, [.strength: [0, 0, 0]]).losses == plain.losses)
    let scaled = try ScaledBT().on(chosen, rejected, [.strength: [1, 2, 3]])
    let copied = try BradleyTerry(reduction: .sum).on(
      [1.2, -0.3, -0.3, 2.0, 2.0, 2.0], [0.7, 0.4, 0.4, -1.5, -1.5, -1.5])
    expectClose([3 * scaled.loss], [copied.loss])
    let weighted = try BradleyTerry(reduction: .meanBatch).on(
      chosen, rejected, [.weight: [1, 2, 3]])
    expectClose([scaled.loss], [weighted.loss])
    // A margin still pulls at a lead of 5, priority hardly.
    let far: [InputName: [Float]] = [.strength: [3]]
    expectClose(try MarginBT().on([5], [0], far)[.chosenScores], [-0.1192029220])
    expectClose(try ScaledBT().on([5], [0], far)[.chosenScores], [-0.0200785528])
  }

  @Test func refusedGrades() {
    #expect(
      refusal { try ScaledBT().on([1], [0], [.strength: [0]]) }
        == "strength: row 0: expected a number > 0.0, found 0.0")
    #expect(
      refusal { try MarginBT().on([1], [0], [.strength: [-1]]) }
        == "strength: row 0: expected a number >= 0.0, found -1.0")
  }

  /// Grades that were declared are whole numbers up to the last of them.
  @Test func declaredGrades() throws {
    let (scaled, margin) = (ScaledBT(strengthLevels: 3), MarginBT(strengthLevels: 3))
    for grade: Float in [1, 2, 3] {
      let grades: [InputName: [Float]] = [.strength: [grade]]
      #expect(try scaled.on([1], [0], grades).losses == ScaledBT().on([1], [0], grades).losses)
      #expect(try margin.on([1], [0], grades).losses == MarginBT().on([1], [0], grades).losses)
    }
    for (objective, low) in [(scaled, 1), (margin, 0)] as [(any Objective, Int)] {
      for grade: Float in [1.5, 4, -1, .greatestFiniteMagnitude] {
        #expect(
          refusal { try objective.on([1, 1], [0, 0], [.strength: [1, grade]]) }
            == "strength: row 1: expected a whole number in \(low) ... 3, found \(grade)")
      }
    }
    #expect(try margin.on([1], [0], [.strength: [0]]).loss == RegularBT().on([1], [0]).loss)
    #expect(refusal { try scaled.on([1], [0], [.strength: [0]]) } != nil)
  }

  // MARK: Noisy labels, §3.2: strengths of §3.1 and rewards of its worked example

  private let strengths: [Float] = [1.05, -0.60, 0.0125, 2.60, -0.0125]
  private let leads: [Float] = [0.5, 0.3, -0.1, 1.0, 0.2]
  private let zeros = [Float](repeating: 0, count: 5)

  @Test func adaptiveMargin() throws {
    let result = try AdaptiveMargin().on(leads, zeros, [.strengthMean: strengths])
    expectClose(
      result.doubles, [1.0054924815, 0.3411538747, 0.7509783782, 1.7839007409, 0.5925311234])
    expectClose([result.loss], [0.8948113198])
    #expect(result[metric: "strength/negative"] == 0.4)
    expectClose([result[metric: "strength/mean"] ?? .nan], [0.61])
  }

  @Test func clippedMargins() throws {
    let objective = AdaptiveMargin(marginScale: 2, marginClip: 1)
    let clipped: [Float] = [1, -1, 0.025, 1, -0.025]
    #expect(
      try objective.on(leads, zeros, [.strengthMean: strengths]).losses
        == AdaptiveMargin().on(leads, zeros, [.strengthMean: clipped]).losses)
  }

  /// Flipped first, then |μ| as the margin.
  @Test func flippedMargins() throws {
    let signs = strengths.map { $0 < 0 ? -1 as Float : 1 }
    let result = try AdaptiveMargin().on(
      zip(leads, signs).map { $0 * $1 }, zeros, [.strengthMean: strengths.map { abs($0) }])
    expectClose(
      result.doubles, [1.0054924815, 1.2411538747, 0.7509783782, 1.7839007409, 0.8050311234])
    expectClose([result.loss], [1.1173113198])
    // The flips are those of the objective.
    let flipped = try StrengthFlip(flipThreshold: 0).on(leads, zeros, [.strengthMean: strengths])
    #expect(flipped.losses == (try RegularBT().on(zip(leads, signs).map { $0 * $1 }, zeros)).losses)
    #expect(flipped[metric: "flipped"] == 2)
    #expect(flipped[metric: "accuracy_flipped"] == 0.4)
    #expect(flipped[metric: "accuracy"] == 0.8)
  }

  /// α on the doubted pairs, with a margin: α·(Δ − μ) more than the margin's loss there.
  @Test func softLabels() throws {
    let margin = try AdaptiveMargin().on(leads, zeros, [.strengthMean: strengths]).doubles
    let shifted = zip(leads, strengths).map { $0 - $1 }
    let soft = try StrengthSoft(softAlpha: 0.1).on(shifted, zeros, [.strengthMean: strengths])
    let expected = [1.0054924815, 0.4311538747, 0.7509783782, 1.7839007409, 0.6137811234]
    expectClose(soft.doubles, expected)
    for (a, b) in zip(zip(soft.doubles, margin).enumerated(), strengths) where b >= 0 {
      expectClose([a.element.0], [a.element.1])
    }
    expectClose([soft.loss], [0.9170613198])
  }

  /// Nothing doubted, no smoothing, no flips, no margin: the plain loss. Flipping twice restores.
  @Test func certainLabels() throws {
    let plain = try RegularBT().on(leads, zeros).losses
    let none: [InputName: [Float]] = [.strengthMean: zeros]
    #expect(try AdaptiveMargin().on(leads, zeros, none).losses == plain)
    #expect(try StrengthSoft().on(leads, zeros, none).losses == plain)
    #expect(try StrengthFlip(flipThreshold: 0).on(leads, zeros, none).losses == plain)
    #expect(
      try StrengthSoft(softAlpha: 0).on(leads, zeros, [.strengthMean: strengths]).losses == plain)
    let all = try StrengthFlip(flipThreshold: 1).on(zeros, leads, none)
    #expect(all.losses == plain)
  }

  // MARK: Rationales, §2.3

  @Test func rationales() throws {
    let more: [InputName: [Float]] = [.rationaleLogps: [-12, 0], .rationaleLength: [6, 0]]
    let plain = try RegularBT().on([0.9, 0.5], [0, 0]).doubles
    let mean = try RationaleAux(rationaleWeight: 0.5).on([0.9, 0.5], [0, 0], more)
    expectClose(mean.doubles, [plain[0] + 1, plain[1]])
    expectClose(mean[.rationaleLogps], [-0.5 / 12, 0])
    #expect(mean[metric: "rationale/share"] == 0.5)
    #expect(mean[metric: "rationale/logps"] == -12)
    expectClose([mean[metric: "rationale/loss"] ?? .nan], [1])
    let sigmoid = try RationaleAux(rationaleWeight: 0.5, form: .logSigmoid).on(
      [0.9, 0.5], [0, 0], more)
    expectClose(sigmoid.doubles, [plain[0] + 6 + log1p(exp(-6.0)), plain[1]])
    for form in RationaleAux.Form.allCases {
      let off = try RationaleAux(rationaleWeight: 0, form: form).on([0.9, 0.5], [0, 0], more)
      #expect(off.doubles == plain)
      #expect(off[.rationaleLogps] == [0, 0])
    }
  }
}
