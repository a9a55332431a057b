/// The tokens of a model, both ways: text to id and id to text.
struct Vocabulary: Sendable {
  /// More than any published vocabulary has; bounds the memory that a damaged file can ask for.
  static let idLimit = 1 << 22

  private(set) var table: TokenTable
  /// The entry of each id, -1 for ids that no token has.
  private var entries: [Int32] = []

  init(capacity: Int) { table = TokenTable(capacity: capacity) }

  /// How many tokens there are; ids may have gaps.
  var count: Int { table.count }
  /// One more than the highest id.
  var idEnd: Int { entries.count }

  enum Refusal { case idOutOfRange, tokenKnown, idTaken(by: String) }

  /// Adds a token, or says why it cannot be added.
  mutating func insert(_ token: String, id: Int) -> Refusal? {
    guard id >= 0, id < Self.idLimit, let id = Int32(exactly: id) else { return .idOutOfRange }
    if let owner = self.token(of: id) { return .idTaken(by: owner) }
    let entry = Int32(truncatingIfNeeded: table.count)
    if table.insert(Array(token.utf8).span, id: id) != nil { return .tokenKnown }
    while entries.count <= Int(id) { entries.append(-1) }
    entries[Int(id)] = entry
    return nil
  }

  func id(of token: String) -> Int32? { table.id(of: token) }

  func bytes(of id: Int32) -> ArraySlice<UInt8>? {
    guard id >= 0, Int(id) < entries.count, entries[Int(id)] >= 0 else { return nil }
    return table.bytes(ofEntry: Int(entries[Int(id)]))
  }

  func token(of id: Int32) -> String? { bytes(of: id).map { String(decoding: $0, as: UTF8.self) } }
}
