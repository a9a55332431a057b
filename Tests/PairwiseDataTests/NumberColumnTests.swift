import PairwiseData
import PairwiseTestSupport
import Testing

/// Columns of numbers that only objectives give a meaning to.
@Suite("Columns of numbers")
struct NumberColumnTests {
  let folder = TemporaryFolder()

  private func options(_ columns: PairColumn...) -> ImportOptions {
    var options = ImportOptions()
    options.numberColumns.formUnion(columns)
    return options
  }

  private static func row(_ rest: String) -> String {
    "{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\", \(rest)}\n"
  }

  private static let rows =
    row("\"chosen_score\": 1.5, \"rejected_score\": -2, \"mine\": [1, 2, 3], \"note\": \"x\"")
    + row("\"chosen_score\": 3, \"rejected_score\": 4, \"mine\": [4, 5, 6], \"note\": 7")
    + row("\"chosen_score\": null, \"rejected_score\": 5, \"mine\": [7, 8, 9], \"label\": -1")

  /// A label of −1 says that the columns stand the wrong way round, those of numbers too.
  @Test("JSON Lines give numbers and lists, and a missing one is not made up")
  func lines() throws {
    let (records, ledger) = try importJSONL(Self.rows, options("mine"))
    #expect(
      records[0].numbers == ["chosen_score": [1.5], "rejected_score": [-2], "mine": [1, 2, 3]])
    #expect(records[2].numbers == ["chosen_score": [5], "mine": [7, 8, 9]])
    #expect(ledger.unknownColumns.map(\.name) == ["note"])
  }

  @Test("lists of ratings may have gaps, and signs go with the sides")
  func gaps() throws {
    let text =
      Self.row("\"annotator_scores\": [2, null, -1], \"chosen_ratings\": [null, 3]")
      + Self.row(
        "\"annotator_scores\": [1, 2, null], \"chosen_ratings\": [1, 2], \"category\": 2, \"label\": -1"
      )
    let records = try importJSONL(text, options("category")).records
    let scores = records.map { $0.numbers["annotator_scores"] ?? [] }
    #expect(scores[0][0] == 2 && scores[0][1].isNaN && scores[0][2] == -1)
    #expect(scores[1][0] == -1 && scores[1][1] == -2 && scores[1][2].isNaN)
    #expect(records[0].numbers["chosen_ratings"]?[0].isNaN == true)
    #expect(records[1].numbers["rejected_ratings"] == [1, 2])
    #expect(records[1].numbers["category"] == [-2])
    let found = try importError(
      "rows.jsonl", Array(Self.row("\"offset\": [1, null]").utf8), ImportOptions())
    #expect(found?.hasSuffix("offset[1]: expected a number, found null") == true)
  }

  @Test("a file, the file read back and copied, and memory give the same")
  func roundTrip() throws {
    let lines = try TemporaryFile("rows.jsonl", Self.rows)
    let path = folder.file("numbers.h5")
    _ = try Importer.write(
      source: lines.path, to: path, info: .test(.all), options: options("mine"))
    let file = try PreferenceFile(path: path)
    let copy = try PreferenceFileWriter(creating: folder.file("copy.h5"), info: .test(.none))
    for record in try file.records([0, 1, 2]) { try copy.append(record) }
    try copy.finish()
    let memory = try InMemoryPairs(try importJSONL(Self.rows, options("mine")).records)
    let sources: [any PairSource] = [
      file, try PreferenceFile(path: folder.file("copy.h5")), memory,
    ]
    for source in sources {
      #expect(source.columns == ["chosen_score", "rejected_score", "mine"])
      #expect(source.width(of: "mine") == 3 && source.width(of: "chosen_score") == 1)
      let block = try source.read([2, 0], PairNeeds(columns: ["mine", "chosen_score"]))
      #expect(block.columns["mine"] == [7, 8, 9, 1, 2, 3])
      #expect(block.columns["chosen_score"] == [5, 1.5])
      let missing = try source.read([2], PairNeeds(columns: ["rejected_score"]))
      #expect(missing.columns["rejected_score"]?.count == 1)
      #expect(missing.columns["rejected_score"]?[0].isNaN == true)
      #expect(missing.columns["mine"] == nil)
    }
  }

  @Test("a column that begins late is missing before, whatever its width")
  func late() throws {
    let writer = try PreferenceFileWriter(creating: folder.file("late.h5"), info: .test(.all))
    for row in 0..<70_000 {
      var record = PreferenceRecord(origin: row)
      (record.chosenFeatures, record.rejectedFeatures) = ([1], [2])
      if row >= 66_000 {
        record.numbers = ["one": [Float(row)], "two": [Float(row), -Float(row)]]
      }
      try writer.append(record)
    }
    try writer.finish()
    let file = try PreferenceFile(path: folder.file("late.h5"))
    let block = try file.read([69_999, 65_999, 66_000, 0], PairNeeds(columns: ["one", "two"]))
    let (one, two) = (try #require(block.columns["one"]), try #require(block.columns["two"]))
    #expect(one[0] == 69_999 && one[1].isNaN && one[2] == 66_000 && one[3].isNaN)
    #expect(two[0] == 69_999 && two[1] == -69_999 && two[2].isNaN && two[5] == -66_000)
    let summary = try DatasetSummary(file)
    #expect(Set(summary.partialColumns) == ["one", "two"] && summary.widths == ["two": 2])
    #expect(summary.description.contains("2 a pair"))
  }

  @Test(
    "what is no column of numbers is refused with its line",
    arguments: [
      (
        "\"offset\": \"1\"",
        "line 2, column 59: offset: expected a number or a list of numbers, found a string"
      ),
      (
        "\"offset\": []",
        "line 2, column 59: offset: expected 1 to 4096 numbers, found an empty list"
      ),
      ("\"offset\": [1, 2]", "line 2, column offset: expected 1 number as in line 1, found 2"),
      (
        "\"offset\": [true]", "line 2, column 60: offset[0]: expected a number, found a truth value"
      ),
      ("\"offset\": 1e39", "line 2, column 59: offset: 1e+39 does not fit a 32-bit float"),
      ("\"margin\": 1", "line 2: row has no offset, which objective odpo needs"),
    ])
  func refusals(columns: String, message: String) throws {
    var options = ImportOptions()
    options.requiredColumns = ["offset": "objective odpo"]
    let text = Self.row("\"offset\": 1") + Self.row(columns)
    let found = try importError("rows.jsonl", Array(text.utf8), options)
    #expect(found == message)
  }

  @Test("CSV has columns of numbers, too")
  func csv() throws {
    let text = "chosen_0,rejected_0,offset,note\n1,2,0.5,a\n3,4,,b\n"
    let records = try importCSV(text).records
    #expect(records.map(\.numbers) == [["offset": [0.5]], [:]])
    #expect(try importError("rows.csv", Array("chosen_0,rejected_0,offset\n1,2,x\n".utf8)) != nil)
  }

  @Test("datasets of a foreign file are columns, unless they are something else")
  func foreign() throws {
    var sample = SchemaSample()
    sample.columns["pairs/strength_mean"] = [1, 2, 3]
    sample.columns["pairs/scores"] = [1, 2]
    try sample.write(folder.file("foreign.h5"))
    let file = try PreferenceFile(path: folder.file("foreign.h5"))
    #expect(file.columns.contains("strength_mean"))
    #expect(file.columns.isDisjoint(with: ["scores", "a", "b", "prompt", "label", "id"]))
  }

  @Test("validation finds half a row and infinities, not a row without numbers")
  func validation() throws {
    var records = try importJSONL(Self.rows, options("mine")).records
    records[0].numbers["mine"] = [1, .nan, 2]
    records[1].numbers["mine"] = [1, .infinity, 2]
    let report = try Validator.run(source: try InMemoryPairs(records))
    #expect(report[.nonFinite]?.rows == [0, 1])
  }
}
