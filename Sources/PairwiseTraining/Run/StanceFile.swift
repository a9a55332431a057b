internal import PairwiseConfig
public import PairwiseData
public import PairwiseEvaluation
internal import PairwiseText

/// Prompts with answers of each stance, and how a policy's stances differ from its reference's.
///
/// JSON Lines: `{"topic": "tax", "prompt": "…", "stances": {"support": ["Yes."], "oppose": ["No.", "Never."]}}`. All
/// rows have the same stances; a topic may have many rows.
public enum StanceFile {
  private struct Row {
    var line: Int
    var topic: String
    var prompt: String
    var answers: [[String]]
  }

  /// Scores every answer under the scorer's policy and reference.
  ///
  /// - Throws: what is wrong with the file, with its line; or that there is no reference to drift from.
  public static func drift(_ path: String, _ scorer: PairScorer) throws(DataError) -> StanceDrift {
    var stances: [String] = []
    var rows: [Row] = []
    var objects = try JSONObjects(path: path)
    while let object = try objects.next() {
      rows.append(try row(object, path, &stances))
    }
    if rows.isEmpty { throw DataError(.invalid, file: path, "holds no rows") }
    var prompts: [(topic: String, before: [[Double]], after: [[Double]])] = []
    for row in rows {
      let texts = row.answers.flatMap { $0 }
      let records = stride(from: 0, to: texts.count, by: 2).map { index in
        var record = PreferenceRecord(origin: row.line)
        record.prompt = .plain(row.prompt)
        record.chosen = .plain(texts[index])
        record.rejected = .plain(texts[min(index + 1, texts.count - 1)])
        return record
      }
      let source = try InMemoryPairs(records)
      let scored = try scorer.bound(to: source).score(
        try source.read(Array(records.indices), scorer.needs))
      guard let logps = scored.logps, let reference = logps.reference else {
        throw DataError(
          .invalid, file: path, "stances need a policy and its reference (--reference)")
      }
      prompts.append(
        (row.topic, nested(reference, row.answers), nested(logps.policy, row.answers)))
    }
    return StanceDrift(stances: stances, prompts: prompts)
  }

  /// Values of answers one after the other, stance by stance.
  private static func nested(_ values: [Float], _ answers: [[String]]) -> [[Double]] {
    var next = 0
    return answers.map { group in
      defer { next += group.count }
      return group.indices.map { Double(values[next + $0]) }
    }
  }

  private static func row(
    _ node: JSONObjects.Object, _ path: String, _ stances: inout [String]
  ) throws(DataError) -> Row {
    let line = node.line
    func text(_ key: String) throws(DataError) -> String {
      guard case .string(let text)? = node[key]?.value, !text.isEmpty else {
        throw DataError(.invalid, file: path, place: "line \(line): \(key)", "expected a text")
      }
      return text
    }
    guard case .table(let entries)? = node["stances"]?.value, entries.count > 1 else {
      throw DataError(
        .invalid, file: path, place: "line \(line): stances",
        "expected a table of two stances or more, each a list of answers")
    }
    let names = entries.map(\.key).sorted()
    if stances.isEmpty { stances = names }
    guard names == stances else {
      throw DataError(
        .invalid, file: path, place: "line \(line): stances",
        "expected \(stances.joined(separator: ", ")) as in the first row, found \(names.joined(separator: ", "))"
      )
    }
    var answers: [[String]] = []
    for name in names {
      var texts: [String] = []
      if let list = node["stances"]?[name] {
        do throws(ConfigMismatch) { texts = try [String].read(list) } catch { texts = [] }
      }
      guard !texts.isEmpty, texts.allSatisfy({ !$0.isEmpty }) else {
        throw DataError(
          .invalid, file: path, place: "line \(line): stances.\(name)",
          "expected a list of answers")
      }
      answers.append(texts)
    }
    return Row(line: line, topic: try text("topic"), prompt: try text("prompt"), answers: answers)
  }
}
