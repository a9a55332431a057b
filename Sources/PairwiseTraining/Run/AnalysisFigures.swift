public import PairwiseConfig
public import PairwiseEvaluation

/// What an analysis of a file found: figures to print, and all of it for JSON.
public struct AnalysisFigures: Sendable {
  public struct Figure: Sendable {
    public var name: String
    public var value: Double
    public var interval: Interval?
  }

  /// What the figures are about, in a few words.
  public var title: String
  public var figures: [Figure] = []
  private var entries: [ConfigNode.Entry] = []

  init(_ title: String) { self.title = title }

  /// Adds a figure under a key for JSON and a name for people; an interval is `KEY_ci`.
  mutating func add(_ key: String, _ name: String, _ value: Double, _ interval: Interval? = nil) {
    figures.append(Figure(name: name, value: value, interval: interval))
    note(key, value.configNode)
    if let interval { note(key + "_ci", [interval.low, interval.high].configNode) }
  }

  /// Adds what JSON alone has.
  mutating func note(_ key: String, _ node: ConfigNode) {
    entries.append(.init(key: key, value: node))
  }

  public var node: ConfigNode { ConfigNode(.table(entries)) }
}
