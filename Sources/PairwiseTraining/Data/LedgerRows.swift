internal import PairwiseConfig
internal import PairwiseData

/// A ledger as names and counts, as runs keep it, and how a file stores and returns it.
enum LedgerRows {
  /// The root attribute of an imported file.
  static let attribute = "ledger"

  static func rows(of ledger: Ledger) -> [(name: String, value: Int)] {
    [("rows read", ledger.read), ("imported", ledger.imported), ("truncated", ledger.truncated)]
      + ledger.kept.map { ("kept: \($0.name)", $0.count) }
      + ledger.dropped.map { ("dropped: \($0.name)", $0.count) }
  }

  /// The same from a stored ledger; nil for any other text.
  static func rows(of text: String) -> [(name: String, value: Int)]? {
    guard let node = try? JSON.parse(text), case .int(let read)? = node["read"]?.value,
      case .int(let imported)? = node["imported"]?.value,
      case .int(let truncated)? = node["truncated"]?.value,
      case .list(let kept)? = node["kept"]?.value,
      case .list(let dropped)? = node["dropped"]?.value
    else { return nil }
    var rows = [("rows read", read), ("imported", imported), ("truncated", truncated)]
    for (fate, entries) in [("kept", kept), ("dropped", dropped)] {
      for entry in entries {
        guard case .string(let reason)? = entry["reason"]?.value,
          case .int(let count)? = entry["count"]?.value
        else { return nil }
        rows.append(("\(fate): \(reason)", count))
      }
    }
    return rows
  }
}
