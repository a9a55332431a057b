import Glibc
import PairwiseConfig
import PairwiseObjectives
import PairwiseTensor
import Testing

/// Identities and worked numbers of section 3 of the methods document.
struct MODPOTests {
  private static let margins: [InputName: Tensor] = [
    .chosenMarginReward: Tensor([3, 2], [0.5, -1, 1.25, 0.5, -0.25, 2]),
    .rejectedMarginReward: Tensor([3, 2], [0.25, 0.5, 0.75, 0.25, 0.5, 1]),
  ]

  private func column(_ chosen: [Float], _ rejected: [Float]) -> [InputName: Tensor] {
    [
      .chosenMarginReward: Tensor([chosen.count, 1], chosen),
      .rejectedMarginReward: Tensor([rejected.count, 1], rejected),
    ]
  }

  /// Section 3.6.
  @Test func workedNumbers() throws {
    let weights: [Float] = [0.5, 0.3, 0.2]
    let result = try FreeSample.evaluate(MODPO(weights: weights), changing: Self.margins)
    expectNear(result.losses, [0.3868710061, 1.0374879505, 0.6443966601])
    #expect(abs(result.loss - 0.6895852056) < 1e-7)
    let slopes: [Double] = [-0.0641642602, -0.1291312612, -0.0950041625]
    expectNear(result.slopes(.policyChosenLogps), slopes)
    expectNear(result.slopes(.policyRejectedLogps), slopes.map { -$0 })
    // Means of f_w = [0.3, −0.85, −0.7] and f_l = [−0.45, −0.25, −0.8]; f_w > f_l in the first and last.
    expectNear(
      ["rewards/chosen", "rewards/rejected", "rewards/margins", "rewards/accuracies"].map {
        result[metric: $0] ?? .nan
      }, [-1.25 / 3, -0.5, 0.25 / 3, 2.0 / 3])
    // β·[1, ½, −¼] and β·[−½, 3/2, −½], as of DPO.
    expectNear(
      ["policy_rewards/chosen", "policy_rewards/rejected"].map { result[metric: $0] ?? .nan },
      [0.0416666667, 0.0166666667])
    // The first column is greater for the chosen one in two pairs, the second in two.
    expectNear(
      ["margin_rewards/1/accuracy", "margin_rewards/2/accuracy", "margin_rewards/2/chosen"].map {
        result[metric: $0] ?? .nan
      }, [2.0 / 3, 2.0 / 3, 0.5])
    expectNear([result[metric: "logps/margins"] ?? .nan], [0.25])
    let hinge = MODPO(weights: weights, loss: .hinge)
    expectNear(
      try FreeSample.evaluate(hinge, changing: Self.margins).losses, [0.25, 1.6, 0.9])
  }

  /// Section 3.4: w = [1] is DPO, and so is w = [1, 0] whatever the margins, in every bit.
  @Test func oneWeightIsDPO() throws {
    let dpo = try FreeSample.evaluate(DPO())
    let alone = try FreeSample.evaluate(MODPO(weights: [1]))
    let ignored = try FreeSample.evaluate(
      MODPO(weights: [1, 0]), changing: column([3, -1e4, 0.5], [-7, 2, 1e4]))
    for result in [alone, ignored] {
      #expect(result.losses == dpo.losses)
      #expect(result.loss == dpo.loss)
      #expect(result.slopes(.policyChosenLogps) == dpo.slopes(.policyChosenLogps))
      #expect(result[metric: "rewards/margins"] == dpo[metric: "rewards/margins"])
    }
  }

  /// w = [c] is DPO with β/c; equal margins are DPO with β/w₀; a shift of both changes nothing.
  @Test func onlyDifferencesOfMarginsEnter() throws {
    let dpo = try FreeSample.evaluate(DPO(beta: 0.4)).losses
    #expect(try FreeSample.evaluate(MODPO(weights: [0.25])).losses == dpo)
    let equal = try FreeSample.evaluate(
      MODPO(weights: [0.25, 0.75]), changing: column([1, 2, 3], [1, 2, 3]))
    #expect(equal.losses == dpo)
    let objective = MODPO(weights: [0.5, 0.5])
    let plain = try FreeSample.evaluate(
      objective, changing: column([0.5, 1.25, -0.25], [0.25, 0.75, 0.5]))
    let shifted = try FreeSample.evaluate(
      objective, changing: column([8.5, -2.75, 31.75], [8.25, -3.25, 32.5]))
    #expect(plain.losses == shifted.losses)
    #expect(plain[metric: "rewards/chosen"] != shifted[metric: "rewards/chosen"])
  }

  /// Where policy and reference agree, ℓ = −w₁(m_w − m_l)/w₀.
  @Test func stepZero() throws {
    let same = [
      InputName.policyChosenLogps: [-13, -21, -8], .policyRejectedLogps: [-13.5, -19.5, -9],
    ]
    .mapValues { Tensor($0) }
    let result = try FreeSample.evaluate(
      MODPO(weights: [0.5, 0.25]),
      changing: same.merging(column([1, 0, 2], [0, 0, -2])) { $1 })
    expectNear(result.losses, [0.5, 0, 2].map { log1p(exp($0)) })
  }

  /// A margin −length with w = (1, α) is length_dpo; α·offset with w = (1, 1) is odpo's.
  @Test func otherMarginLosses() throws {
    let lengths = try FreeSample.evaluate(
      MODPO(weights: [1, 0.05]), changing: column([-5, -8, -3], [-6, -7, -4]))
    // Section 2.8, α = 0.05.
    expectNear(lengths.losses, [0.6443966601, 0.7184596480, 0.7057253035])
    expectNear(
      lengths.losses, try FreeSample.evaluate(LengthDPO(alpha: 0.05)).losses.array.map(Double.init))
    let offsets = try FreeSample.evaluate(
      MODPO(weights: [1, 1]), changing: column([0.5, 0.25, 0.125], [0, 0, 0]))
    let odpo = try FreeSample.evaluate(
      ODPO(alpha: 0.5, offset: .column), changing: [.offset: Tensor([1, 0.5, 0.25])])
    #expect(offsets.losses == odpo.losses)
  }

  @Test(arguments: [
    ("{\"name\": \"modpo\"}", "w"),
    ("{\"name\": \"modpo\", \"w\": []}", "w"),
    ("{\"name\": \"modpo\", \"w\": [0, 1]}", "w[0] must be > 0"),
    ("{\"name\": \"modpo\", \"w\": [1, -1]}", "w"),
    ("{\"name\": \"modpo\", \"w\": [1], \"loss_type\": \"ipo\"}", "loss_type"),
  ]) func refusedParameters(objective: String, words: String) throws {
    let text = """
      {"cases": [{"objective": \(objective), "inputs": {}}]}
      """
    let document = try JSON.parse(Array(text.utf8))
    let error = #expect(throws: ObjectiveError.self) {
      try ObjectiveFile.evaluate(document, file: "f")
    }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  /// Margin columns have to be as many as w says.
  @Test func refusedMargins() throws {
    let three = Self.margins
    for weights: [Float] in [[1], [1, 1], [1, 1, 1, 1]] {
      #expect(throws: ObjectiveError.self) {
        let objective = MODPO(weights: weights)
        let given = FreeSample.all.merging(three) { $1 }
        try objective.check(
          InputSpec.policyLogps.map(\.name).map { ($0, given[$0] ?? Tensor([0])) }
            + [.refChosenLogps, .refRejectedLogps, .chosenMarginReward, .rejectedMarginReward].map {
              ($0, given[$0] ?? Tensor([0]))
            })
      }
    }
  }
}
