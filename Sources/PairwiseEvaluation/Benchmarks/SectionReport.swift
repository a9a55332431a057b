/// Scores of a benchmark's sections, and one for all.
public struct SectionReport: Sendable, Equatable {
  /// How often pairs of a subset come out right.
  public struct Subset: Sendable, Equatable {
    public var name: String
    public var count: Int
    public var accuracy: Double

    public init(name: String, count: Int, accuracy: Double) {
      (self.name, self.count, self.accuracy) = (name, count, accuracy)
    }
  }

  public struct Section: Sendable, Equatable {
    public var name: String
    public var weight: Double
    /// Nil without pairs.
    public var score: Double?
    /// Those with pairs.
    public var subsets: [Subset]
  }

  public let scheme: SectionScheme
  public let sections: [Section]
  /// The weighted mean of the sections that have pairs.
  public let score: Double

  /// Combines accuracies of subsets.
  ///
  /// - Parameter subsets: each with its pairs and accuracy; those without pairs count as absent.
  /// - Throws: for a subset that the scheme does not know or that comes twice, an accuracy outside 0 … 1, a
  ///   section without pairs (unless the scheme allows it), or no pairs at all.
  public init(_ subsets: [Subset], scheme: SectionScheme) throws(EvaluationError) {
    var known: [String: Subset] = [:]
    let names = Set(scheme.sections.flatMap { $0.subsets.map(\.name) })
    for (row, subset) in subsets.enumerated() {
      guard names.contains(subset.name) else {
        throw .outOfRange(
          "subset", row: row, found: "'\(subset.name)'", expected: "one of \(scheme.name)")
      }
      try EvaluationError.check(
        probability: subset.accuracy, "accuracy of '\(subset.name)'", row: row)
      guard known.updateValue(subset, forKey: subset.name) == nil else {
        throw .outOfRange(
          "subset", row: row, found: "'\(subset.name)' twice", expected: "each subset once")
      }
    }
    var sections: [Section] = []
    for section in scheme.sections {
      let present = section.subsets.compactMap { part -> (Subset, Double)? in
        guard let subset = known[part.name], subset.count > 0 else { return nil }
        let isEven = section.isPlainMean || (scheme.counts == .fixed && part.count == nil)
        let weight = scheme.counts == .fixed ? part.count ?? 1 : subset.count
        return (subset, isEven ? 1 : Double(weight))
      }
      if present.isEmpty, !section.isOptional, !scheme.allowsMissing {
        throw .empty("section '\(section.name)'")
      }
      let total = present.reduce(0) { $0 + $1.1 }
      sections.append(
        Section(
          name: section.name, weight: section.weight,
          score: total > 0 ? present.reduce(0) { $0 + $1.0.accuracy * $1.1 } / total : nil,
          subsets: present.map(\.0)))
    }
    let weight = sections.reduce(0) { $0 + ($1.score == nil ? 0 : $1.weight) }
    guard weight > 0 else { throw .empty("sections of \(scheme.name)") }
    self.scheme = scheme
    self.sections = sections
    score = sections.reduce(0) { $0 + ($1.score ?? 0) * $1.weight } / weight
  }

  /// Scores pairs whose groups are the subsets; a tie of the scores is wrong.
  ///
  /// - Throws: also for scores without groups, or a pair without one.
  public init(_ scores: PairScores, scheme: SectionScheme) throws(EvaluationError) {
    guard let report = try GroupReport(scores, minimumCount: 1) else {
      throw .empty("subsets of \(scheme.name): the data has no group column")
    }
    guard report.unknown == 0 else {
      throw .outOfRange(
        "subset", row: nil, found: "\(report.unknown) pairs without one",
        expected: "a group for every pair")
    }
    try self.init(
      report.groups.map { Subset(name: $0.name, count: $0.count, accuracy: $0.accuracy) },
      scheme: scheme)
  }
}
