import CHDF5
import PairwiseConfig
import PairwiseData
import PairwiseTensor
import PairwiseTestSupport
import Testing

@Suite("Preference files: slates of several responses")
struct SlateFileTests {
  private let folder = TemporaryFolder()

  /// Three and four candidates, a tie, a top alone, weights and annotators.
  private static let rows = [
    #"{"prompt": "p", "candidates": ["a", "b", "c"], "ranks": [2, 3, 1], "weight": 2, "annotator": "x"}"#,
    #"{"prompt": "p", "candidates": ["d", "e", "f", "g"], "scores": [1, 5, 1, 0], "annotator": "y"}"#,
    #"{"prompt": "q", "candidates": ["h", "ü", "j"], "ranks": [null, 1, null], "note": "n"}"#,
    #"{"prompt": "q", "candidates": ["k", "l"], "ranks": [1, 1]}"#,
    #"{"prompt": "r", "candidates": ["m", "n", "o", "p"], "ranks": [1, 2, 3, 4], "top_k": 2}"#,
  ]

  /// A small file of slates, for tests that damage it.
  static func write(_ path: String, _ folder: TemporaryFolder) throws {
    let from = folder.file("sample-slates.jsonl")
    try FileAccess.write(Array((rows.joined(separator: "\n") + "\n").utf8), to: from)
    _ = try Importer.write(source: from, to: path, info: .test(), overwrite: true)
  }

  private func imported(_ rows: [String] = rows, _ name: String = "rows") throws -> PreferenceFile {
    let (from, to) = (folder.file("\(name).jsonl"), folder.file("\(name).h5"))
    try FileAccess.write(Array((rows.joined(separator: "\n") + "\n").utf8), to: from)
    _ = try Importer.write(source: from, to: to, info: .test(), overwrite: true)
    return try PreferenceFile(path: to)
  }

  private func inMemory(_ rows: [String] = rows) throws -> InMemoryPairs {
    let from = folder.file("memory.jsonl")
    try FileAccess.write(Array((rows.joined(separator: "\n") + "\n").utf8), to: from)
    var list = RecordList()
    _ = try Importer.run(source: from, into: &list)
    return try InMemoryPairs(list.records)
  }

  private func texts(_ block: PairBlock, _ row: Int) throws -> [String] {
    let texts = try #require(block.texts)
    let further = ["rejected_2", "rejected_3"].map { block.textColumns[$0]?[row] ?? [] }
    return ([texts.prompt(row), texts.chosen(row), texts.rejected(row)] + further)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  @Test("are read as they were ranked, from JSONL and from HDF5")
  func bothFormats() throws {
    let (file, memory) = (try imported(), try inMemory())
    #expect(file.warnings.isEmpty && file.slateCount == 4 && file.splits["train"]?.count == 5)
    for source in [file, memory] as [any PairSource] {
      #expect(source.textColumns == ["rejected_2", "rejected_3"])
      #expect(source.columns.isSuperset(of: PairColumn.slateColumns))
      let needs = PairNeeds(
        texts: true, columns: source.columns, textColumns: source.textColumns)
      let block = try source.read([4, 0, 1, 2, 3], needs)
      #expect(try texts(block, 0) == ["r", "m", "n", "o", "p"])
      #expect(try texts(block, 1) == ["p", "c", "a", "b", ""])
      #expect(try texts(block, 2) == ["p", "e", "d", "f", "g"])
      #expect(try texts(block, 3) == ["q", "ü", "h", "j", ""])
      #expect(block.columns[.slateSize] == [4, 3, 4, 3, 2])
      #expect(block.columns[.topK] == [2, 2, 3, 1, 1])
      #expect(block.columns[.weight] == [1, 2, 1, 1, 1])
      #expect(block.columns[.labelProbability] == [1, 1, 1, 1, 0.5])
      #expect(block.ties == [4])
      let orders = block.slateOrders(of: 4)
      #expect(orders.map(\.hasTies) == [false, false, true, false, true])
      #expect(orders[2].tieLevels == [0, 1, 1, 2] && orders[3].isFull == false)
    }
  }

  @Test("keep every column when a file is copied by its records")
  func records() throws {
    let first = try imported()
    let copy = folder.file("copy.h5")
    let writer = try PreferenceFileWriter(creating: copy, info: .test())
    for record in try first.records([0, 1, 2, 3, 4]) { try writer.append(record) }
    try writer.finish()
    let second = try PreferenceFile(path: copy)
    for file in [first, second] {
      let records = try file.records([2, 1])
      #expect(records[0].slate == SlateOrder(count: 3, ordered: 1))
      #expect(records[0].extra.map(\.key) == ["note"])
      #expect(records[1].slate == SlateOrder(count: 4, tieLevels: [0, 1, 1, 2]))
      #expect(records[1].annotator == "y" && records[1].texts["rejected_3"] == "g")
    }
  }

  @Test("hold features as well")
  func features() throws {
    let rows = [
      #"{"candidates": [[1, 2], [3, 4], [5, 6]], "scores": [0, 2, 1]}"#,
      #"{"candidates": [[7, 8], [9, 10]], "scores": [1, 0]}"#,
    ]
    for source in [try imported(rows), try inMemory(rows)] as [any PairSource] {
      let block = try source.read(
        [1, 0], PairNeeds(features: true, columns: ["rejected_2", .slateSize]))
      #expect(block.features?.array == [7, 8, 9, 10, 3, 4, 5, 6])
      let further = try #require(block.columns["rejected_2"])
      #expect(further[0].isNaN && further[1].isNaN && further[2...] == [1, 2])
      #expect(source.width(of: "rejected_2") == 2)
      let padded = try PaddedSlates(source).read([1], PairNeeds(columns: ["rejected_2"]))
      #expect(padded.columns["rejected_2"] == [9, 10] && padded.features == nil)
    }
  }

  /// Prompts 0 and 1 with three responses each.
  private var sample: SchemaSample {
    var sample = SchemaSample()
    sample.counts["n_responses"] = 6
    sample.columns["responses/id"] = [0, 1, 2, 3, 4, 5]
    sample.columns["responses/prompt"] = [0, 0, 0, 1, 1, 1]
    sample.columns["responses/gold_reward"] = nil
    sample.columns["pairs/a"] = [0, 3, 0]
    sample.columns["pairs/b"] = [1, 4, 1]
    sample.features = (0..<12).map(Double.init)
    sample.columns["rankings/prompt"] = [0, 1]
    sample.columns["rankings/items/values"] = [2, 0, 1, 5, 3]
    sample.columns["rankings/items/offsets"] = [0, 3, 5]
    sample.columns["rankings/top_k"] = [2, 1]
    sample.columns["rankings/tie_level"] = [0, 0, 3, 0, 1]
    sample.columns["rankings/weight"] = [1, 0.5]
    sample.columns["splits_rankings/train"] = [1]
    sample.columns["splits_rankings/validation"] = [0]
    return sample
  }

  @Test("stand beside pairs in one file")
  func besidePairs() throws {
    let path = folder.file("both.h5")
    try sample.write(path)
    let pairs = try PreferenceFile(path: path)
    #expect(pairs.count == 3 && pairs.slateCount == nil && pairs.warnings.isEmpty)
    let slates = try PreferenceFile(path: path, rows: .slates)
    #expect(slates.count == 2 && slates.slateCount == 3 && slates.warnings.isEmpty)
    #expect(slates.splits == ["train": .range(1..<2), "validation": .range(0..<1)])
    let block = try slates.read(
      [0, 1], PairNeeds(features: true, columns: [.weight, .tieLevel, "rejected_2"]))
    #expect(block.features?.array == [4, 5, 0, 1, 10, 11, 6, 7])
    #expect(block.columns["rejected_2"]?[..<2] == [2, 3])
    #expect(block.columns[.weight] == [1, 0.5])
    #expect(block.columns[.tieLevel]?[..<3] == [0, 0, 1])
    #expect(block.ties == [0])
  }

  static let damage: [(path: String, values: [Double], place: String, words: String)] = [
    ("rankings/items/values", [2, 0, 2, 5, 3], "values row 2", "response 2 is in ranking 0 twice"),
    ("rankings/items/values", [2, 0, 6, 5, 3], "values row 2", "expected 0 to 5, found 6"),
    ("rankings/items/values", [2, 0, -1, 5, 3], "values row 2", "expected 0 to 5, found -1"),
    (
      "rankings/items/values", [2, 0, 1, 5, 0], "values row 4",
      "answers prompt 0, the ranking is about prompt 1"
    ),
    ("rankings/items/values", [2, 0, 1, 5], "tie_level", "expected extents [4], found [5]"),
    (
      "rankings/items/offsets", [0, 3, 6], "offsets row 2",
      "expected an offset from 3 to 5, found 6"
    ),
    ("rankings/items/offsets", [1, 3, 5], "offsets row 0", "expected 0, found 1"),
    (
      "rankings/items/offsets", [0, 4, 3], "offsets row 2",
      "expected an offset from 4 to 5, found 3"
    ),
    ("rankings/items/offsets", [0, 3, 4], "offsets row 2", "expected 5, the end, found 4"),
    ("rankings/items/offsets", [0, 1, 5], "offsets row 0", "expected 2 to 64 items, found 1"),
    ("rankings/items/offsets", [0, 5], "items/offsets", "expected extents [3], found [2]"),
    ("rankings/top_k", [2, 2], "top_k row 1", "expected 1 to 1, found 2"),
    ("rankings/top_k", [0, 1], "top_k row 0", "expected 1 to 2, found 0"),
    ("rankings/top_k", [1], "top_k", "expected extents [2], found [1]"),
    (
      "rankings/tie_level", [0, 2, 1, 0, 1], "tie_level row 2",
      "expected ascending levels, found 1 after 2"
    ),
    ("rankings/prompt", [0, 2], "prompt row 1", "expected 0 to 1, found 2"),
    ("rankings/weight", [1, -1], "weight row 1", "expected a finite number ≥ 0, found -1.0"),
    (
      "splits_rankings/train", [0], "splits_rankings/validation row 0",
      "ranking 0 is in this split already"
    ),
    ("splits_rankings/train", [2], "splits_rankings/train row 0", "expected 0 to 1, found 2"),
  ]

  /// A file is refused as a whole, whichever of its rows are asked for.
  @Test("each fault is named with its path and the first bad index", arguments: damage.indices)
  func refused(_ index: Int) throws {
    let (column, values, place, words) = Self.damage[index]
    let path = folder.file("bad.h5")
    var sample = sample
    sample.columns[column] = values
    try sample.write(path)
    for rows in [PreferenceRows.automatic, .slates] {
      let error = #expect(throws: DataError.self) { try PreferenceFile(path: path, rows: rows) }
      #expect(error?.place?.hasSuffix(place) == true, "\(error as Any)")
      #expect(error?.message.contains(words) == true, "\(error as Any)")
    }
  }

  @Test("rows of JSONL that rank nothing are refused in one sentence")
  func refusedRows() {
    for (rest, words) in [
      (#""ranks": [null, null]}"#, "expected one rank at least, found none"),
      (#""ranks": [1, 2], "top_k": 2}"#, "top_k: expected a whole number from 1 to 1"),
      (#""ranks": [1, 2], "top_k": "x"}"#, "top_k: expected a whole number from 1 to 1"),
      (#""scores": [1, null]}"#, "expected a number, found null"),
    ] {
      let row = #"{"prompt": "p", "candidates": ["a", "b"], "# + rest
      let error = #expect(throws: DataError.self) { try inMemory([row]) }
      #expect(error?.message.contains(words) == true, "\(error as Any)")
    }
    let mixed = Self.rows.prefix(1) + [#"{"prompt": "p", "chosen": "a", "rejected": "b"}"#]
    let error = #expect(throws: DataError.self) { try inMemory(Array(mixed)) }
    #expect(error?.message.contains("one file holds one shape") == true)
  }
}
