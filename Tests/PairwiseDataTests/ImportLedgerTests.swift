import PairwiseConfig
import PairwiseData
import Testing

@Suite struct ImportLedgerTests {
  private static let mixed = """
    {"prompt": "p", "chosen": "a", "rejected": "b", "id": 1}
    {"prompt": "p", "chosen": "a", "rejected": "b", "weight": -1}
    not json
    {"prompt": "p", "chosen": "a", "rejected": "a"}
    {"prompt": "p", "completion": "a"}
    {"chosen": "a", "rejected": "b"}
    {"prompt": "p", "chosen": "", "rejected": "b"}
    {"prompt": "p", "chosen": "pa", "rejected": "pb"}
    """

  private func ledger() throws -> Ledger {
    var options = ImportOptions()
    options.onInvalid = .drop
    var ledger = try importJSONL(Self.mixed, options).ledger
    ledger.source = "mixed.jsonl"
    return ledger
  }

  @Test func everyRowIsAccountedFor() throws {
    let ledger = try ledger()
    #expect(ledger.read == 8 && ledger.imported == 3 && ledger.droppedCount == 5)
    #expect(ledger.addsUp)
    #expect(
      ledger.dropped.map(\.name) == [
        "invalid value", "malformed row", "not a preference pair",
        "shape differs from the first row", "empty completion",
      ])
    #expect(ledger.kept.map(\.name) == ["identical completions"])
    #expect(ledger.kept.map(\.firstLines) == [[4]])
  }

  @Test func table() throws {
    #expect(
      try ledger().description == """
        read                                                               8  prompt, chosen and rejected as strings
        imported                                                           3
        kept: identical completions                                        1  line 4
        dropped: invalid value                                             1  line 2 (weight: expected a number ≥ 0, found -1.0)
        dropped: malformed row                                             1  line 3 (expected a value; a bare word can only be true, false or null)
        dropped: not a preference pair                                     1  line 5 (row has prompt and completion but no label)
        dropped: shape differs from the first row                          1  line 6 (row has chosen and rejected as strings without a prompt, but line 1 has prompt, chosen and rejected as strings; one file holds one shape)
        dropped: empty completion                                          1  line 7
        warning: completions repeat the prompt; stripping it is an option  1  line 8
        unknown column: id                                                 1  carried along
        """)
  }

  @Test func json() throws {
    var writer = JSONWriter()
    var small = try importJSONL(#"{"prompt": "p", "chosen": "a", "rejected": "b", "id": 1}"#).ledger
    small.source = "x.jsonl"
    writer.write(small.json)
    #expect(
      writer.string == """
        {"source":"x.jsonl","shape":"prompt, chosen and rejected as strings","read":1,"imported":1,\
        "truncated":0,"kept":[],"dropped_total":0,"dropped":[],"warnings":[],\
        "unknown_columns":[{"column":"id","count":1,"first_lines":[1]}]}
        """)
    let node = try ledger().json
    #expect(node["dropped_total"]?.value == .int(5))
  }

  @Test func aFloodOfUnknownColumnsIsSummedUp() throws {
    let fields = (0..<150).map { "\"c\($0)\": 0" }.joined(separator: ", ")
    let (_, ledger) = try importJSONL(
      "{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\", \(fields)}")
    #expect(ledger.unknownColumns.count == 101)
    #expect(ledger.unknownColumns.last?.name == "(further columns)")
    #expect(ledger.unknownColumns.last?.count == 50)
  }
}
