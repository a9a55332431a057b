import PairwiseConfig
import PairwiseData
import PairwiseTensor
import PairwiseTestSupport
import PairwiseText
import Testing

extension PreferenceFileInfo {
  static func test(_ compression: Compression = .all) -> PreferenceFileInfo {
    PreferenceFileInfo(
      generator: "test", source: "made for the test", license: "CC0-1.0",
      createdUTC: "2026-01-01T00:00:00Z", compression: compression)
  }
}

/// A record with a value in every column, different for every `row`.
func fullRecord(_ row: Int) -> PreferenceRecord {
  var record = PreferenceRecord(origin: row)
  record.prompt = .messages([
    ChatMessage(role: "system", content: "brief"),
    ChatMessage(role: "user", content: "question \(row / 2) – é"),
  ])
  record.chosen = .plain("good \(row)")
  record.rejected = .messages([ChatMessage(role: "assistant", content: "bad \"\(row)\"\n")])
  record.chosenFeatures = [Float(row), 0.5, -1]
  record.rejectedFeatures = [Float(-row), 0.25, 3]
  record.label = row % 5 == 4 ? 0 : 1
  record.labelProbability = row % 3 == 0 ? 0.75 : nil
  record.margin = row % 7 == 6 ? nil : Float(row) / 8
  record.weight = row % 4 == 3 ? nil : 0.5
  record.group = row % 3 == 2 ? nil : "group \(row % 3)"
  record.annotator = "judge \(row % 11)"
  record.chosenGoldReward = Double(row) + 0.125
  record.rejectedGoldReward = Double(-row)
  record.flipped = row % 6 == 5 && record.label != 0
  record.extra = [
    ConfigNode.Entry(key: "id", value: ConfigNode(.int(row))),
    ConfigNode.Entry(key: "tags", value: ConfigNode(.list([ConfigNode(.string("a\u{0}b"))]))),
  ]
  return record
}

/// Entries without their places, which depend on where they were parsed.
private func json(_ entries: [ConfigNode.Entry]) -> String {
  var writer = JSONWriter()
  writer.write(ConfigNode(.table(entries)))
  return writer.string
}

@Suite("Preference files: written and read back")
struct SchemaRoundTripTests {
  let folder = TemporaryFolder()

  func write(
    _ records: [PreferenceRecord], _ compression: PreferenceFileInfo.Compression = .all,
    _ name: String = "pairs.h5", _ more: (PreferenceFileWriter) throws -> Void = { _ in }
  ) throws -> PreferenceFile {
    let writer = try PreferenceFileWriter(
      creating: folder.file(name), info: .test(compression))
    for record in records { try writer.append(record) }
    try more(writer)
    try writer.finish()
    return try PreferenceFile(path: folder.file(name))
  }

  @Test(
    "every column comes back",
    arguments: [PreferenceFileInfo.Compression.all, .allButFeatures, .none], [1, 30, 70_000])
  func everyColumn(_ compression: PreferenceFileInfo.Compression, _ count: Int) throws {
    let written = (0..<count).map(fullRecord)
    let file = try write(written, compression)
    #expect(file.count == count && file.featureWidth == 3 && file.hasTexts)
    let rows = count > 100 ? Array(stride(from: 0, to: count, by: 997)) : Array(0..<count)
    for (record, row) in zip(try file.records(rows), rows) {
      let expected = written[row]
      #expect(record.origin == row)
      #expect(record.prompt == expected.prompt)
      #expect(record.chosen == expected.chosen)
      #expect(record.rejected == expected.rejected)
      #expect(record.chosenFeatures == expected.chosenFeatures)
      #expect(record.rejectedFeatures == expected.rejectedFeatures)
      #expect(record.label == expected.label)
      #expect(record.labelProbability == expected.labelProbability)
      #expect(record.margin == expected.margin)
      // A missing weight is 1 in the schema.
      #expect(record.weight == expected.weight ?? 1)
      #expect(record.group == expected.group)
      #expect(record.annotator == expected.annotator)
      #expect(record.chosenGoldReward == expected.chosenGoldReward)
      #expect(record.rejectedGoldReward == expected.rejectedGoldReward)
      #expect(record.flipped == expected.flipped)
      #expect(json(record.extra) == json(expected.extra))
    }
  }

  @Test("columns no record has leave no dataset")
  func absentColumns() throws {
    var record = PreferenceRecord(origin: 1)
    record.chosenFeatures = [1, 2]
    record.rejectedFeatures = [3, 4]
    let file = try write([record, record])
    #expect(file.columns.isEmpty && !file.hasTexts && file.groupNames.isEmpty)
    let paths = file.summary.datasets.map(\.path)
    #expect(
      paths == [
        "pairs/a", "pairs/b", "pairs/id", "pairs/label", "pairs/prompt", "prompts/id",
        "responses/features", "responses/id", "responses/prompt", "splits/train",
      ])
    #expect(file.splits == ["train": .range(0..<2)])
    #expect(file.warnings.isEmpty)
  }

  @Test("a column that begins late is filled up before")
  func lateColumn() throws {
    var records = (0..<70_000).map { row in
      var record = PreferenceRecord(origin: row)
      record.chosenFeatures = [0]
      record.rejectedFeatures = [1]
      return record
    }
    records[69_000].margin = 2
    records[69_500].annotator = "late"
    let file = try write(records)
    let some = try file.records([0, 65_536, 68_999, 69_000, 69_500, 69_999])
    #expect(some.map(\.margin) == [nil, nil, nil, 2, nil, nil])
    #expect(some.map(\.annotator) == [nil, nil, nil, nil, "late", nil])
    #expect(file.warnings == ["pairs/margin: missing in 69999 of 70000 rows"])
    let error = #expect(throws: DataError.self) {
      try file.read([69_000, 69_001], PairNeeds(columns: [.margin]))
    }
    #expect(error?.place == "pairs/margin row 69001")
    #expect(error?.message == "expected a margin, found nan")
  }

  @Test("consecutive records share a prompt; others don't")
  func sharedPrompts() throws {
    let file = try write((0..<10).map(fullRecord))
    let prompts = file.summary.datasets.first { $0.path == "prompts/id" }
    #expect(prompts?.extents == [5])
  }

  @Test("splits, names, attributes and ledger come back")
  func splitsAndNames() throws {
    let file = try write((0..<30).map(fullRecord)) { writer in
      try writer.setSplit("train", rows: .range(0..<20))
      try writer.setSplit("validation", rows: .list([29, 20, 25]))
      try writer.setSplit("test", rows: .list([]))
      try writer.setAttribute("ledger", "{\"imported\": 30}")
      try writer.setAttribute("big", String(repeating: "x", count: 200_000))
      try writer.setAttribute("empty", "")
    }
    #expect(
      file.splits == [
        "train": .range(0..<20), "validation": .list([29, 20, 25]), "test": .range(0..<0),
      ])
    #expect(file.attribute("ledger") == "{\"imported\": 30}")
    #expect(file.attribute("big")?.count == 200_000)
    #expect(file.attribute("empty") == "")
    #expect(file.attribute("none") == nil)
    #expect(file.groupNames == ["group 0", "group 1"])
    #expect(file.annotatorNames.count == 11)
    #expect(
      file.columns == [
        .margin, .weight, .labelProbability, .group, .annotator, .chosenGold, .rejectedGold,
      ])
  }

  @Test("rows in any order equal a full read", arguments: 0..<8 as Range<UInt64>)
  func anyOrder(_ seed: UInt64) throws {
    let count = 3000
    let file = try write(
      (0..<count).map(fullRecord),
      [PreferenceFileInfo.Compression.all, .allButFeatures, .none][Int(seed % 3)])
    let needs = PairNeeds(
      features: true, texts: true, columns: [.weight, .group, .chosenGold, .labelProbability])
    let all = try file.read(Array(0..<count), needs)
    var random = SeededNumbers(seed)
    var rows = (0..<500).map { _ in Int.random(in: 0..<count, using: &random) }
    rows += (100..<400).map { $0 }  // and a run
    let some = try file.read(rows, needs)
    #expect(some.rows == rows)
    let (x, y) = (try #require(all.features).array, try #require(some.features).array)
    let (s, t) = (try #require(all.texts), try #require(some.texts))
    for (i, row) in rows.enumerated() {
      #expect(y[(6 * i)..<(6 * i + 6)] == x[(6 * row)..<(6 * row + 6)])
      #expect(t.prompt(i) == s.prompt(row) && t.chosen(i) == s.chosen(row))
      #expect(t.rejected(i) == s.rejected(row))
      for column in needs.columns {
        #expect(some.columns[column]?[i] == all.columns[column]?[row])
      }
    }
    #expect(some.ties == rows.indices.filter { rows[$0] % 5 == 4 })
  }

  @Test("a block written in bulk reads back the same")
  func bulk() throws {
    let n = 9000
    var block = PairBlock(
      rows: Array(0..<n), features: Tensor([2 * n, 5], (0..<(10 * n)).map { Float($0) }))
    block.columns[.margin] = (0..<n).map { Float($0) / 4 }
    block.columns[.chosenGold] = (0..<n).map { Float($0) }
    block.columns[.rejectedGold] = (0..<n).map { _ in 10 }
    block.ties = [3]
    let writer = try PreferenceFileWriter(creating: folder.file("bulk.h5"), info: .test(.none))
    try writer.append(block: block)
    try writer.append(block: block)
    try writer.finish()
    let file = try PreferenceFile(path: folder.file("bulk.h5"))
    #expect(file.count == 2 * n)
    let needs = PairNeeds(
      features: true, columns: [.margin, .chosenGold, .rejectedGold, .labelProbability])
    let read = try file.read(Array(n..<(2 * n)), needs)
    #expect(read.features == block.features)
    #expect(read.columns[.margin] == block.columns[.margin])
    #expect(read.columns[.chosenGold] == block.columns[.chosenGold])
    #expect(read.ties == [3])
    #expect(read.columns[.labelProbability]?[3] == 0.5)
    // The label says chosen; the gold rewards say rejected in the first rows.
    #expect(try file.records([9, 11]).map(\.flipped) == [true, false])
  }

  @Test("nothing is left of a file that is not finished, and none is overwritten unasked")
  func unfinished() throws {
    let path = folder.file("pairs.h5")
    do {
      let writer = try PreferenceFileWriter(creating: path, info: .test())
      try writer.append(fullRecord(0))
      #expect(FileAccess.names(in: folder.path).count == 1)
    }
    #expect(FileAccess.names(in: folder.path).isEmpty)
    _ = try write([fullRecord(0)])
    #expect(FileAccess.names(in: folder.path) == ["pairs.h5"])
    let error = #expect(throws: DataError.self) {
      try PreferenceFileWriter(creating: path, info: .test())
    }
    #expect(error?.kind == .cannotCreate)
    let again = try PreferenceFileWriter(creating: path, info: .test(), overwrite: true)
    #expect(throws: DataError.self) { try again.finish() }  // no pairs
    #expect(FileAccess.names(in: folder.path) == ["pairs.h5"])
    #expect(try PreferenceFile(path: path).count == 1)
  }

  @Test("records that don't fit those before them are refused")
  func mixedForms() throws {
    let writer = try PreferenceFileWriter(creating: folder.file("x.h5"), info: .test())
    try writer.append(fullRecord(0))
    var bare = fullRecord(7)
    bare.chosenFeatures = nil
    bare.rejectedFeatures = nil
    let error = #expect(throws: DataError.self) { try writer.append(bare) }
    #expect(error?.message == "expected texts and 3 features as in the first record")
    #expect(error?.place == "record of line 7")
    #expect(throws: DataError.self) { try writer.setSplit("../up", rows: .range(0..<1)) }
    try writer.setSplit("train", rows: .range(0..<5))
    let range = #expect(throws: DataError.self) { try writer.finish() }
    #expect(range?.message == "expected rows 0 to 0, found 1")
  }
}
