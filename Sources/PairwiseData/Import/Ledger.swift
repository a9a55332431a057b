/// The account of an import: every row read is either imported or dropped for a stated reason.
public struct Ledger: Sendable, Equatable {
  /// Rows that share a fate or a remark.
  public struct Entry: Sendable, Equatable {
    public var name: String
    public var count: Int
    /// Line numbers of the first few, from 1.
    public var firstLines: [Int]
    /// What was said about the first one, where there is more to say than the name.
    public var example: String?
  }

  /// How many line numbers an entry keeps.
  public static let linesKept = 5

  /// The file, as the user named it.
  public var source: String
  /// What its rows look like: `prompt, chosen and rejected as strings`.
  public var shape: String?
  public var read = 0
  public var imported = 0
  /// Imported rows that were shortened to a length limit.
  public var truncated = 0
  public private(set) var dropped: [Entry] = []
  /// Imported rows that another import might have dropped, by the reason it would have had.
  public private(set) var kept: [Entry] = []
  public private(set) var warnings: [Entry] = []
  /// Columns Pairwise does not know; they are carried through, not used.
  public private(set) var unknownColumns: [Entry] = []

  public init(source: String) { self.source = source }

  /// Number of rows dropped, all reasons together.
  public var droppedCount: Int { dropped.reduce(0) { $0 + $1.count } }

  /// True if no row is unaccounted for. It always is; tests and stored files check it.
  public var addsUp: Bool { read == imported + droppedCount && truncated <= imported }

  public mutating func drop(_ reason: DropReason, line: Int, example: String? = nil) {
    Self.count(reason.rawValue, line: line, example: example, in: &dropped)
  }

  public mutating func keep(_ reason: DropReason, line: Int) {
    Self.count(reason.rawValue, line: line, in: &kept)
  }

  public mutating func warn(_ remark: String, line: Int) {
    Self.count(remark, line: line, in: &warnings)
  }

  public mutating func noteUnknownColumn(_ name: String, line: Int) {
    // A hostile file can have a new column in every row; what lies beyond this is only counted.
    let isKnown = unknownColumns.contains { $0.name == name }
    let key = isKnown || unknownColumns.count < 100 ? name : "(further columns)"
    Self.count(key, line: line, in: &unknownColumns)
  }

  private static func count(
    _ name: String, line: Int, example: String? = nil, in entries: inout [Entry]
  ) {
    if let index = entries.firstIndex(where: { $0.name == name }) {
      entries[index].count += 1
      if entries[index].firstLines.count < linesKept { entries[index].firstLines.append(line) }
    } else {
      entries.append(Entry(name: name, count: 1, firstLines: [line], example: example))
    }
  }
}
