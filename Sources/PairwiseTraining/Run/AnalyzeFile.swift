internal import PairwiseData
public import PairwiseEvaluation
internal import PairwiseTensor

/// Explains the preferences of a file by measurable principles.
public enum AnalyzeFile {
  public struct Part: Sendable {
    /// Nil for all pairs together.
    public var group: String?
    public var explanation: PreferenceExplanation
  }

  /// All pairs of texts together, then each group of 20 pairs or more; ties are left out.
  ///
  /// - Parameters:
  ///   - keywords: words of principles that say where a keyword comes earlier.
  ///   - scale: of the prior on weights.
  /// - Throws: `DataError` if the pairs cannot be read, have no texts, or are not there; `EvaluationError` for a
  ///   scale out of range.
  public static func run(
    _ path: String, split: String? = nil, groupColumn: String? = nil, keywords: [String] = [],
    scale: Double = 0.1, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> [Part] {
    let file = try DataFile.open(
      path, dropInvalid: false, keepEmpty: true, groupColumn: groupColumn, cache: nil)
    // "shorter" is "longer" turned around: together they would only share one weight.
    let principles =
      Principle.library.filter { $0.name != "shorter" } + keywords.map { Principle.earlier($0) }
    let votes = try Votes(file.source, split: split, principles, named: path, progress)
    var parts = [Part(group: nil, explanation: try votes.explained(nil, principles, scale))]
    for (index, name) in file.source.groupNames.enumerated()
    where votes.groups.count(where: { $0 == index }) >= 20 {
      parts.append(
        Part(group: name, explanation: try votes.explained(index, principles, scale)))
    }
    return parts
  }

  /// Votes of principles on the pairs of a source.
  private struct Votes {
    /// `[principles][pairs]`.
    var votes: [[PrincipleVote]]
    var firstWins: [Bool] = []
    var groups: [Int] = []

    init(
      _ source: any PairSource, split: String?, _ principles: [Principle], named name: String,
      _ progress: (Int, Int) -> Void
    ) throws(DataError) {
      votes = principles.map { _ in [] }
      let rows = try PairScorer.rows(of: split, source, name)
      let columns = source.columns.intersection([.group, .labelProbability])
      var start = 0
      while start < rows.count {
        let end = min(rows.count, start + 1024)
        let block = try source.read(
          (start..<end).map { rows[$0] }, PairNeeds(texts: true, columns: columns))
        guard let texts = block.texts, !block.isUnpaired else {
          throw DataError(.invalid, file: name, "expected pairs of texts")
        }
        add(block, texts, principles)
        start = end
        progress(end, rows.count)
      }
      if firstWins.isEmpty { throw DataError(.invalid, file: name, "holds no pairs with a winner") }
    }

    private mutating func add(_ block: PairBlock, _ texts: PairTexts, _ principles: [Principle]) {
      let ties = Set(block.ties)
      let soft = block.columns[.labelProbability]
      for pair in 0..<block.count where !ties.contains(pair) && soft?[pair] != 0.5 {
        let first = String(decoding: texts.chosen(pair), as: UTF8.self)
        let second = String(decoding: texts.rejected(pair), as: UTF8.self)
        for (index, principle) in principles.enumerated() {
          votes[index].append(principle.vote(first: first, second: second))
        }
        firstWins.append((soft?[pair] ?? 1) > 0.5)
        groups.append(block.columns[.group].map { Int($0[pair]) } ?? -1)
      }
    }

    func explained(
      _ group: Int?, _ principles: [Principle], _ scale: Double
    ) throws(EvaluationError) -> PreferenceExplanation {
      let pairs = firstWins.indices.filter { group == nil || groups[$0] == group }
      return try PreferenceExplanation(
        names: principles.map(\.name), votes: votes.map { row in pairs.map { row[$0] } },
        firstWins: pairs.map { firstWins[$0] }, scale: scale,
        runner: TaskRunner { WorkerPool.shared.run($0, $1) })
    }
  }
}
