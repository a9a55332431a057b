public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Davidson: comparisons with ties, whose odds against the geometric mean of both wins are constant.
///
/// Softmax over the logits Δ/2, −Δ/2 and log ν for a, b and the tie, Δ = r_a − r_b, ν > 0. Each −log P is computed
/// as softplus of how far the other two lie above it. ν → 0 is Bradley–Terry on decided pairs, for which the odds
/// are e^Δ at any ν; ties are likeliest at Δ = 0, with ν/(2 + ν).
///
/// ## When to use
///
/// As ``RaoKupper``, when judges may call a tie; the odds of the decided pairs are Bradley–Terry's own here, so
/// that rewards keep their scale.
///
/// ## Metrics
///
/// Those of ``RaoKupper`` with `nu` in place of `tau`.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Davidson 1970.
public struct Davidson: Objective {
  public static let name = "davidson"
  public static let summary = "likelihood of win, tie or loss: odds of a tie that are learned"
  public static let formula = """
    d = r_a - r_b
    loss = -log softmax(d/2, -d/2, log nu) at a (label 1), b (label -1) or the tie (label 0)
    Davidson 1970
    """

  /// ν: 0.5 before training by default.
  public var tie: TieParameter

  public init(tie: TieParameter = TieParameter()) { self.tie = tie }

  public init(from reader: inout SectionReader) {
    tie = TieParameter(from: &reader, "The odds of a tie")
  }

  public var inputs: [InputSpec] {
    InputSpec.comparedScores + tie.specs(.nu, .exponential, whenLearned: .greater(0))
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let (margin, tie, labels) = (
      x.comparedMargin, self.tie.value(x, .nu).log(), x[.label].value.array
    )
    let lead = Variable(constant: x[.label].value) * margin
    let decided = Tensor(labels.map { $0 == 0 ? 0 : 1 })
    // What the other two outcomes are above the recorded one.
    let won = Self.either(-lead, tie - 0.5 * lead).softplus()
    guard labels.contains(0) else { return won }
    let tied = Self.either(0.5 * margin - tie, -0.5 * margin - tie).softplus()
    return won.masked(by: decided) + tied.masked(by: Tensor(labels.map { $0 == 0 ? 1 : 0 }))
  }

  /// log(e^a + e^b), `[B]`.
  private static func either(_ a: Variable, _ b: Variable) -> Variable {
    let rows = a.shape[0]
    return Variable.concatenated([a.reshaped([rows, 1]), b.reshaped([rows, 1])], axis: 1)
      .logSumExp()
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let (margin, nu) = (x.comparedMargin, self.tie.value(x, .nu))
    let rows = margin.value.count
    sums.mean("nu", sum: Double(nu.value.item) * Double(rows), count: rows)
    let tie = nu.log()
    let others = Self.either(0.5 * margin, -0.5 * margin)
    sums.mean("tie_rate_predicted", (tie - others).sigmoid().value)
    sums.addOutcomes(x[.label].value.array, margins: margin.value.array)
    sums.addComparedScores(x)
  }
}

extension InputName {
  /// Odds ν of a tie of ``Davidson``, `[1]`.
  public static let nu: InputName = "nu"
}
