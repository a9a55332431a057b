/// Matches as a graph whose counts can be made anew with other weights: what a bootstrap needs.
public struct MatchGraph: Sendable {
  /// With every match counted by its weight.
  public let graph: WinGraph
  private let matches: MatchTable
  private let rule: MatchTable.TieRule
  /// Matches that count at all, and for each its entry in the row of its first item.
  private let rows: [Int32]
  private let entries: [Int32]

  /// - Throws: if nothing is left when ties are dropped.
  public init(_ matches: MatchTable, ties rule: MatchTable.TieRule) throws(EvaluationError) {
    let rows = (0..<matches.count).filter { rule != .drop || matches.outcomes[$0] != 0 }
    guard !rows.isEmpty else { throw .empty("matches without ties") }
    let structure = WinGraph.rows(
      items: matches.items.count, first: rows.map { matches.first[$0] },
      second: rows.map { matches.second[$0] })
    self.matches = matches
    self.rule = rule
    self.rows = rows.map { Int32(truncatingIfNeeded: $0) }
    entries = structure.entries
    var graph = WinGraph(items: matches.items.count, structure)
    for (index, row) in rows.enumerated() {
      Self.add(row, matches, rule, entry: structure.entries[index], times: 1, to: &graph)
    }
    self.graph = graph
  }

  private static func add(
    _ row: Int, _ matches: MatchTable, _ rule: MatchTable.TieRule, entry: Int32, times: Double,
    to graph: inout WinGraph
  ) {
    let weight = times * (matches.weights?[row] ?? 1) * (rule == .double ? 2 : 1)
    let here = Int(entry)
    switch matches.outcomes[row] {
    case 1: graph.wins[here] += weight
    case -1: graph.wins[Int(graph.mirrors[here])] += weight
    default:
      graph.wins[here] += weight / 2
      graph.wins[Int(graph.mirrors[here])] += weight / 2
    }
  }

  /// As many matches, drawn with replacement.
  func resampled(_ generator: inout BootstrapGenerator) -> WinGraph {
    var result = graph
    for entry in result.wins.indices { result.wins[entry] = 0 }
    let drawn = rows.span
    for _ in 0..<drawn.count {
      let index = generator.index(below: drawn.count)
      Self.add(Int(drawn[index]), matches, rule, entry: entries[index], times: 1, to: &result)
    }
    return result
  }
}
