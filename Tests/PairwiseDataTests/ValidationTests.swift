import PairwiseConfig
import PairwiseData
import PairwiseTensor
import Testing

@Suite struct ValidationTests {
  private func pairs(_ rows: [(String, String, String)]) throws -> [PreferenceRecord] {
    rows.enumerated().map { index, row in
      var record = PreferenceRecord(origin: index + 1)
      record.prompt = .plain(row.0)
      record.chosen = .plain(row.1)
      record.rejected = .plain(row.2)
      return record
    }
  }

  private func report(
    _ records: [PreferenceRecord], splits: [String: RowSet] = [:]
  ) throws -> ValidationReport {
    var source = try InMemoryPairs(records)
    if !splits.isEmpty { source.splits = splits }
    var options = Validator.Options()
    options.blockRows = 2
    options.longText = 100
    return try Validator.run(source: source, options: options)
  }

  @Test func cleanDataHaveNoFindings() throws {
    let report = try report(try pairs([("p", "a", "b"), ("q", "a", "b"), ("p", "a", "c")]))
    #expect(report.findings.isEmpty && report.isClean && !report.exceeds(0))
    #expect(report.rows == 3)
  }

  @Test func duplicatesAndContradictions() throws {
    let report = try report(
      try pairs([
        ("p", "a", "b"), ("p", "b", "a"), ("p", "a", "b"), ("q", "a", "b"), ("q", "a", "b"),
        ("pa", "", "b"), ("p", "a b", "c"), ("p a", "b", "c"),
      ]))
    #expect(report[.duplicate]?.rows == [2, 4])
    #expect(report[.contradiction]?.rows == [0, 1, 2])
    #expect(report[.contradiction]?.share == 3.0 / 8)
    #expect(report[.emptyCompletion]?.rows == [5])
    #expect(report.findings.map(\.kind) == [.duplicate, .contradiction, .emptyCompletion])
  }

  @Test func repeatsByOtherAnnotatorsAreNoDuplicates() throws {
    var records = try pairs([("p", "a", "b"), ("p", "a", "b"), ("p", "a", "b")])
    for (index, name) in ["x", "y", "x"].enumerated() { records[index].annotator = name }
    #expect(try report(records)[.duplicate]?.rows == [2])
  }

  @Test func tiesNeitherContradictNorDisagree() throws {
    var records = try pairs([("p", "a", "b"), ("p", "b", "a"), ("q", "a", "b")])
    records[1].label = 0
    records[2].labelProbability = 0.25
    let report = try report(records)
    #expect(report[.tie]?.rows == [1])
    #expect(report[.contradiction] == nil)
    #expect(report[.labelDisagreement]?.rows == [2])
    #expect(report[.labelDisagreement]?.example == "label_prob 0.25")
  }

  @Test func oddTexts() throws {
    let long = String(repeating: "x", count: 101)
    let report = try report(try pairs([("", "a", "b"), ("p", "a", "a"), ("p", long, "b")]))
    #expect(report[.emptyPrompt]?.rows == [0])
    #expect(report[.identicalSides]?.rows == [1])
    #expect(report[.longText]?.rows == [2])
    #expect(report[.longText]?.example == "101 bytes")
    // Empty prompts and long texts are for information only.
    #expect(report.findings.filter { $0.kind.isDefect }.map(\.kind) == [.identicalSides])
  }

  @Test func promptsInSeveralSplitsLeak() throws {
    let records = try pairs([
      ("p", "a", "b"), ("q", "a", "b"), ("p", "c", "d"), ("r", "a", "b"), ("", "a", "b"),
      ("", "c", "d"),
    ])
    let splits: [String: RowSet] = [
      "train": .list([0, 1, 4]), "test": .list([2, 3]), "validation": .list([5]),
    ]
    // The empty prompt is no prompt: rows without one are only the same if their answers are.
    #expect(try report(records, splits: splits)[.leakage]?.rows == [2])
    #expect(try report(records)[.leakage] == nil)
  }

  @Test func rowsInTwoSplitsLeak() throws {
    let records = try pairs([("p", "a", "b"), ("q", "a", "b")])
    let splits: [String: RowSet] = ["train": .range(0..<2), "test": .list([1])]
    #expect(try report(records, splits: splits)[.leakage]?.rows == [1])
  }

  @Test func denseFeatures() throws {
    let source = InMemoryPairs(
      chosen: Tensor([4, 2], [1, 2, 3, 4, .nan, 0, 3, 4]),
      rejected: Tensor([4, 2], [3, 4, 1, 2, 0, 0, 1, 2]))
    let report = try Validator.run(source: source)
    #expect(report[.contradiction]?.rows == [0, 1, 3])
    #expect(report[.duplicate]?.rows == [3])
    #expect(report[.nonFinite]?.rows == [2])
    #expect(report.lengthBias == nil)
  }

  @Test func lengthBias() throws {
    let report = try report(
      try pairs([("p", "aaa", "b"), ("q", "aa", "b"), ("r", "a", "bb"), ("s", "a", "b")]))
    #expect(report.lengthBias == LengthBias(chosenLonger: 0.5, equal: 0.25))
    #expect(report.lengthBias?.longerWinsAccuracy == 0.625)
  }

  /// A source in which some rows cannot be read.
  struct Damaged: PairSource {
    let count = 10
    let featureWidth: Int? = nil
    let hasTexts = true
    let columns: Set<PairColumn> = []
    let groupNames: [String] = []
    let annotatorNames: [String] = []
    let splits: [String: RowSet] = [:]
    var kind = DataError.Kind.invalid

    func read(_ rows: [Int], _ needs: PairNeeds) throws(DataError) -> PairBlock {
      for row in rows where row == 3 || row == 8 {
        throw DataError(kind, file: "x.h5", place: "row \(row)", "expected UTF-8 in row \(row)")
      }
      var block = PairBlock(rows: rows)
      var texts = PairTexts()
      for row in rows { texts.append(prompt: "\(row)".utf8, chosen: "a".utf8, rejected: "b".utf8) }
      block.texts = texts
      return block
    }
  }

  @Test func rowsThatCannotBeReadAreFoundOneByOne() throws {
    let report = try Validator.run(source: Damaged())
    #expect(report[.unreadable]?.rows == [3, 8])
    #expect(report[.unreadable]?.example == "expected UTF-8 in row 3")
    #expect(report.findings.count == 1)
    #expect(throws: DataError.self) { try Validator.run(source: Damaged(kind: .inputOutput)) }
  }

  @Test func thresholds() throws {
    let report = try report(
      try pairs([("p", "a", "a"), ("", "a", "b"), ("q", "a", "b"), ("r", "a", "b")]))
    #expect(report.exceeds(0.2) && !report.exceeds(0.25))
    #expect(
      report.exceeding([.emptyPrompt: 0.1, .identicalSides: 0.5]).map(\.kind) == [.emptyPrompt])
  }

  @Test func firstRowsAreKeptWhateverTheOrder() throws {
    let rows = (0..<60).map { ("p\($0 % 30)", "a", "b") }
    let finding = try #require(try report(try pairs(rows))[.duplicate])
    #expect(finding.count == 30)
    #expect(finding.rows == Array(30..<50))
  }

  @Test func reportAsTableAndTree() throws {
    let report = try report(
      try pairs([("p", "a", "b"), ("p", "b", "a"), ("", "aa", "b")]))
    #expect(
      report.description == """
        rows                              3
        contradictions (A ≻ B and B ≻ A)  2  66.7 %  rows 0, 1
        empty prompts                     1  33.3 %  row 2
        chosen is longer in 33.3 % of pairs; "longer wins" has accuracy 66.7 %
        """)
    var writer = JSONWriter()
    writer.write(report.json)
    #expect(
      writer.string.hasPrefix(
        #"{"rows":3,"clean":false,"findings":[{"kind":"contradiction","defect":true,"count":2,"#))
    #expect(try self.report([]).description.hasSuffix("no defects found"))
  }

  @Test func theProjectsExamplesAreClean() throws {
    let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    var list = RecordList()
    _ = try Importer.run(source: "/\(folder)/Examples/pairs.jsonl", into: &list)
    let report = try Validator.run(source: try InMemoryPairs(list.records))
    #expect(report.findings.isEmpty)
    // Length alone gives little away.
    let bias = try #require(report.lengthBias)
    #expect(bias.longerWinsAccuracy > 0.4 && bias.longerWinsAccuracy < 0.6)
  }
}
