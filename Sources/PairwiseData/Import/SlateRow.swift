internal import PairwiseConfig

/// A row that ranks several completions of one prompt: `candidates` with `ranks` (1 is the best) or `scores` (the
/// highest is the best). It becomes the columns of a pair: the best is `chosen`, the second `rejected`, the others
/// `rejected_2`, `rejected_3`, ….
enum SlateRow {
  private static let keys = ["candidates", "ranks", "scores"]

  /// The entries of a row as those of a pair; a row that is no slate stays as it is.
  static func entries(_ entries: [ConfigNode.Entry], line: Int) throws(RowError)
    -> [ConfigNode.Entry]
  {
    func entry(_ key: String) -> ConfigNode? { entries.first { $0.key == key }?.value }
    guard let candidates = entry("candidates"), entry("chosen") == nil,
      case .list(let items) = candidates.value
    else { return entries }
    guard (2...PairColumn.mostCompletions).contains(items.count) else {
      throw .value(
        "candidates", candidates, line,
        "expected 2 to \(PairColumn.mostCompletions) completions, found \(items.count)")
    }
    let order = try order(of: items.count, ranks: entry("ranks"), scores: entry("scores"), line)
    let names = ["chosen", "rejected"] + PairColumn.furtherRejected.map(\.rawValue)
    let sides = zip(names, order).map { name, place in
      ConfigNode.Entry(key: name, place: items[place].place, value: items[place])
    }
    return entries.filter { !keys.contains($0.key) } + sides
  }

  /// Places of the candidates, best first.
  private static func order(
    of count: Int, ranks: ConfigNode?, scores: ConfigNode?, _ line: Int
  ) throws(RowError) -> [Int] {
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
      default: throw .value(name, item, line, "expected a number, found \(item.kind)")
      }
    }
    let keys = name == "ranks" ? values : values.map { -$0 }
    let order = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
    for (better, worse) in zip(order, order.dropFirst()) where keys[better] == keys[worse] {
      throw .value(
        name, node, line,
        "expected an order without ties, found \(values[better]) for candidates \(better) and \(worse)"
      )
    }
    return order
  }
}
