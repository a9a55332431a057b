/// How strongly a preference goes with each of several named factors.
///
/// Of the pairs C have the factor's difference agree with the preference, D disagree, T have no difference:
/// τ_a = (C − D)/n and τ_b = (C − D)/√(n (n − T)), the preference having no ties.
///
/// ```swift
/// let humans = try FactorProfile(names: ["length"], differences: [[1], [1], [-1]], firstWins: [true, false, false])
/// humans.factors[0].tauB
/// ```
/// - Source: Oh et al. 2024, "PROFILE" (arXiv 2410.06965); methods reference, §8.6.
public struct FactorProfile: Sendable, Equatable {
  public struct Factor: Sendable, Equatable {
    public var name: String
    public var agree: Int
    public var disagree: Int
    public var equal: Int
    /// (C − D) / n.
    public var tauA: Double
    /// 0 for a factor without differences.
    public var tauB: Double
  }

  public let factors: [Factor]

  /// - Parameters:
  ///   - differences: of each pair and factor, first completion − second; only the sign counts; `[n][F]`.
  ///   - firstWins: `[n]`.
  /// - Throws: for no pairs, rows of another length than names, or a NaN.
  public init(
    names: [String], differences: [[Double]], firstWins: [Bool]
  ) throws(EvaluationError) {
    guard !differences.isEmpty, !names.isEmpty else { throw .empty("factors") }
    guard firstWins.count == differences.count else {
      throw .lengthsDiffer("preferences", found: firstWins.count, expected: differences.count)
    }
    var signs = [[Int]](repeating: [0, 0, 0], count: names.count)
    for (row, values) in differences.enumerated() {
      guard values.count == names.count else {
        throw .lengthsDiffer("factors of row \(row)", found: values.count, expected: names.count)
      }
      for (factor, value) in values.enumerated() {
        guard !value.isNaN else { throw .notFinite(names[factor], row: row, found: value) }
        let place = value == 0 ? 2 : (value > 0) == firstWins[row] ? 0 : 1
        signs[factor][place] += 1
      }
    }
    let n = Double(differences.count)
    factors = zip(names, signs).map { name, counts in
      let difference = Double(counts[0] - counts[1])
      let decided = n - Double(counts[2])
      return Factor(
        name: name, agree: counts[0], disagree: counts[1], equal: counts[2], tauA: difference / n,
        tauB: decided > 0 ? difference / (n * decided).squareRoot() : 0)
    }
  }

  /// How two judges' profiles go together, by the τ_b of the same factors; nil where a correlation has no value.
  public struct Alignment: Sendable, Equatable {
    public var spearman: Double?
    public var kendall: Double?
    public var pearson: Double?
  }

  /// - Throws: if the factors are not the same, in the same order.
  public func alignment(with other: FactorProfile) throws(EvaluationError) -> Alignment {
    guard factors.map(\.name) == other.factors.map(\.name) else {
      throw .outOfRange(
        "factor profiles", row: nil, found: other.factors.map(\.name).joined(separator: ", "),
        expected: factors.map(\.name).joined(separator: ", "))
    }
    let (a, b) = (factors.map(\.tauB), other.factors.map(\.tauB))
    return Alignment(
      spearman: RankCorrelation.spearman(a, b), kendall: RankCorrelation.kendall(a, b),
      pearson: RankCorrelation.pearson(a, b))
  }
}
