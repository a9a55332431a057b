/// Rounds of labelling: train on what was labelled, find the unverified pairs nearest to trusted ones that
/// the model gets wrong, have them labelled, and again. Then the rest of the pool is filtered by two models.
///
/// It trains nothing itself: whoever runs it gives a way to train and score, and an oracle.
///
/// - Source: Liu et al. 2025, "Skywork-Reward-V2", arXiv 2507.01352; people and judging models are
///   replaced by the oracle.
public struct CurationLoop: Sendable, Equatable {
  public var iterations = 8
  /// k_max, neighbours that a trusted pair asks for at most.
  public var mostNeighbours = 8
  /// What becomes of the pool that no round asked about.
  public var filter = CurationFilter()

  public init() {}

  /// A row, and whether its recorded sides are to be exchanged.
  public struct Row: Sendable, Equatable, Hashable {
    public var index: Int
    public var isTurned: Bool

    public init(_ index: Int, isTurned: Bool = false) {
      (self.index, self.isTurned) = (index, isTurned)
    }
  }

  /// What the oracle says of a pair.
  public struct Label: Sendable, Equatable {
    /// Whether it agrees with the recorded label.
    public var agrees: Bool
    /// Whether the pair may count as gold, as one that people verified.
    public var isTrusted: Bool

    public init(agrees: Bool, isTrusted: Bool = false) {
      (self.agrees, self.isTrusted) = (agrees, isTrusted)
    }
  }

  /// One iteration, for the log.
  public struct Round: Sendable, Equatable {
    /// Accuracy on the gold pairs of the model of this round, and of the best so far.
    public var accuracy: Double
    public var bestAccuracy: Double
    /// Pairs that were labelled, and how many of them the oracle turned.
    public var labelled: Int
    public var turned: Int
  }

  public struct Result: Sendable, Equatable {
    public var gold: [Row]
    public var silver: [Row]
    /// What the filter kept of the rest, turned where the oracle or recycling said so.
    public var kept: [Row]
    public var discarded: [Int]
    public var rounds: [Round]

    /// Everything to train on.
    public var training: [Row] { silver + gold + kept }
  }

  /// - Parameters:
  ///   - gold: trusted pairs.
  ///   - silver: pairs to begin training with.
  ///   - count: all pairs; those that are neither gold nor silver are the pool.
  ///   - embeddings: `[count, D]` row by row, for finding neighbours.
  ///   - score: trains on rows and gives r(chosen) − r(rejected) of every pair as recorded, `[count]`.
  ///   - label: asks the oracle about a pair.
  /// - Throws: `EvaluationError` for no gold or silver, a row that is both, out of range or named twice,
  ///   embeddings of another size; and whatever the closures throw.
  public func run(
    gold: [Row], silver: [Row], count: Int, embeddings: [Double], width: Int,
    score: ([Row]) throws -> [Double], label: (Int) throws -> Label
  ) throws -> Result {
    var pool = try check(gold, silver, count, embeddings, width)
    var result = Result(gold: gold, silver: silver, kept: [], discarded: [], rounds: [])
    var best = (accuracy: -1.0, scores: [Double]())
    for _ in 0..<max(1, iterations) {
      let scores = try checked(score(result.silver), count)
      // Gold grows: the best so far is judged again by the pairs there are now.
      best.accuracy = best.scores.isEmpty ? -1 : accuracy(best.scores, result.gold)
      let own = accuracy(scores, result.gold)
      if own > best.accuracy { best = (own, scores) }
      var round = Round(accuracy: own, bestAccuracy: best.accuracy, labelled: 0, turned: 0)
      for index in try neighbours(result.gold, best.scores, pool, embeddings, width) {
        let answer = try label(index)
        let row = Row(index, isTurned: !answer.agrees)
        if answer.isTrusted { result.gold.append(row) } else { result.silver.append(row) }
        round.labelled += 1
        round.turned += row.isTurned ? 1 : 0
      }
      let taken = Set(result.gold.map(\.index)).union(result.silver.map(\.index))
      pool.removeAll(where: taken.contains)
      result.rounds.append(round)
      if pool.isEmpty { break }
    }
    try sort(pool, best.scores, count, &result, score, label)
    return result
  }

  /// The second stage: what is left of the pool.
  private func sort(
    _ pool: [Int], _ best: [Double], _ count: Int, _ result: inout Result,
    _ score: ([Row]) throws -> [Double], _ label: (Int) throws -> Label
  ) throws {
    guard !pool.isEmpty else { return }
    let trusted =
      filter.mode == .goldConsistent ? try checked(score(result.gold), count) : []
    for index in pool {
      switch filter.decide(best: best[index], gold: trusted.isEmpty ? nil : trusted[index]) {
      case .keep: result.kept.append(Row(index))
      case .recycle: result.kept.append(Row(index, isTurned: true))
      case .discard: result.discarded.append(index)
      case .ask: result.kept.append(Row(index, isTurned: !(try label(index)).agrees))
      }
    }
  }

  /// Rows of the pool near to trusted pairs that the best model is unsure of.
  private func neighbours(
    _ gold: [Row], _ scores: [Double], _ pool: [Int], _ embeddings: [Double], _ width: Int
  ) throws(EvaluationError) -> [Int] {
    let probabilities = gold.map {
      Logistic.sigmoid($0.isTurned ? -scores[$0.index] : scores[$0.index])
    }
    let vectors = { (rows: [Int]) in
      rows.flatMap { embeddings[$0 * width..<($0 + 1) * width] }
    }
    return try CurationRetrieval.nearest(
      gold: vectors(gold.map(\.index)), probabilities: probabilities, pool: vectors(pool),
      width: width, most: mostNeighbours
    ).map { pool[$0] }
  }

  private func accuracy(_ scores: [Double], _ rows: [Row]) -> Double {
    Double(rows.count { ($0.isTurned ? -scores[$0.index] : scores[$0.index]) > 0 })
      / Double(rows.count)
  }

  private func checked(_ scores: [Double], _ count: Int) throws(EvaluationError) -> [Double] {
    guard scores.count == count else {
      throw .lengthsDiffer("scores of a curation", found: scores.count, expected: count)
    }
    try EvaluationError.check(scores, "scores of a curation")
    return scores
  }

  /// The pool, in order.
  private func check(
    _ gold: [Row], _ silver: [Row], _ count: Int, _ embeddings: [Double], _ width: Int
  ) throws(EvaluationError) -> [Int] {
    if gold.isEmpty { throw .empty("gold") }
    if silver.isEmpty { throw .empty("silver") }
    guard width > 0, count > 0, embeddings.count == count * width else {
      throw .lengthsDiffer(
        "embeddings of a curation", found: embeddings.count / max(1, width), expected: count)
    }
    var seen = Set<Int>()
    for row in gold + silver {
      guard (0..<count).contains(row.index) else {
        throw .outOfRange(
          "row of gold or silver", row: nil, found: "\(row.index)", expected: "0 ..< \(count)")
      }
      guard seen.insert(row.index).inserted else {
        throw .outOfRange(
          "row of gold or silver", row: nil, found: "\(row.index) twice", expected: "once")
      }
    }
    return (0..<count).filter { !seen.contains($0) }
  }
}
