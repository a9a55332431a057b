import PairwiseConfig
import PairwiseData
import PairwiseTestSupport
import PairwiseText
import Testing

/// Single completions, each judged alone.
@Suite("Unpaired rows")
struct UnpairedTests {
  let folder = TemporaryFolder()

  private static let rows = """
    {"prompt": "p", "completion": "a", "label": true, "weight": 2, "ref_logps": -3, "note": 1}
    {"prompt": "p", "completion": "b", "label": 0, "group": "x", "ref_logps": -4}
    {"prompt": "q", "completion": "é", "label": false, "ref_logps": -5}
    """

  @Test("JSON Lines give one completion and a label, and every row is accounted for")
  func lines() throws {
    let (records, ledger) = try importJSONL(
      Self.rows + "\n{\"prompt\": \"p\", \"completion\": \"\", \"label\": 1}\n")
    #expect(records.map(\.isDesirable) == [true, false, false])
    #expect(records.allSatisfy { $0.isUnpaired && $0.rejected == nil })
    #expect(records[1].chosen == .plain("b") && records[0].numbers["ref_logps"] == [-3])
    #expect(ledger.read == 4 && ledger.imported == 3 && ledger.addsUp)
    #expect(ledger.dropped.map(\.name) == ["empty completion"])
    #expect(ledger.shape == "prompt, completion and label, as strings")
  }

  private func sources() throws -> [any PairSource] {
    let lines = try TemporaryFile("rows.jsonl", Self.rows)
    let path = folder.file("unpaired.h5")
    _ = try Importer.write(source: lines.path, to: path, info: .test(.all))
    let file = try PreferenceFile(path: path)
    let copy = try PreferenceFileWriter(creating: folder.file("copy.h5"), info: .test(.none))
    for record in try file.records([0, 1, 2]) { try copy.append(record) }
    try copy.finish()
    return [
      file, try PreferenceFile(path: folder.file("copy.h5")),
      try InMemoryPairs(try importJSONL(Self.rows).records),
    ]
  }

  @Test("a file, a copy of it and memory give the same rows")
  func roundTrip() throws {
    for source in try sources() {
      #expect(source.isUnpaired && source.count == 3)
      #expect(source.columns.isSuperset(of: ["label", "weight", "group", "ref_logps"]))
      let block = try source.read(
        [2, 0, 1], PairNeeds(texts: true, columns: ["label", "weight", "ref_logps"]))
      #expect(block.isUnpaired && block.ties.isEmpty && block.unlabelled.isEmpty)
      #expect(block.columns["label"] == [0, 1, 0])
      #expect(block.columns["weight"] == [1, 2, 1] && block.columns["ref_logps"] == [-5, -3, -4])
      let texts = try #require(block.texts)
      #expect(texts.prompt(0).elementsEqual("q".utf8) && texts.chosen(0).elementsEqual("é".utf8))
      #expect((0..<3).allSatisfy { texts.rejected($0).isEmpty })
    }
  }

  @Test("conversations stay conversations")
  func messages() throws {
    let text = """
      {"prompt": [{"role": "user", "content": "hi"}], "completion": [{"role": "assistant", "content": "yo"}], "label": true}
      """
    let lines = try TemporaryFile("rows.jsonl", text)
    let path = folder.file("chat.h5")
    _ = try Importer.write(source: lines.path, to: path, info: .test(.all))
    let file = try PreferenceFile(path: path)
    let block = try file.read([0], PairNeeds(texts: true, messages: true))
    let conversation = try #require(try block.conversation(0))
    #expect(conversation.prompt.map(\.content) == ["hi"])
    #expect(conversation.chosen.map(\.content) == ["yo"] && conversation.rejected.isEmpty)
    #expect(try file.records([0])[0].chosen == importJSONL(text).records[0].chosen)
  }

  @Test("old readers are told to keep off, pairs remain readable to them")
  func versions() throws {
    _ = try sources()
    let file = try PreferenceFile(path: folder.file("unpaired.h5"))
    #expect(file.attribute("min_reader_version") == "1.1.0")
    let writer = try PreferenceFileWriter(creating: folder.file("pairs.h5"), info: .test(.none))
    var record = PreferenceRecord(origin: 1)
    (record.chosenFeatures, record.rejectedFeatures) = ([1], [2])
    try writer.append(record)
    var single = PreferenceRecord(origin: 2)
    (single.chosen, single.isDesirable) = (.plain("a"), true)
    do {
      try writer.append(single)
      Issue.record("a pair and a single completion went into one file")
    } catch { #expect(error.message == "expected 1 features as in the first record") }
    try writer.finish()
    let pairs = try PreferenceFile(path: folder.file("pairs.h5"))
    #expect(pairs.attribute("min_reader_version") == "1.0.0" && !pairs.isUnpaired)
  }

  @Test("a foreign file is checked: all rows alike, no ties, prompts that fit")
  func foreign() throws {
    var number = 0
    func write(_ change: (inout SchemaSample) -> Void) throws -> String {
      var sample = SchemaSample()
      sample.columns["pairs/label_prob"] = nil
      sample.columns["pairs/b"] = [-1, -1, -1]
      sample.columns["pairs/label"] = [1, -1, 1]
      change(&sample)
      number += 1
      let path = folder.file("foreign\(number).h5")
      try sample.write(path)
      do {
        return try PreferenceFile(path: path).isUnpaired ? "fine" : "pairs"
      } catch {
        return "\(error.place ?? ""): \(error.message)"
      }
    }
    #expect(try write { _ in } == "fine")
    #expect(
      try write { $0.columns["pairs/b"] = [-1, 3, -1] }
        == "pairs/b row 1: expected −1 as in row 0, a response judged alone, found 3")
    #expect(
      try write { $0.columns["pairs/label"] = [1, 0, 1] }
        == "pairs/label row 1: expected 1 or −1 for a response judged alone, found 0")
    #expect(
      try write { $0.columns["pairs/a"] = [0, 1, 0] }
        == "pairs/a row 1: response 1 answers prompt 0, the pair is about prompt 1")
  }

  @Test("inspection counts both kinds, validation finds contradictions and duplicates")
  func summaries() throws {
    let text =
      Self.rows + """

        {"prompt": "p", "completion": "a", "label": false, "ref_logps": -3}
        {"prompt": "p", "completion": "b", "label": false, "ref_logps": -3}
        """
    let pairs = try InMemoryPairs(try importJSONL(text).records)
    let summary = try DatasetSummary(pairs)
    #expect(summary.isUnpaired && summary.desirable == 1 && summary.pairs == 5)
    #expect(summary.rejected == nil && summary.description.contains("\nundesirable "))
    #expect(summary.json["unpaired"]?.value == .bool(true))
    let report = try Validator.run(source: pairs)
    #expect(report[.contradiction]?.rows == [0, 3])
    #expect(report[.duplicate]?.rows == [4])
    #expect(report[.identicalSides] == nil && report[.emptyCompletion] == nil)
    #expect(report.lengthBias == nil)
  }

  // MARK: Pairs as single completions

  /// TRL: of every 1,000 pairs all chosen, then all rejected ones.
  @Test("pairs are read as completions by the thousand, columns of a side with theirs")
  func view() throws {
    let count = 1003
    var text = ""
    for row in 0..<count {
      text += "{\"prompt\": \"p\(row)\", \"chosen\": \"c\(row)\", \"rejected\": \"r\(row)\", "
      text +=
        "\"weight\": \(row), \"ref_chosen_logps\": -\(row), \"ref_rejected_logps\": -\(row + 1)}\n"
    }
    let base = try InMemoryPairs(try importJSONL(text).records)
    let view = UnpairedPairs(base, rows: .range(0..<count))
    #expect(view.count == 2 * count && view.isUnpaired)
    #expect(view.columns == ["label", "weight", "ref_logps"])
    let rows = [0, 999, 1000, 1999, 2000, 2002, 2003, 2005]
    let block = try view.read(
      rows, PairNeeds(texts: true, columns: ["label", "weight", "ref_logps"]))
    let texts = try #require(block.texts)
    let completions = rows.indices.map { String(decoding: texts.chosen($0), as: UTF8.self) }
    #expect(
      completions == ["c0", "c999", "r0", "r999", "c1000", "c1002", "r1000", "r1002"])
    #expect(texts.prompt(3).elementsEqual("p999".utf8) && texts.rejected(3).isEmpty)
    #expect(block.columns["label"] == [1, 1, 0, 0, 1, 1, 0, 0])
    #expect(block.columns["weight"] == [0, 999, 0, 999, 1000, 1002, 1000, 1002])
    #expect(
      block.columns["ref_logps"] == [0, -999, -1, -1000, -1000, -1002, -1001, -1003])
  }
}
