import PairwiseData
import Testing

/// Match records from JSON Lines and CSV, and what is said of broken ones.
struct MatchRecordsTests {
  private func read(_ name: String, _ text: String) throws -> MatchRecords {
    let file = try TemporaryFile(name, text)
    return try withExtendedLifetime(file) { try MatchRecords.read(file.path) }
  }

  /// What is wrong with a text, without the file's name; nil if nothing is.
  private func problem(_ name: String, _ text: String) throws -> String? {
    let file = try TemporaryFile(name, text)
    do throws(DataError) {
      defer { withExtendedLifetime(file) {} }
      _ = try MatchRecords.read(file.path)
      return nil
    } catch {
      return error.place.map { "\($0): \(error.message)" } ?? error.message
    }
  }

  private let arena = """
    {"question_id": 58210, "model_a": "alpaca-13b", "model_b": "koala-13b", "winner": "model_a"}

    {"model_a": "koala-13b", "model_b": "alpaca-13b", "winner": "tie (bothbad)", "turn": 1.5}
    {"winner":"model_b","model_a":"alpaca-13b","model_b":"oasst"}
    {"model_a": "oasst", "model_b": "koala-13b", "winner": "tie", "language": null}

    """

  @Test func readsArenaRecords() throws {
    let records = try read("m.jsonl", arena)
    #expect(records.items == ["alpaca-13b", "koala-13b", "oasst"])
    #expect(records.first == [0, 1, 0, 2])
    #expect(records.second == [1, 0, 2, 1])
    #expect(records.outcomes == [1, 0, -1, 0])
    #expect(records.weights == nil)
  }

  /// Lines with lists, escapes and texts beyond ASCII take another way to the same records.
  @Test func bothWaysOfReadingAgree() throws {
    let long = arena.replacing("{\"", with: "{\"conversation\": [{\"role\": \"user\"}], \"")
    #expect(try read("m.jsonl", long) == read("m.jsonl", arena))
    let escaped = arena.replacing("koala", with: "ko\\u0061la")
    #expect(try read("m.jsonl", escaped) == read("m.jsonl", arena))
    let wide = try read("m.jsonl", arena.replacing("koala", with: "Köala 🐨"))
    #expect(wide.items[1] == "Köala 🐨-13b")
  }

  @Test func readsTables() throws {
    let csv = """
      id,model_b,model_a,weight,winner
      1,koala-13b,alpaca-13b,2,model_a
      2,"alpaca-13b",koala-13b,,tie
      """
    let records = try read("m.csv", csv)
    #expect(records.items == ["alpaca-13b", "koala-13b"])
    #expect(records.outcomes == [1, 0])
    #expect(records.weights == [2, 1])
    let labels = try read("m.CSV", "a,b,label\nx,y,1\ny,x,-1.0\nx,y,0\n")
    #expect(labels.outcomes == [1, -1, 0])
    #expect(labels.first == [0, 1, 0])
    #expect(
      try read("m.jsonl", #"{"a": "x", "b": "y", "label": -1, "weight": 0.5}"#).weights == [0.5])
  }

  @Test func namesWhatIsWrong() throws {
    let whole = #"{"a": "x", "b": "y", "label": 1}"# + "\n"
    for (text, expected) in [
      (#"{"a": "x", "label": 1}"#, "line 2: has no 'model_b' (or 'b')"),
      (#"{"a": "x", "b": "", "label": 1}"#, "line 2: has no 'model_b' (or 'b')"),
      (#"{"a": "x", "b": "y"}"#, "line 2: has no 'winner' and no 'label'"),
      (#"{"a": "x", "b": "y", "winner": null}"#, "line 2: has no 'winner' and no 'label'"),
      (#"{"a": "x", "b": "x", "label": 1}"#, "line 2: 'x' meets itself; expected two items"),
      (
        #"{"a": "x", "b": "y", "label": 2}"#,
        "line 2: label: found '2', expected 1, -1 or 0 for a tie"
      ),
      (
        #"{"a": "x", "b": "y", "winner": "x"}"#,
        "line 2: winner: found 'x', expected model_a, model_b, tie or tie (bothbad)"
      ),
      (
        #"{"a": "x", "b": "y", "label": 1, "winner": "tie"}"#,
        "line 2: has a 'winner' and a 'label'; expected one of them"
      ),
      (
        #"{"a": "x", "b": "y", "label": 1, "weight": -1}"#,
        "line 2: weight: found '-1', expected a number in 0 … 1e6"
      ),
      (
        #"{"a": "x", "b": "y", "label": 1, "weight": "nan"}"#,
        "line 2: weight: found 'nan', expected a number in 0 … 1e6"
      ),
      (
        #"{"a": "x", "model_a": "z", "b": "y", "label": 1}"#,
        "line 2: has two columns for 'model_a'"
      ),
      (
        #"{"a": ["x"], "b": "y", "label": 1}"#,
        "line 2: a: expected a text or a number, found a list"
      ),
      ("[1]", "line 2: expected one object a line, found a list"),
    ] {
      #expect(try problem("m.jsonl", whole + text) == expected)
    }
    #expect(try problem("m.jsonl", whole + "{\"a\": 1,}")?.hasPrefix("line 2, column") == true)
    #expect(
      try problem("m.jsonl", whole + #"{"a": "x", "a": "y", "b": "z", "label": 1}"#)?
        .contains("appears twice") == true)
    #expect(try problem("m.jsonl", "\n") == "holds no matches, expected one a line")
    #expect(try problem("m.csv", "a,b,label\n") == "holds no matches, expected one a line")
    #expect(
      try problem("m.csv", "a,b,label\nx,y\n")
        == "line 2: found 2 cells, expected 3 as in the header")
    #expect(try problem("m.csv", "a,a,b,label\n") == "line 1: has two columns for 'model_a'")
    #expect(try problem("m.csv", "x,y,label\n1,2,1\n") == "line 2: has no 'model_a' (or 'a')")
    #expect(
      try problem("m.csv", "a,b,label\n\"x,y,1\n")
        == "line 2: a quoted cell is not closed by the end of the file")
  }

  /// Bytes cut anywhere are an error or a shorter file, never a trap.
  @Test func survivesCuts() throws {
    let bytes = Array(arena.utf8)
    for end in bytes.indices {
      let file = try TemporaryFile("m.jsonl", bytes[..<end])
      withExtendedLifetime(file) { _ = try? MatchRecords.read(file.path) }
    }
    #expect(try problem("m.jsonl", "{\"a\": \"x\u{0}\", \"b\": \"y\", \"label\": 1}") != nil)
    let file = try TemporaryFile(
      "m.csv", Array("a,b,label\n".utf8) + [0xFF, 0x2C, 0x78, 0x2C, 0x31, 0x0A])
    #expect(throws: DataError.self) {
      try withExtendedLifetime(file) { try MatchRecords.read(file.path) }
    }
  }

  /// Many names: the table of names grows.
  @Test func manyNames() throws {
    let rows = (0..<5000).map { "item-\($0),item-\($0 + 1),1\n" }
    let records = try read("m.csv", "a,b,label\n" + rows.joined())
    #expect(records.items == (0...5000).map { "item-\($0)" })
    #expect(records.first == (0..<5000).map { Int32($0) })
  }
}
