internal import PairwiseConfig

/// An ordered table under construction; values that are nil leave no key.
struct NodeTable {
  private var entries: [ConfigNode.Entry] = []

  var node: ConfigNode { ConfigNode(.table(entries)) }

  mutating func add(_ key: String, _ value: ConfigNode) {
    entries.append(.init(key: key, value: value))
  }

  mutating func add(_ key: String, _ value: [ConfigNode]) { add(key, ConfigNode(.list(value))) }
  mutating func add(_ key: String, _ value: Int) { add(key, ConfigNode(.int(value))) }
  mutating func add(_ key: String, _ value: String) { add(key, ConfigNode(.string(value))) }

  mutating func add(_ key: String, _ value: Double?) {
    if let value { add(key, ConfigNode(.number(value))) }
  }

  /// `KEY_ci: [low, high]` and `KEY_ci_method`.
  mutating func add(_ key: String, _ interval: Interval?) {
    guard let interval else { return }
    add(key + "_ci", [interval.low, interval.high].map { ConfigNode(.number($0)) })
    add(key + "_ci_method", interval.method.rawValue)
  }
}
