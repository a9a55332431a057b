/// Something is wrong with data from outside: one sentence with its place.
public struct DataError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of failure, for the exit code.
  public enum Kind: Sendable, Equatable {
    /// The content is wrong (exit 65).
    case invalid
    /// The file is missing or may not be read (exit 66).
    case missing
    /// The output cannot be created (exit 73).
    case cannotCreate
    /// Reading or writing failed (exit 74).
    case inputOutput
  }

  public var kind: Kind
  /// The file, as the user named it.
  public var file: String
  /// Line, row, dataset or column inside the file, if known: `line 12`, `pairs/label row 3`.
  public var place: String?
  /// What is wrong and what was expected: lower case, no full stop.
  public var message: String

  public init(_ kind: Kind, file: String, place: String? = nil, _ message: String) {
    self.kind = kind
    self.file = file
    self.place = place
    self.message = message
  }

  public var description: String {
    if let place { "\(file): \(place): \(message)" } else { "\(file): \(message)" }
  }
}
