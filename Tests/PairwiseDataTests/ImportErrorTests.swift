import PairwiseData
import Testing

/// One file that has to be refused, and in which words.
struct BadFile: CustomTestStringConvertible {
  var name: String
  var text: String
  var message: String
  var testDescription: String { message }

  init(_ text: String, _ message: String, name: String = "rows.jsonl") {
    self.name = name
    self.text = text
    self.message = message
  }
}

private let good = #"{"prompt": "p", "chosen": "a", "rejected": "b"}"#

@Suite struct ImportErrorTests {
  static let badRows = [
    BadFile(
      "{\"prompt\": \"p\",\n", "line 1, column 16: expected a key in double quotes, found the end"),
    BadFile("[1]", "line 1, column 1: expected one object a line, found a list"),
    BadFile("\(good)\n\"x\"", "line 2, column 1: expected one object a line, found a string"),
    BadFile(
      #"{"prompt": "p", "completion": "c", "label": "yes"}"#,
      "line 1, column 45: label: expected true, false, 1 or 0, found 'yes'"),
    BadFile(
      #"{"prompt": "p", "completion": "c"}"#, "line 1: row has prompt and completion but no label"),
    BadFile(
      #"{"completion": "c", "label": true}"#, "line 1: row has completion and label but no prompt"),
    BadFile(
      #"{"prompt": [], "completion": "c", "label": true}"#,
      "line 1, column 30: completion: expected prompt and completion as strings or as lists of messages, "
        + "found an empty list and a string"),
    BadFile(
      "\(good)\n{\"prompt\": \"p\", \"completion\": \"c\", \"label\": true}",
      "line 2: row has prompt, completion and label, as strings, but line 1 has prompt, chosen and rejected "
        + "as strings; one file holds one shape"),
    BadFile(
      #"{"prompt": "p", "completions": ["c"], "labels": [true]}"#,
      "line 1: row has prompt, completions and labels: stepwise supervision, not a preference pair"),
    BadFile(
      #"{"messages": []}"#,
      "line 1: row holds text for language modelling, not a preference pair"),
    BadFile(
      #"{"prompt": "p", "chosen": "c"}"#, "line 1: row has chosen but no rejected"),
    BadFile(
      #"{"prompt": "p", "rejected": "c", "chosen": null}"#,
      "line 1: row has rejected but no chosen"),
    BadFile(
      #"{"prompt": "p", "best": "c"}"#,
      "line 1: expected columns chosen and rejected, found prompt, best"),
    BadFile("{}", "line 1: expected columns chosen and rejected, found none"),
    BadFile(
      "\(good)\n\n{\"chosen\": \"a\", \"rejected\": \"b\"}",
      "line 3: row has chosen and rejected as strings without a prompt, but line 1 has prompt, "
        + "chosen and rejected as strings; one file holds one shape"),
    BadFile(
      #"{"prompt": "p", "chosen": "a", "rejected": ["b"]}"#,
      "line 1, column 44: rejected: expected a string, a list of messages or a list of numbers, "
        + "found a list of 1"),
    BadFile(
      #"{"prompt": "p", "chosen": true, "rejected": "b"}"#,
      "line 1, column 27: chosen: expected a string, a list of messages or a list of numbers, "
        + "found a truth value"),
    BadFile(
      #"{"prompt": "p", "chosen": [1], "rejected": "b"}"#,
      "line 1, column 44: rejected: expected the same kind of value as in chosen"),
    BadFile(
      #"{"prompt": ["p"], "chosen": "a", "rejected": "b"}"#,
      "line 1, column 12: prompt: expected a string as in chosen, found a list"),
    BadFile(
      #"{"prompt": "p", "chosen": [{"role": "r", "content": "c"}], "rejected": [{"role": "r", "content": "d"}]}"#,
      "line 1, column 12: prompt: expected a list of messages as in chosen, found a string"),
    BadFile(
      #"{"chosen": [{"role": "r"}], "rejected": [{"role": "r", "content": "d"}]}"#,
      "line 1, column 13: chosen[0]: expected a message with role and content"),
    BadFile(
      #"{"chosen": [{"role": "r", "content": ["c"]}], "rejected": [{"role": "r", "content": "d"}]}"#,
      "line 1, column 38: chosen[0].content: expected a string, found a list"),
    BadFile(
      #"{"chosen": [{"role": "r", "content": "", "tool_calls": [1]}], "rejected": [{"role": "r", "content": "d"}]}"#,
      "line 1, column 56: chosen[0]: a message has role and content, found 'tool_calls'"),
    BadFile(
      #"{"chosen": [{"role": "r", "content": "c"}, 5], "rejected": [{"role": "r", "content": "d"}]}"#,
      "line 1, column 44: chosen[1]: expected a message {role, content}, found an integer"),
    BadFile(
      #"{"chosen": "\n\nHuman: a", "rejected": "\n\nHuman: b"}"#,
      #"line 1: chosen and rejected share no '\n\nAssistant:' turn to split at"#),
    BadFile(
      #"{"chosen": [1, 2], "rejected": [1]}"#,
      "line 1, column 32: rejected_features: expected 2 numbers as in chosen, found a list of 1"),
    BadFile(
      "{\"chosen\": [1], \"rejected\": [2]}\n{\"chosen\": [1, 2], \"rejected\": [2, 3]}",
      "line 2: row has 2 features a side, but line 1 has 1 features a side; one file holds one shape"
    ),
    BadFile(
      #"{"chosen": [1, "x"], "rejected": [2, 3]}"#,
      "line 1, column 16: chosen[1]: expected a number, found a string"),
    BadFile(
      #"{"chosen": [1e300], "rejected": [2]}"#,
      "line 1, column 13: chosen[0]: 1e+300 does not fit a 32-bit float"),
    BadFile(
      #"{"chosen_features": [1], "prompt": "p"}"#,
      "line 1: expected columns chosen and rejected, found chosen_features, prompt"),
    BadFile(
      #"{"prompt": "p", "chosen": "a", "rejected": "b", "chosen_features": [1]}"#,
      "line 1: row has chosen_features but no rejected_features"),
    BadFile(
      #"{"prompt": "p", "chosen": "a", "rejected": "b", "margin": "1"}"#,
      "line 1, column 59: margin: expected a number, found a string"),
    BadFile(
      #"{"prompt": "p", "chosen": "a", "rejected": "b", "weight": -1}"#,
      "line 1, column 59: weight: expected a number ≥ 0, found -1.0"),
    BadFile(
      #"{"prompt": "p", "chosen": "a", "rejected": "b", "label_prob": 1.5}"#,
      "line 1, column 63: label_prob: expected a probability in 0 ... 1, found 1.5"),
    BadFile(
      #"{"prompt": "p", "chosen": "a", "rejected": "b", "label": 2}"#,
      "line 1, column 58: label: expected -1, 0 or 1, found 2"),
    BadFile(
      #"{"prompt": "p", "chosen": "a", "rejected": "b", "label": true}"#,
      "line 1, column 58: label: expected -1, 0 or 1, found a truth value"),
    BadFile(
      #"{"prompt": "p", "chosen": "a", "rejected": "b", "label": 0, "responses": ["a", "b"]}"#,
      "line 1, column 58: label: beside 'responses' a label is the index of an answer, not a "
        + "preference; ignore the column"),
    BadFile(
      #"{"prompt": "p", "chosen": "a", "rejected": "b", "group": 1.5}"#,
      "line 1, column 58: group: expected a string or an integer, found a number"),
  ]

  @Test(arguments: badRows) func badRowIsRefusedInItsWords(_ file: BadFile) throws {
    #expect(try importError(file.name, Array(file.text.utf8)) == file.message)
  }

  /// The same rows never end an import that drops invalid rows, and are all in its ledger.
  @Test(arguments: badRows) func badRowIsDroppedIntoTheLedger(_ file: BadFile) throws {
    var options = ImportOptions()
    options.onInvalid = .drop
    let (records, ledger) = try importFile(file.name, Array(file.text.utf8), options)
    #expect(ledger.addsUp && ledger.droppedCount == 1)
    #expect(records.count == ledger.imported)
  }

  @Test func invalidUTF8() throws {
    let bytes = Array("{\"prompt\": \"".utf8) + [0xC3, 0x28] + Array("\"}".utf8)
    #expect(
      try importError("rows.jsonl", bytes) == "line 1, column 13: string is not valid UTF-8")
  }

  @Test func deepNestingIsRefused() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(
      try importError("rows.jsonl", Array("\(good)\n{\"x\": \(deep)".utf8))
        == "line 2, column 70: nested deeper than 64 levels")
  }

  @Test func ambiguousRename() throws {
    var options = ImportOptions()
    options.renamedColumns = ["question": "prompt"]
    #expect(
      try importError(
        "rows.jsonl",
        Array(#"{"prompt": "p", "question": "q", "chosen": "a", "rejected": "b"}"#.utf8), options)
        == "line 1, column 17: column 'question' is read as 'prompt', which the row has already")
  }

  @Test func missingFileAndFolderAndUnknownName() throws {
    var list = RecordList()
    #expect(
      throws: DataError(
        .missing, file: "/no/such.jsonl", "cannot be opened, no such file or directory")
    ) {
      try Importer.run(source: "/no/such.jsonl", into: &list)
    }
    #expect(
      throws: DataError(.invalid, file: "x.parquet", "expected a name that ends in .jsonl or .csv")
    ) {
      try Importer.run(source: "x.parquet", into: &list)
    }
  }

  @Test func emptyFileGivesAnEmptyLedger() throws {
    let (records, ledger) = try importJSONL("\n  \n")
    #expect(records.isEmpty && ledger.read == 0 && ledger.addsUp && ledger.shape == nil)
  }
}
