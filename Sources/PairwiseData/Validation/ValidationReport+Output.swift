public import PairwiseConfig

extension ValidationReport: CustomStringConvertible {
  /// A table for people; no line break at the end.
  public var description: String {
    var rows = [["rows", "\(self.rows)", "", ""]]
    for finding in findings {
      rows.append([
        finding.kind.words, "\(finding.count)", Percent.words(finding.share), Self.note(finding),
      ])
    }
    var lines = TextTable.lines(rows, rightAligned: [1, 2])
    if isClean { lines.append("no defects found") }
    if let lengthBias {
      lines.append(
        "chosen is longer in \(Percent.words(lengthBias.chosenLonger)) of pairs; "
          + "\"longer wins\" has accuracy \(Percent.words(lengthBias.longerWinsAccuracy))")
    }
    return lines.joined(separator: "\n")
  }

  private static func note(_ finding: ValidationFinding) -> String {
    let shown = finding.rows.prefix(5).map(String.init).joined(separator: ", ")
    var note = (finding.count == 1 ? "row " : "rows ") + shown
    if finding.count > 5 { note += ", …" }
    if let example = finding.example { note += " (\(example))" }
    return note
  }

  /// The same as a tree.
  public var json: ConfigNode {
    let found = findings.map { finding -> ConfigNode.Value in
      var fields: [(String, ConfigNode.Value)] = [
        ("kind", .string(finding.kind.rawValue)),
        ("defect", .bool(finding.kind.isDefect)),
        ("count", .int(finding.count)),
        ("share", .number(finding.share)),
        ("rows", .integers(finding.rows)),
      ]
      if let example = finding.example { fields.append(("example", .string(example))) }
      return .fields(fields)
    }
    var fields: [(String, ConfigNode.Value)] = [
      ("rows", .int(rows)), ("clean", .bool(isClean)), ("findings", .values(found)),
    ]
    if let lengthBias {
      fields.append(
        (
          "length_bias",
          .fields([
            ("chosen_longer", .number(lengthBias.chosenLonger)),
            ("equal", .number(lengthBias.equal)),
            ("longer_wins_accuracy", .number(lengthBias.longerWinsAccuracy)),
          ])
        ))
    }
    return ConfigNode(.fields(fields))
  }
}

/// Shares in words.
enum Percent {
  /// `12.5 %`, one digit after the point; a share that is not 0 never reads as 0.
  static func words(_ share: Double) -> String {
    let tenths = (share * 1000).rounded()
    if share > 0, tenths == 0 { return "< 0.1 %" }
    guard let whole = Int(exactly: tenths) else { return "– %" }
    return "\(whole / 10).\(whole % 10) %"
  }
}
