internal import RealModule

/// What a principle says of a pair.
public enum PrincipleVote: Int8, Sendable, CaseIterable {
  case first
  case second
  /// It speaks for both sides alike, or for neither: no vote.
  case both
  case neither
  /// It does not apply to the pair.
  case notApplicable
}

/// How well given principles explain recorded preferences, and which few of them to keep.
///
/// - Source: Findeis et al. 2024, "Inverse Constitutional AI" (arXiv 2406.06560): its filters and metrics; methods
///   reference, §8.7. Proposing principles needs a language model and is not done here.
public struct PrincipleVotes: Sendable, Equatable {
  /// How the votes of one principle compare with the preferences.
  public struct Record: Sendable, Equatable {
    public var name: String
    public var agree: Int
    public var disagree: Int
    /// Votes for both, neither, or not applicable.
    public var abstain: Int

    public init(name: String, agree: Int, disagree: Int, abstain: Int) {
      (self.name, self.agree, self.disagree, self.abstain) = (name, agree, disagree, abstain)
    }

    public var count: Int { agree + disagree + abstain }
    /// Share of pairs with a vote.
    public var relevance: Double { ratio(agree + disagree, count) }
    /// Share of votes that agree; 0 without votes.
    public var accuracy: Double { ratio(agree, agree + disagree) }
    /// 2 · relevance · (accuracy − ½), in −1 … 1; its sign turns with the labels.
    public var performance: Double { 2 * relevance * (accuracy - 0.5) }
    /// Share of all pairs that agree.
    public var agreement: Double { ratio(agree, count) }

    private func ratio(_ a: Int, _ b: Int) -> Double { b > 0 ? Double(a) / Double(b) : 0 }
  }

  /// Which principles to keep.
  public struct Filter: Sendable, Equatable {
    public enum Order: String, Sendable, CaseIterable {
      /// By votes that agree.
      case agree = "for"
      /// By votes that agree less those that do not.
      case difference = "for_minus_against"
    }

    public var requiresMoreForThanAgainst = true
    public var requiresMoreForThanAbstain = false
    /// Least share of all pairs that agree.
    public var minimumRelevance = 0.0
    public var order = Order.agree
    /// How many to keep.
    public var limit = 10

    public init() {}
  }

  /// One a principle, in the order given.
  public let records: [Record]
  /// `[principles][pairs]`.
  private let votes: [[PrincipleVote]]

  /// - Parameters:
  ///   - votes: of each principle on each pair, `[principles][pairs]`.
  ///   - firstWins: `[pairs]`.
  /// - Throws: for no principles or pairs, or lists of different lengths.
  public init(
    names: [String], votes: [[PrincipleVote]], firstWins: [Bool]
  ) throws(EvaluationError) {
    guard !names.isEmpty, !firstWins.isEmpty else { throw .empty("principles") }
    guard votes.count == names.count else {
      throw .lengthsDiffer("votes", found: votes.count, expected: names.count)
    }
    var records: [Record] = []
    for (name, row) in zip(names, votes) {
      guard row.count == firstWins.count else {
        throw .lengthsDiffer("votes of '\(name)'", found: row.count, expected: firstWins.count)
      }
      var record = Record(name: name, agree: 0, disagree: 0, abstain: 0)
      for (vote, firstWins) in zip(row, firstWins) {
        switch vote {
        case .first where firstWins, .second where !firstWins: record.agree += 1
        case .first, .second: record.disagree += 1
        case .both, .neither, .notApplicable: record.abstain += 1
        }
      }
      records.append(record)
    }
    (self.records, self.votes) = (records, votes)
  }

  /// Indices of the principles a filter keeps, best first; of equals in the order given. May be empty.
  public func kept(_ filter: Filter = .init()) -> [Int] {
    func rank(_ record: Record) -> Int {
      switch filter.order {
      case .agree: record.agree
      case .difference: record.agree - record.disagree
      }
    }
    let passing = records.indices.filter { index in
      let record = records[index]
      return (!filter.requiresMoreForThanAgainst || record.agree > record.disagree)
        && (!filter.requiresMoreForThanAbstain || record.agree > record.abstain)
        && Double(record.agree) >= filter.minimumRelevance * Double(record.count)
    }
    let order = passing.sorted { (-rank(records[$0]), $0) < (-rank(records[$1]), $1) }
    return Array(order.prefix(max(0, filter.limit)))
  }

  /// What the kept principles say together of each pair: the majority of their votes; a draw is `neither`.
  ///
  /// - Parameter weighted: a vote counts log(accuracy / (1 − accuracy)) of its principle, with one vote each way
  ///   added to the counts, in place of 1.
  public func reconstructed(_ kept: [Int], weighted: Bool = false) -> [PrincipleVote] {
    let weights = kept.map { index in
      let record = records[index]
      return weighted
        ? Double.log(Double(record.agree + 1) / Double(record.disagree + 1)) : 1
    }
    return votes[0].indices.map { pair in
      var sum = 0.0
      for (index, weight) in zip(kept, weights) {
        switch votes[index][pair] {
        case .first: sum += weight
        case .second: sum -= weight
        case .both, .neither, .notApplicable: break
        }
      }
      return sum > 0 ? .first : sum < 0 ? .second : .neither
    }
  }
}
