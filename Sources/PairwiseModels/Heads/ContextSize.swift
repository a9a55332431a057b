internal import PairwiseConfig

/// How many labelled pairs of whoever judges a head reads.
public struct ContextSize: Sendable, Equatable {
  /// At most; 0 if it reads none.
  public var most: Int
  /// In training a number of pairs from here on is drawn, so that few suffice later.
  public var least: Int

  public init(most: Int = 0, least: Int = 1) { (self.most, self.least) = (most, least) }

  /// Reads `context_length` and `min_context_length`.
  init(from reader: inout SectionReader, default length: Int) {
    most = reader.value(
      "context_length", default: length, .closed(1...256),
      "Labelled pairs of the same annotator that are read at most.")
    least = reader.value(
      "min_context_length", default: 1, .closed(1...max(1, most)),
      "Training draws between this many and context_length of them for every pair.")
  }

  var configuration: [ConfigNode.Entry] {
    [
      .init(key: "context_length", value: most.configNode),
      .init(key: "min_context_length", value: least.configNode),
    ]
  }
}
