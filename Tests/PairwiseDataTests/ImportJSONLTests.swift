import PairwiseConfig
import PairwiseData
import PairwiseText
import Testing

@Suite struct ImportJSONLTests {
  @Test func promptChosenRejectedStrings() throws {
    let (records, ledger) = try importJSONL(
      """
      {"prompt": "p", "chosen": "a", "rejected": "b", "margin": 1.5, "weight": 2, "group": "g"}\r

      {"prompt": "q", "chosen": "c", "rejected": "d", "label_prob": 0.75, "annotator": 7}
      """)
    #expect(records.count == 2)
    #expect(records[0].prompt == .plain("p"))
    #expect(records[0].chosen == .plain("a"))
    #expect(records[0].rejected == .plain("b"))
    #expect(records[0].margin == 1.5)
    #expect(records[0].weight == 2)
    #expect(records[0].group == "g")
    #expect(records[0].label == 1)
    #expect(records[1].origin == 3)
    #expect(records[1].margin == nil)
    #expect(records[1].labelProbability == 0.75)
    #expect(records[1].annotator == "7")
    #expect(ledger.read == 2 && ledger.imported == 2 && ledger.addsUp)
    #expect(ledger.shape == "prompt, chosen and rejected as strings")
  }

  @Test func messageLists() throws {
    let (records, ledger) = try importJSONL(
      """
      {"prompt": [{"role": "user", "content": "hi"}], "chosen": [{"role": "assistant", "content": "yes"}], \
      "rejected": [{"role": "assistant", "content": "no", "name": null}]}
      """)
    #expect(records[0].prompt == .messages([ChatMessage(role: "user", content: "hi")]))
    #expect(records[0].rejected == .messages([ChatMessage(role: "assistant", content: "no")]))
    #expect(ledger.shape == "prompt, chosen and rejected as lists of messages")
  }

  @Test func implicitPromptOfMessageLists() throws {
    let shared = #"{"role": "user", "content": "hi"}"#
    let (records, _) = try importJSONL(
      """
      {"chosen": [\(shared), {"role": "assistant", "content": "yes"}], \
      "rejected": [\(shared), {"role": "assistant", "content": "no"}]}
      {"chosen": [\(shared)], "rejected": [\(shared), {"role": "assistant", "content": "no"}]}
      """)
    #expect(records[0].prompt == .messages([ChatMessage(role: "user", content: "hi")]))
    #expect(records[0].chosen == .messages([ChatMessage(role: "assistant", content: "yes")]))
    // Never all of a side: the completions keep the last common message, as in TRL.
    #expect(records[1].prompt == .messages([]))
    #expect(records[1].chosen == .messages([ChatMessage(role: "user", content: "hi")]))
  }

  @Test func transcriptsSplitAtTheLastCommonAssistantTurn() throws {
    let start = #"\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant:"#
    let (records, ledger) = try importJSONL(
      #"{"chosen": "\#(start) good one", "rejected": "\#(start) goof"}"#)
    #expect(
      records[0].prompt == .plain("\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant:"))
    #expect(records[0].chosen == .plain(" good one"))
    #expect(records[0].rejected == .plain(" goof"))
    #expect(ledger.shape == "chosen and rejected as Human/Assistant transcripts")
  }

  @Test func features() throws {
    let (records, ledger) = try importJSONL(
      """
      {"chosen": [1, 2.5], "rejected": [-1e-3, 0], "prompt": "which"}
      {"chosen": [3, 4], "rejected": [5, 6]}
      """)
    #expect(records[0].chosenFeatures == [1, 2.5])
    #expect(records[0].rejectedFeatures == [-1e-3, 0])
    #expect(records[0].prompt == .plain("which"))
    #expect(records[0].chosen == nil)
    #expect(ledger.shape == "2 features a side")
  }

  @Test func textsWithFeatures() throws {
    let (records, ledger) = try importJSONL(
      """
      {"prompt": "p", "chosen": "a", "rejected": "b", "chosen_features": [1], "rejected_features": [2]}
      """)
    #expect(records[0].chosen == .plain("a"))
    #expect(records[0].chosenFeatures == [1])
    #expect(ledger.shape == "prompt, chosen and rejected as strings, and 1 features a side")
  }

  @Test func labelMinusOneSwapsTheSides() throws {
    let (records, _) = try importJSONL(
      """
      {"prompt": "p", "chosen": "a", "rejected": "b", "label": -1, "label_prob": 0.25}
      {"prompt": "p", "chosen": "a", "rejected": "b", "label": 0}
      """)
    #expect(records[0].chosen == .plain("b"))
    #expect(records[0].rejected == .plain("a"))
    #expect(records[0].label == 1)
    #expect(records[0].labelProbability == 0.75)
    #expect(records[1].chosen == .plain("a"))
    #expect(records[1].label == 0)
  }

  @Test func dataSubsetAndUserStandInForGroupAndAnnotator() throws {
    let (records, ledger) = try importJSONL(
      """
      {"prompt": "p", "chosen": "a", "rejected": "b", "data_subset": "helpful", "user": "u1"}
      {"prompt": "p", "chosen": "a", "rejected": "b", "data_subset": "helpful", "group": "x"}
      """)
    #expect(records[0].group == "helpful" && records[0].annotator == "u1")
    #expect(records[1].group == "x")
    #expect(records[1].extra.map(\.key) == ["data_subset"])
    #expect(ledger.unknownColumns.map(\.name) == ["data_subset"])
  }

  @Test func unknownColumnsAreCarriedAndListedOnce() throws {
    let (records, ledger) = try importJSONL(
      """
      {"id": 5, "prompt": "p", "chosen": "a", "rejected": "b", "tags": ["x"]}
      {"id": 6, "prompt": "p", "chosen": "c", "rejected": "d"}
      """)
    #expect(records[0].extra.map(\.key) == ["id", "tags"])
    #expect(records[1].extra[0].value.value == .int(6))
    #expect(ledger.unknownColumns.map(\.name) == ["id", "tags"])
    #expect(ledger.unknownColumns.map(\.count) == [2, 1])
    #expect(ledger.unknownColumns.map(\.firstLines) == [[1, 2], [1]])
  }

  @Test func repeatedPromptsAreStrippedOnRequestOnly() throws {
    let row = #"{"prompt": "Q: ", "chosen": "Q: yes", "rejected": "Q: no"}"#
    let kept = try importJSONL(row)
    #expect(kept.records[0].chosen == .plain("Q: yes"))
    #expect(
      kept.ledger.warnings.map(\.name) == [
        "completions repeat the prompt; stripping it is an option"
      ])
    var options = ImportOptions()
    options.stripPrompt = true
    let stripped = try importJSONL(row, options)
    #expect(stripped.records[0].chosen == .plain("yes"))
    #expect(stripped.records[0].rejected == .plain("no"))
    #expect(stripped.ledger.warnings.isEmpty)
  }

  @Test func renamedAndIgnoredColumns() throws {
    var options = ImportOptions()
    options.renamedColumns = ["question": "prompt", "good": "chosen", "bad": "rejected"]
    options.ignoredColumns = ["label"]
    let (records, ledger) = try importJSONL(
      #"{"question": "p", "good": "a", "bad": "b", "label": "whatever"}"#, options)
    #expect(records[0].prompt == .plain("p") && records[0].chosen == .plain("a"))
    #expect(ledger.unknownColumns.isEmpty)
  }

  @Test func rowsWithoutContentAreDroppedOrKeptByName() throws {
    let text = """
      {"prompt": "p", "chosen": "", "rejected": "b"}
      {"prompt": "p", "chosen": "a", "rejected": "a"}
      {"prompt": "p", "chosen": "a", "rejected": "b"}
      {"prompt": "p", "chosen": "e\u{301}", "rejected": "\u{e9}"}
      """
    var options = ImportOptions()
    options.keepIdenticalCompletions = false
    let (records, ledger) = try importJSONL(text, options)
    // The last one differs in bytes, though Swift compares the strings as equal.
    #expect(records.map(\.origin) == [3, 4])
    #expect(ledger.dropped.map(\.name) == ["empty completion", "identical completions"])
    #expect(ledger.dropped.map(\.firstLines) == [[1], [2]])
    #expect(ledger.addsUp && ledger.kept.isEmpty)
    options.keepEmptyCompletions = true
    options.keepIdenticalCompletions = true
    let all = try importJSONL(text, options)
    #expect(all.records.count == 4 && all.ledger.dropped.isEmpty)
    #expect(all.ledger.kept.map(\.name) == ["empty completion", "identical completions"])
    #expect(all.ledger.kept.map(\.firstLines) == [[1], [2]])
  }

  @Test func maximalNumberOfRows() throws {
    var options = ImportOptions()
    options.maxRows = 2
    let row = #"{"prompt": "p", "chosen": "a", "rejected": "b"}"# + "\n"
    let (records, ledger) = try importJSONL(row + row + row, options)
    #expect(records.count == 2 && ledger.read == 2)
  }

  @Test func onlyLineFeedsEndLines() throws {
    let (records, _) = try importJSONL(
      "\u{FEFF}{\"prompt\": \"p\", \"chosen\": \"a\u{85}\u{2028}x\", \"rejected\": \"b\"}\r\n")
    #expect(records[0].chosen == .plain("a\u{85}\u{2028}x"))
  }

  @Test func theProjectsExamplesImportCompletely() throws {
    let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    var list = RecordList()
    let ledger = try Importer.run(source: "/\(folder)/Examples/pairs.jsonl", into: &list)
    #expect(ledger.read == 300 && ledger.imported == 300)
    #expect(ledger.warnings.isEmpty && ledger.unknownColumns.isEmpty)
    #expect(Set(list.records.compactMap(\.group)) == ["helpfulness", "honesty"])
    #expect(list.records.filter { $0.margin != nil }.count == 30)
  }
}
