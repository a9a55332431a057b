public import PairwiseConfig

extension DatasetSummary: CustomStringConvertible {
  /// Tables and bars for people; no line break at the end.
  public var description: String {
    var parts = [TextTable.lines(facts).joined(separator: "\n")]
    let names = ["prompt", isUnpaired ? "completion" : "chosen", "rejected"]
    for (name, lengths) in zip(names, [prompt, chosen, rejected]) {
      guard let lengths else { continue }
      parts.append(Self.lengthTable(name, lengths))
    }
    if !head.isEmpty { parts.append(headLines) }
    return parts.joined(separator: "\n\n")
  }

  private var facts: [[String]] {
    var rows = [[isUnpaired ? "completions" : "pairs", "\(pairs)"]]
    if let slateCount { rows = [["slates", "\(pairs), of up to \(slateCount) candidates"]] }
    if isUnpaired {
      rows.append(["desirable", "\(desirable)"])
      rows.append(["undesirable", "\(pairs - desirable - unlabelled)"])
    }
    if ties > 0 { rows.append(["ties", "\(ties)"]) }
    if unlabelled > 0 { rows.append(["without a label", "\(unlabelled)"]) }
    rows.append(["texts", prompt == nil ? "no" : "yes"])
    if let all = featureRange {
      rows.append(["features", "\(features.count), \(all.words)"])
    } else {
      rows.append(["features", "no"])
    }
    for (index, range) in features.enumerated() where features.count <= 16 {
      rows.append(["  \(index)", range.words])
    }
    for split in splits {
      rows.append(["split \(Wording.printable(split.name))", "\(split.rows)"])
    }
    for group in groups {
      rows.append(["group \(Wording.printable(group.name))", "\(group.pairs)"])
    }
    if annotators > 0 { rows.append(["annotators", "\(annotators)"]) }
    for (column, range) in sortedColumns {
      let width = widths[column].map { "\($0) a pair, " } ?? ""
      let part = partialColumns.contains(column) ? ", not in every row" : ""
      rows.append([Wording.printable(column.rawValue), width + range.words + part])
    }
    for (column, count) in texts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      rows.append([Wording.printable(column.rawValue), "text in \(count) rows"])
    }
    for column in partialColumns where columns[column] == nil {
      rows.append([column.rawValue, "not in every row"])
    }
    return rows
  }

  private var sortedColumns: [(key: PairColumn, value: ValueRange)] {
    columns.sorted { $0.key.rawValue < $1.key.rawValue }
  }

  private var sortedWidths: [(key: PairColumn, value: Int)] {
    widths.sorted { $0.key.rawValue < $1.key.rawValue }
  }

  private var featureRange: ValueRange? {
    guard !features.isEmpty else { return nil }
    var all = ValueRange()
    for range in features { all.add(range) }
    return all
  }

  private static func lengthTable(_ name: String, _ lengths: Lengths) -> String {
    [("bytes", lengths.bytes), ("words", lengths.words)].map { unit, histogram in
      let range = "\(histogram.smallest ?? 0) … \(histogram.largest ?? 0)"
      let title = "\(name), \(unit): \(range), mean \(ValueRange.short(histogram.mean))"
      let rows = TextTable.lines(histogram.lines(width: 40), rightAligned: [0, 1])
      return ([title] + rows.map { "  " + $0 }).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  private var headLines: String {
    var lines: [String] = []
    for row in head {
      lines.append("row \(row.row)")
      if let prompt = row.prompt { lines.append("  prompt    \(prompt)") }
      if isUnpaired {
        lines.append("  completion  \(row.chosen)")
        continue
      }
      lines.append("  chosen    \(row.chosen)")
      lines.append("  rejected  \(row.rejected)")
      for (place, text) in row.further.enumerated() where slateCount != nil {
        lines.append("  place \(place + 3)   \(text)")
      }
    }
    return lines.joined(separator: "\n")
  }

  // MARK: JSON

  /// The same as a tree.
  public var json: ConfigNode {
    var fields: [(String, ConfigNode.Value)] = [
      ("pairs", .int(pairs)), ("unpaired", .bool(isUnpaired)), ("desirable", .int(desirable)),
      ("ties", .int(ties)), ("unlabelled", .int(unlabelled)),
      ("splits", .fields(splits.map { ($0.name, .int($0.rows)) })),
      ("groups", .fields(groups.map { ($0.name, .int($0.pairs)) })),
      ("annotators", .int(annotators)),
      ("columns", .fields(sortedColumns.map { ($0.key.rawValue, Self.tree($0.value)) })),
      ("column_widths", .fields(sortedWidths.map { ($0.key.rawValue, .int($0.value)) })),
      (
        "text_columns",
        .fields(
          texts.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            ($0.key.rawValue, .int($0.value))
          })
      ),
      ("partial_columns", .values(partialColumns.map { .string($0.rawValue) })),
      ("features", .values(features.map { Self.tree($0) })),
    ]
    if let slateCount { fields.append(("slate_candidates", .int(slateCount))) }
    let names = ["prompt", isUnpaired ? "completion" : "chosen", "rejected"]
    for (name, lengths) in zip(names, [prompt, chosen, rejected]) {
      guard let lengths else { continue }
      fields.append(
        (name, .fields([("bytes", Self.tree(lengths.bytes)), ("words", Self.tree(lengths.words))])))
    }
    let rows = head.map { row -> ConfigNode.Value in
      .fields([
        ("row", .int(row.row)), ("prompt", row.prompt.map { .string($0) } ?? .null),
        ("chosen", .string(row.chosen)), ("rejected", .string(row.rejected)),
      ])
    }
    fields.append(("head", .values(rows)))
    return ConfigNode(.fields(fields))
  }

  private static func tree(_ range: ValueRange) -> ConfigNode.Value {
    .fields([
      ("count", .int(range.count)), ("non_finite", .int(range.nonFinite)),
      ("min", .number(range.smallest)), ("mean", .number(range.mean)),
      ("max", .number(range.largest)),
    ])
  }

  private static func tree(_ histogram: LengthHistogram) -> ConfigNode.Value {
    let bins = histogram.counts.enumerated().map { bin, count -> ConfigNode.Value in
      .fields([
        ("from", .int(LengthHistogram.range(ofBin: bin).lowerBound)),
        ("to", .int(LengthHistogram.range(ofBin: bin).upperBound)), ("count", .int(count)),
      ])
    }
    return .fields([
      ("min", .int(histogram.smallest ?? 0)), ("mean", .number(histogram.mean)),
      ("max", .int(histogram.largest ?? 0)), ("bins", .values(bins)),
    ])
  }
}
