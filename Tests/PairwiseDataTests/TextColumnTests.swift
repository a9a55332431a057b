import PairwiseData
import PairwiseTestSupport
import Testing

/// Texts beside the prompt and the two completions.
@Suite("Columns of texts")
struct TextColumnTests {
  let folder = TemporaryFolder()

  private static let rows = """
    {"prompt": "p", "chosen": "a", "rejected": "b", "rationale": "because", "sft": "é"}
    {"prompt": "p", "chosen": "a", "prompt_rejected": "q"}
    {"prompt": "r", "chosen": "c", "rejected": "d", "prompt_rejected": "r", "rationale": "so"}
    {"prompt": "r", "chosen": "e", "rejected": "f", "sft": "x"}
    """

  private func sources() throws -> [any PairSource] {
    let lines = try TemporaryFile("rows.jsonl", Self.rows)
    let path = folder.file("texts.h5")
    _ = try Importer.write(source: lines.path, to: path, info: .test(.all))
    let file = try PreferenceFile(path: path)
    #expect(file.warnings.isEmpty)
    let copy = try PreferenceFileWriter(creating: folder.file("copy.h5"), info: .test(.none))
    for record in try file.records([0, 1, 2, 3]) { try copy.append(record) }
    try copy.finish()
    return [
      file, try PreferenceFile(path: folder.file("copy.h5")),
      try InMemoryPairs(try importJSONL(Self.rows).records),
    ]
  }

  private func strings(_ column: TextColumn?) -> [String]? {
    column.map { texts in (0..<texts.count).map { String(decoding: texts[$0], as: UTF8.self) } }
  }

  @Test("a file, a copy of it and memory give the same texts, empty where a row has none")
  func roundTrip() throws {
    for source in try sources() {
      let wanted: Set<PairColumn> = ["rationale", "prompt_rejected", "sft", "ref_sample"]
      #expect(source.textColumns == wanted.subtracting(["ref_sample"]))
      let block = try source.read([3, 1, 0, 2], PairNeeds(texts: true, textColumns: wanted))
      #expect(strings(block.textColumns["rationale"]) == ["", "", "because", "so"])
      #expect(strings(block.textColumns["sft"]) == ["x", "", "é", ""])
      #expect(block.textColumns["ref_sample"] == nil)
      // The same prompt twice is one prompt, however a file stores it.
      let prompts = strings(block.textColumns["prompt_rejected"])
      #expect(prompts == ["", "q", "", ""] || prompts == ["", "q", "", "r"])
      let texts = try #require(block.texts)
      #expect(texts.prompt(1).elementsEqual("p".utf8) && texts.prompt(3).elementsEqual("r".utf8))
      #expect(texts.chosen(1).elementsEqual("a".utf8) && texts.rejected(1).elementsEqual("a".utf8))
      let summary = try DatasetSummary(source)
      #expect(summary.texts["rationale"] == 2 && summary.description.contains("text in 2 rows"))
    }
  }

  @Test("a second prompt is never passed over by who does not ask for it")
  func secondPrompt() throws {
    for source in try sources() {
      #expect(throws: DataError.self) { try source.read([1], PairNeeds(texts: true)) }
      #expect(try source.read([0], PairNeeds(texts: true)).texts?.count == 1)
    }
    #expect(try importJSONL(Self.rows).ledger.kept.isEmpty, "two prompts make two sides")
  }

  /// Row 1 prefers its second side, which answers prompt 0.
  @Test("a foreign file's second prompts follow the preferred side")
  func foreign() throws {
    var sample = SchemaSample()
    sample.columns["pairs/prompt_b"] = [-1, 0, -1]
    sample.columns["pairs/b"] = [1, 0, 1]
    sample.columns["splits/train"] = [0, 1, 2]
    sample.columns["splits/validation"] = nil
    try sample.write(folder.file("foreign.h5"))
    let file = try PreferenceFile(path: folder.file("foreign.h5"))
    #expect(file.textColumns == ["prompt_rejected"])
  }

  @Test(
    "what is no text is refused with its line",
    arguments: [
      ("\"rationale\": 1", "line 1, column 62: rationale: expected a string, found an integer"),
      (
        "\"rationale\": \"\"", "line 1, column 62: rationale: expected a string, found an empty one"
      ),
      (
        "\"prompt_rejected\": \"q\", \"label\": -1",
        "line 1, column 82: label: expected 1 or 0 beside prompt_rejected, found -1"
      ),
    ])
  func refusals(column: String, message: String) throws {
    let text = "{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\", \(column)}"
    #expect(try importError("rows.jsonl", Array(text.utf8)) == message)
  }
}
