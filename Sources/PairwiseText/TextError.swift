/// What is wrong with a tokenizer or a chat template, in one sentence with its place.
public struct TextError: Error, Equatable, Sendable, CustomStringConvertible {
  public var file: String
  /// Line or key in the file, if it is known.
  public var place: String?
  public var message: String

  public init(file: String, place: String? = nil, _ message: String) {
    self.file = file
    self.place = place
    self.message = message
  }

  public var description: String {
    place.map { "\(file): \($0): \(message)" } ?? "\(file): \(message)"
  }
}
