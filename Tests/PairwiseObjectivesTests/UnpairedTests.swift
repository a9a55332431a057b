import PairwiseAutodiff
import PairwiseObjectives
import PairwiseTensor
import Testing

/// Identities and worked numbers of section 6 of the methods document.
struct UnpairedTests {
  private func evaluate(_ objective: any Objective, _ changes: [InputName: Tensor] = [:]) throws
    -> ObjectiveResult
  {
    try FreeSample.evaluate(objective, FreeSample.rows, changing: changes)
  }

  private static let agreeing: [InputName: Tensor] = [
    .policyLogps: Tensor([-3, -3, -3, -3, -3, -3]), .refLogps: Tensor([-3, -3, -3, -3, -3, -3]),
  ]

  // MARK: 6.1

  @Test func ktoNumbers() throws {
    let result = try evaluate(KTO())
    expectNear(
      result.losses,
      [0.4825071423, 0.4950001667, 0.5137465349, 0.4800106598, 0.5299640518, 0.4800106598])
    #expect(abs(result.loss - 0.4968732026) < 1e-7)
    expectNear(
      result.slopes(.policyLogps),
      [
        -0.0249694000, -0.0249975002, -0.0249811033, 0.0249600426, 0.0249102156, 0.0249600426,
      ])
    #expect(abs((result[metric: "kl"] ?? 0) - 0.3) < 1e-7)
    // β·[1, ½, −¼] and β·[−½, 3/2, −½].
    expectNear(
      ["rewards/chosen", "rewards/rejected", "rewards/margins"].map { result[metric: $0] ?? .nan },
      [0.0416666667, 0.0166666667, 0.025])
    #expect(result[metric: "counts/chosen"] == 3 && result[metric: "counts/rejected"] == 3)
  }

  @Test func ktoIdentities() throws {
    // κ is never below 0: as without it.
    let below = try evaluate(
      KTO(), [.klLogRatios: Tensor([-1, 0.2, -0.4, 0.1, -0.2, 0.5])])
    #expect(below[metric: "kl"] == 0)
    #expect(below.losses == (try evaluate(KTO(usesKL: false)).losses))
    #expect(below.losses == (try evaluate(APOZeroUnpaired()).losses))
    // policy = reference: λ/2.
    let weights = KTO(desirableWeight: 2, undesirableWeight: 3, usesKL: false)
    #expect(try evaluate(weights, Self.agreeing).losses.array == [1, 1, 1, 1.5, 1.5, 1.5])
    // Sums of a pair's two rows are apo_zero.
    let rows = try evaluate(KTO(usesKL: false)).losses.array
    let pairs = try FreeSample.evaluate(APOZero()).losses.array
    for i in 0..<3 { #expect(abs(rows[i] + rows[i + 3] - pairs[i]) < 2e-7) }
  }

  /// A mean log-ratio of mismatched completions needs two rows, whose completions are exchanged.
  @Test func ktoNeedsTwoRows() throws {
    let one: [InputName: Tensor] = [
      .policyLogps: Tensor([-1]), .refLogps: Tensor([-1]), .label: Tensor([1]),
      .klLogRatios: Tensor([0]),
    ]
    let error = #expect(throws: ObjectiveError.self) { try evaluate(KTO(), one) }
    #expect(error?.message.contains("at least 2 rows") == true)
    #expect(try evaluate(KTO(usesKL: false), one).losses.array == [0.5])
    #expect(KTO().isBatchDependent && !KTO(usesKL: false).isBatchDependent)
  }

  @Test func labelsAreTrueOrFalse() throws {
    let error = #expect(throws: ObjectiveError.self) {
      try evaluate(APOZeroUnpaired(), [.label: Tensor([1, 1, 0.5, 0, 0, 0])])
    }
    #expect(error?.message == "label: row 2: expected 0 or 1, found 0.5")
  }

  @Test(arguments: [KTO(usesKL: false), BCO(), APOZeroUnpaired()] as [any Objective])
  func aMissingClassHasNoFigures(objective: any Objective) throws {
    let result = try evaluate(objective, [.label: Tensor([1, 1, 1, 1, 1, 1])])
    let names = result.metrics.map(\.name)
    #expect(names.contains("rewards/chosen") && names.contains("counts/rejected"))
    #expect(!names.contains("rewards/rejected") && !names.contains("rewards/margins"))
    #expect(!names.contains("logps/rejected"))
    #expect(result[metric: "counts/rejected"] == 0)
  }

  // MARK: 6.2

  @Test func bcoNumbers() throws {
    let result = try evaluate(BCO())
    expectNear(
      result.losses,
      [0.6583575530, 0.6827847664, 0.7205972225, 0.6543470629, 0.7553878248, 0.6543470629])
    #expect(abs((result[metric: "delta"] ?? 0) - 0.0291666667) < 1e-8)
  }

  @Test func bcoIdentities() throws {
    #expect(
      try evaluate(BCO(), Self.agreeing).losses.array == [Float](repeating: 0.6931472, count: 6))
    // δ held at 0 by a long past: sums of a pair's rows are bco_pair.
    let past: [InputName: Tensor] = [.runningMean: Tensor([0]), .runningCount: Tensor([1e30])]
    let rows = try evaluate(BCO(), past)
    let pairs = try FreeSample.evaluate(BCOPair())
    for i in 0..<3 {
      #expect(
        abs(rows.losses[flat: i] + rows.losses[flat: i + 3] - pairs.losses[flat: i]) < 3e-7)
    }
    // No gradient flows through δ: it is that of a constant.
    expectNear(
      Array(rows.slopes(.policyLogps).prefix(3)), pairs.slopes(.policyChosenLogps))
  }

  /// Batch after batch, δ is the mean over all rows so far, however they were cut into batches.
  @Test func bcoCarriesItsMean() throws {
    let objective = BCO(beta: 0.5)
    let ratios: [Float] = [1, 0.5, -0.25, -0.5, 1.5, -0.5, 2, 3]
    var state = objective.initialState
    var deltas: [Double] = []
    for range in [0..<3, 3..<4, 4..<8] {
      let part = Array(ratios[range])
      let inputs: [(name: InputName, tensor: Tensor)] =
        [
          (.policyLogps, Tensor(part.map { $0 - 8 })),
          (.refLogps, Tensor(part.map { _ in -8 })),
          (.label, Tensor(part.map { _ in 1 })),
        ] + state.map { ($0.key, $0.value) }
      deltas.append(try objective.evaluate(inputs)[metric: "delta"] ?? .nan)
      var x = ObjectiveInputs()
      for (name, tensor) in inputs { x[name] = Variable(constant: tensor) }
      state = objective.nextState(x)
    }
    let sums = [1.25, 0.75, 6.75]
    expectNear(deltas, zip(sums, [3.0, 4, 8]).map { 0.5 * $0 / $1 })
    #expect(state[.runningCount]?.array == [8])
  }

  // MARK: 6.3

  @Test func apoNumbers() throws {
    expectNear(
      try evaluate(APOZeroUnpaired()).losses,
      [0.4750208125, 0.4875026035, 0.5062496745, 0.4875026035, 0.5374298453, 0.4875026035])
  }
}
