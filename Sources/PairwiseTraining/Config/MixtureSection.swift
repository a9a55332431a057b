internal import PairwiseConfig

/// `mixture:` how much of each group of pairs a batch gets, fixed or learned while training.
public struct MixtureSection: Sendable {
  /// Where proportions come from.
  public enum Method: Sendable, Equatable {
    /// Pairs come as they are shuffled, whatever their groups.
    case none
    /// Proportions that stay as they are; nil: equal ones.
    case fixed([String: Double]?)
    case aioli(Aioli)
    case influence(Influence)
  }

  /// Proportions by what short stretches on each group do to all groups' validation losses.
  ///
  /// - Source: Chen et al. 2024, Aioli (arXiv 2411.05735).
  public struct Aioli: Sendable, Equatable {
    /// η ≥ 0, how far a round moves the proportions.
    public var rate = 0.2
    /// Sweeps over the groups in a round.
    public var sweeps = 4
    /// Steps of each trial.
    public var trialSteps = 4
    /// Share of a trial's own group.
    public var oneHotFactor = 0.625
    /// Steps of a round, trials and all.
    public var roundSteps = 250
    /// Share of the past in a running mean of the effects; nil: each round by itself.
    public var smoothing: Double?
    public var normalizes = true
  }

  /// Proportions by what a little more weight on each group would do to the validation loss, to first order.
  ///
  /// - Source: Wang et al. 2025, TiKMiX (arXiv 2508.17677).
  public struct Influence: Sendable, Equatable {
    /// The matrix between gradients.
    public enum Curvature: String, Sendable, CaseIterable {
      /// None: the dot product of gradients.
      case identity
      /// The damped Hessian of a linear Bradley–Terry model.
      case hessian
    }

    /// Steps from one measurement to the next.
    public var everySteps = 50
    /// ρ: the larger, the more equal the proportions; nil: the deviation of the influences.
    public var temperature: Double?
    public var curvature = Curvature.identity
    /// δ > 0, added to the Hessian's diagonal.
    public var damping = 0.1
    /// Pairs of each group at most that gradients are taken of, and as many of the validation pairs.
    public var gradientPairs = 512
    /// Whether proportions are multiplied up measurement by measurement.
    public var accumulates = false
  }

  public var method = Method.none
  /// The column of names that tells groups apart.
  public var column = Column.group

  /// Columns of names.
  public enum Column: String, Sendable, CaseIterable {
    case group, annotator
  }

  public init(_ method: Method = .none, by column: Column = .group) {
    (self.method, self.column) = (method, column)
  }

  static var options: [VariantOption<MixtureSection>] {
    @Sendable func column(_ reader: inout SectionReader) -> Column {
      reader.choice("by", default: .group, "The column that tells groups apart.")
    }
    return [
      VariantOption("none", "pairs come as they are shuffled") { _ in MixtureSection() },
      VariantOption("fixed", "the same share of each group in every batch") { reader in
        let shares = shares(&reader)
        return MixtureSection(.fixed(shares), by: column(&reader))
      },
      VariantOption(
        "aioli", "shares by what short trials on each group do to all validation losses"
      ) {
        MixtureSection(.aioli(Aioli(from: &$0)), by: column(&$0))
      },
      VariantOption("influence", "shares by the influence of each group on the validation loss") {
        MixtureSection(.influence(Influence(from: &$0)), by: column(&$0))
      },
    ]
  }

  private static func shares(_ reader: inout SectionReader) -> [String: Double]? {
    let names = reader.optional(
      "groups", [String].self, .each(.nonEmpty, count: 1...4096),
      "Names of all groups; null: equal shares.")
    let shares = reader.optional(
      "shares", [Double].self, .each(.closed(0...1e9), count: 1...4096),
      "As many numbers, scaled to the sum 1; null: equal ones.")
    guard let names else {
      if shares != nil { reader.report("shares", "needs groups, the names that they belong to") }
      return nil
    }
    let values = shares ?? names.map { _ in 1 }
    guard values.count == names.count else {
      reader.report(
        "shares", "expected \(names.count) numbers as there are groups, found \(values.count)")
      return nil
    }
    if Set(names).count < names.count { reader.report("groups", "a name is there twice") }
    if !(values.reduce(0, +) > 0) {
      reader.report("shares", "expected a number above 0 among them")
    }
    return Dictionary(zip(names, values)) { first, _ in first }
  }
}

extension MixtureSection.Aioli {
  init(from reader: inout SectionReader) {
    rate = reader.value("eta", default: rate, .closed(0...100), "How far a round moves log-shares.")
    sweeps = reader.value(
      "lp_rounds", default: sweeps, .closed(1...1000), "Sweeps over the groups in a round.")
    trialSteps = reader.value(
      "lp_steps", default: trialSteps, .closed(1...100_000), "Steps of each trial.")
    oneHotFactor = reader.value(
      "one_hot_factor", default: oneHotFactor, .closed(0...1),
      "Share of its own group in a trial, above one of the number of groups.")
    roundSteps = reader.value(
      "update_steps", default: roundSteps, .atLeast(1),
      "Steps of a round: trials on every group, then the new shares.")
    smoothing = reader.optional(
      "ema", Double.self, .range(0..<1),
      "Share of the past in a running mean of what trials did; null: each round by itself.")
    normalizes = reader.value(
      "normalise", default: normalizes, "Shift and scale what trials did to numbers of sum 1.")
  }
}

extension MixtureSection.Influence {
  init(from reader: inout SectionReader) {
    everySteps = reader.value(
      "update_steps", default: everySteps, .atLeast(1), "Steps from one measurement to the next.")
    temperature = reader.optional(
      "rho", Double.self, .greater(than: 0),
      "The larger, the more equal the shares; null: the deviation of the influences.")
    curvature = reader.choice(
      "curvature", default: .identity,
      "Between gradients: nothing (identity), or the inverse of a linear Bradley-Terry model's Hessian."
    )
    damping = reader.value(
      "damping", default: damping, .greater(than: 0), "Added to the diagonal of the Hessian.")
    gradientPairs = reader.value(
      "gradient_pairs", default: gradientPairs, .closed(1...1_000_000),
      "Pairs of each group at most that a gradient is taken of.")
    accumulates = reader.value(
      "accumulate", default: accumulates,
      "Multiply shares measurement by measurement, instead of starting from equal ones.")
  }
}
