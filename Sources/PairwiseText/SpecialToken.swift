/// A token with a part to play, and its id.
public struct SpecialToken: Sendable, Equatable {
  public var text: String
  public var id: Int32

  public init(text: String, id: Int32) {
    self.text = text
    self.id = id
  }
}
