internal import PairwiseConfig

/// What a head makes of an annotator or a group that its training pairs did not show it.
public enum NewUser: String, Sendable, CaseIterable {
  /// Nothing: such a pair is refused.
  case error
  /// All parts of the model count the same.
  case uniform
  /// The mean of what is kept of those it knows.
  case mean

  init(from reader: inout SectionReader) {
    self = reader.choice(
      "new_user", default: .error,
      "What an annotator or a group is that the training pairs lack: an error, all parts alike (uniform), "
        + "or the mean of those known. score --context FILE tells of new annotators.")
  }

  var entry: ConfigNode.Entry { .init(key: "new_user", value: rawValue.configNode) }

  /// What heads meant that were saved before they could say it.
  static let former = NewUser.mean.entry
}

/// A pair judged by somebody, or by a criterion, that the model goes by and does not know.
public struct Stranger: Sendable, Equatable {
  /// Annotator or group.
  public let column: String
  /// Nil where the pair has none.
  public let name: String?
  /// In the source that was read.
  public let row: Int

  /// The name as sentences have it.
  public var text: String { name.map { "\(column) '\($0)'" } ?? "no \(column)" }
}
