public import PairwiseConfig

extension Ledger: CustomStringConvertible {
  /// A small table for people; no line break at the end.
  public var description: String {
    var rows: [(String, Int, String)] = [("read", read, shape ?? "")]
    rows.append(("imported", imported, ""))
    if truncated > 0 { rows.append(("truncated", truncated, "")) }
    for entry in kept { rows.append(("kept: " + entry.name, entry.count, Self.note(entry))) }
    for entry in dropped {
      rows.append(("dropped: " + entry.name, entry.count, Self.note(entry)))
    }
    for entry in warnings {
      rows.append(("warning: " + Wording.printable(entry.name), entry.count, Self.note(entry)))
    }
    for entry in unknownColumns {
      rows.append(
        ("unknown column: " + Wording.printable(entry.name), entry.count, "carried along"))
    }
    return TextTable.lines(rows.map { [$0.0, String($0.1), $0.2] }, rightAligned: [1])
      .joined(separator: "\n")
  }

  private static func note(_ entry: Entry) -> String {
    var note = entry.count == 1 ? "line " : "lines "
    note += entry.firstLines.map(String.init).joined(separator: ", ")
    if entry.count > entry.firstLines.count { note += ", …" }
    if let example = entry.example { note += " (\(example))" }
    return note
  }

  /// The same as a tree, for the file attribute `ledger` and for data-ledger.json.
  public var json: ConfigNode {
    ConfigNode(
      .fields([
        ("source", .string(source)),
        ("shape", shape.map { .string($0) } ?? .null),
        ("read", .int(read)),
        ("imported", .int(imported)),
        ("truncated", .int(truncated)),
        ("kept", Self.tree(kept, nameKey: "reason")),
        ("dropped_total", .int(droppedCount)),
        ("dropped", Self.tree(dropped, nameKey: "reason")),
        ("warnings", Self.tree(warnings, nameKey: "warning")),
        ("unknown_columns", Self.tree(unknownColumns, nameKey: "column")),
      ]))
  }

  private static func tree(_ entries: [Entry], nameKey: String) -> ConfigNode.Value {
    .values(
      entries.map { entry in
        var fields: [(String, ConfigNode.Value)] = [
          (nameKey, .string(entry.name)),
          ("count", .int(entry.count)),
          ("first_lines", .integers(entry.firstLines)),
        ]
        if let example = entry.example { fields.append(("example", .string(example))) }
        return .fields(fields)
      })
  }
}
