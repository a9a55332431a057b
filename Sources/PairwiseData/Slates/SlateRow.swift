internal import PairwiseConfig

/// A row that ranks several completions of one prompt: `candidates` with `ranks` (1 is the best, null is worse than
/// all that have one) or `scores` (the highest is the best), and perhaps `top_k`, the places that count. It
/// becomes the columns of a pair: the best is `chosen`, the second `rejected`, the others `rejected_2`,
/// `rejected_3`, ….
enum SlateRow {
  private static let keys = ["candidates", "ranks", "scores", "top_k"]

  /// The entries of a row as those of a pair, and its order; a row that is no slate stays as it is.
  static func entries(
    _ entries: [ConfigNode.Entry], line: Int
  ) throws(RowError) -> (entries: [ConfigNode.Entry], order: SlateOrder?) {
    func entry(_ key: String) -> ConfigNode? { entries.first { $0.key == key }?.value }
    guard let candidates = entry("candidates"), entry("chosen") == nil,
      case .list(let items) = candidates.value
    else { return (entries, nil) }
    guard (2...PairColumn.mostCompletions).contains(items.count) else {
      throw .value(
        "candidates", candidates, line,
        "expected 2 to \(PairColumn.mostCompletions) completions, found \(items.count)")
    }
    let keys = try sortKeys(items.count, ranks: entry("ranks"), scores: entry("scores"), line)
    let places = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
    var ordered = min(items.count - 1, keys.count { $0 < .infinity })
    if let node = entry("top_k"), node.value != .null {
      guard case .int(let top) = node.value, (1..<items.count).contains(top) else {
        throw .value(
          "top_k", node, line, "expected a whole number from 1 to \(items.count - 1)")
      }
      ordered = min(ordered, top)
    }
    var order = SlateOrder(
      count: items.count, ordered: ordered, tieLevels: SlateOrder.levels(places.map { keys[$0] }))
    if !order.hasTies { order.tieLevels = nil }
    let names = ["chosen", "rejected"] + PairColumn.furtherRejected.map(\.rawValue)
    let sides = zip(names, places).map { name, place in
      ConfigNode.Entry(key: name, place: items[place].place, value: items[place])
    }
    return (entries.filter { !SlateRow.keys.contains($0.key) } + sides, order)
  }

  /// What candidates are sorted by, the best first.
  private static func sortKeys(
    _ count: Int, ranks: ConfigNode?, scores: ConfigNode?, _ line: Int
  ) throws(RowError) -> [Double] {
    guard let (name, node) = ranks.map({ ("ranks", $0) }) ?? scores.map({ ("scores", $0) }) else {
      throw RowError(
        .invalidValue, line: line, "row has candidates but neither ranks nor scores")
    }
    guard case .list(let items) = node.value, items.count == count else {
      throw .value(
        name, node, line,
        "expected \(count) numbers as there are candidates, found \(RowDecoder.words(node))")
    }
    var values: [Double] = []
    for item in items {
      switch item.value {
      case .int(let integer): values.append(Double(integer))
      case .number(let number) where number.isFinite: values.append(number)
      case .null where name == "ranks": values.append(.infinity)
      default: throw .value(name, item, line, "expected a number, found \(item.kind)")
      }
    }
    guard values.contains(where: { $0 < .infinity }) else {
      throw .value(name, node, line, "expected one rank at least, found none")
    }
    return name == "ranks" ? values : values.map { -$0 }
  }
}
