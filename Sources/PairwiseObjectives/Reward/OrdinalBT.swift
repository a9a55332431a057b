public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// Graded comparisons: Bradley–Terry with as many thresholds as a scale of answers has steps.
///
/// P(y ≤ j) = σ(c_j − Δ), Δ = r_a − r_b, for 2S + 1 categories −S … S (high says that a is better) and cut points
/// c₁ < … < c_{2S} that are antisymmetric, so that swapping the sides swaps the answers. Inner categories have −log
/// P = softplus(Δ − c_hi) + softplus(c_lo − Δ) − log(1 − e^{−(c_hi − c_lo)}), all of whose terms are positive. S =
/// 1 is ``RaoKupper``; an odd number of cut points, the middle one 0, has no category 0, and a single one is
/// Bradley–Terry.
///
/// ## When to use
///
/// When answers are graded (much worse … much better): every grade teaches, and how far apart the steps are is
/// learned rather than assumed, as ``MarginBT`` has it.
///
/// ## Metrics
///
/// Over comparisons with a winner `accuracy`, `accuracy_half` and `margin`, the mean lead of the winner;
/// `tie_rate_observed`, the share of category 0; `cut/j`, the j-th cut point above 0; `mean_reward`, `min_reward`,
/// `max_reward`.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: the proportional-odds model (McCullagh 1980) on a difference of rewards.
public struct OrdinalBT: Objective {
  public static let name = "ordinal_bt"
  public static let summary = "likelihood of a graded comparison: thresholds that are learned"
  public static let formula = """
    P(category <= j) = sigmoid(c_j - d), d = r_a - r_b, cut points c increasing and antisymmetric
    loss = -log P(category)
    McCullagh 1980
    """

  /// The positive cut points before training, increasing, default 0.2, 0.7, 1.5: as many as a side has categories.
  public var initialCuts: [Float]

  public init(initialCuts: [Float] = [0.2, 0.7, 1.5]) {
    precondition(Self.isIncreasing([0] + initialCuts), "ordinal_bt: cut points must increase")
    self.initialCuts = initialCuts
  }

  public init(from reader: inout SectionReader) {
    let cuts = reader.value(
      "cut_points_init", default: [Float(0.2), 0.7, 1.5], .each(.greater(than: 0), count: 1...64),
      "The positive cut points before training, increasing, one for each grade of a side; they are learned."
    )
    if !Self.isIncreasing([0] + cuts) {
      reader.report("cut_points_init", "expected increasing numbers, found \(cuts)")
    }
    initialCuts = Self.isIncreasing([0] + cuts) ? cuts : [1]
  }

  private static func isIncreasing(_ values: [Float]) -> Bool {
    zip(values, values.dropFirst()).allSatisfy { $0 < $1 }
  }

  public var inputs: [InputSpec] {
    let learned = LearnedInput(initial: initialCuts, form: .symmetricCuts)
    return InputSpec.comparedScores + [
      .column(.category),
      // Given cut points may be of any number.
      InputSpec(
        .cutPoints, shape: [.symbol("C")], from: .learned(learned), isDifferentiable: true),
    ]
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let (margin, cuts) = (x.comparedMargin, x[.cutPoints])
    let count = cuts.shape[0]
    let bands = x[.category].value.array.map { Self.band(of: $0, cuts: count) }
    // Where a category has no upper or lower bound any other one stands in, and is left out.
    let upper = cuts.rows(bands.map { Int32(min($0, count - 1)) })
    let lower = cuts.rows(bands.map { Int32(max($0 - 1, 0)) })
    let isBelow = Tensor(bands.map { $0 < count ? 1 : 0 })
    let isAbove = Tensor(bands.map { $0 > 0 ? 1 : 0 })
    let sides =
      (margin - upper).softplus().masked(by: isBelow)
      + (lower - margin).softplus().masked(by: isAbove)
    let isInner = bands.map { $0 > 0 && $0 < count }
    guard isInner.contains(true) else { return sides }
    // Outer categories take the width of the first band, which is not 0.
    let low = cuts.rows(zip(bands, isInner).map { $1 ? Int32($0 - 1) : 0 })
    let high = cuts.rows(zip(bands, isInner).map { $1 ? Int32($0) : 1 })
    return sides - (low - high).log1mexp().masked(by: Tensor(isInner.map { $0 ? 1 : 0 }))
  }

  /// How many cut points lie below a category, 0 … `cuts`; those beyond the scale count as its end.
  private static func band(of category: Float, cuts: Int) -> Int {
    let half = cuts / 2
    let grade = Int(max(-Float(half + 1), min(Float(half + 1), category)))
    // Without a category 0 the positive ones are one place lower.
    let place = cuts % 2 == 0 ? grade + half : grade > 0 ? grade + half : grade + half + 1
    return max(0, min(cuts, place))
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let rows = x[.category].value.count
    sums.addOutcomes(x[.category].value.array, margins: x.comparedMargin.value.array)
    let cuts = x[.cutPoints].value.array
    for (index, cut) in cuts.dropFirst((cuts.count + 1) / 2).enumerated() {
      sums.mean("cut/\(index + 1)", sum: Double(cut) * Double(rows), count: rows)
    }
    sums.addComparedScores(x)
  }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    func values(_ name: InputName) -> [Float]? {
      given.first { $0.name == name }?.tensor.array
    }
    let cuts = values(.cutPoints)
    if let cuts, !Self.isIncreasing(cuts) {
      return "\(InputName.cutPoints): expected increasing numbers, found \(cuts)"
    }
    // Half a unit of rounding on either side.
    if let cuts, zip(cuts, cuts.reversed()).contains(where: { abs($0 + $1) > 1e-6 * abs($0) }) {
      return "\(InputName.cutPoints): expected numbers that mirror around 0, found \(cuts)"
    }
    let count = cuts?.count ?? 2 * initialCuts.count
    let side = (count + 1) / 2
    for (row, value) in (values(.category) ?? []).enumerated() {
      guard let grade = Int(exactly: value), abs(grade) <= side, grade != 0 || count % 2 == 0
      else {
        return
          "\(InputName.category): row \(row): expected a whole number in -\(side) ... \(side)\(count % 2 == 0 ? "" : " but not 0") for \(count) cut points, found \(value)"
      }
    }
    return nil
  }
}

extension InputName {
  /// The grade of a comparison, high where a is better, `[B]`.
  public static let category: InputName = "category"
  /// Cut points between the grades, increasing and antisymmetric, `[2S]`.
  public static let cutPoints: InputName = "cut_points"
}
