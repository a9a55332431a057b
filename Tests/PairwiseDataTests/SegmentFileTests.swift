import CHDF5
import PairwiseData
import PairwiseTensor
import PairwiseTestSupport
import Testing

@Suite("Preference files: segments of trajectories")
struct SegmentFileTests {
  private let folder = TemporaryFolder()

  /// Three segments on two states with two actions; the third is one step long.
  private struct Sample {
    var columns: [String: [Double]] = [
      "pairs/a": [0, 2], "pairs/b": [1, 0], "pairs/label": [1, -1],
      "segments/states/values": [0, 1, 0, 1, 1, 0, 0, 1], "segments/states/offsets": [0, 3, 6, 8],
      "segments/actions/values": [1, 0, 0, 1, 1], "segments/actions/offsets": [0, 2, 4, 5],
      "segments/rewards/values": [-1, -1, 0, 0, 1], "segments/rewards/offsets": [0, 2, 4, 5],
      "splits/train": [0, 1],
      "mdp/terminal": [0, 1],
    ]
    var transition: [Double] = [1, 0, 0, 1, 0, 1, 1, 0]
    var shape = [2, 2, 2]
    var reward: [Double] = [0, -1, 2, 0.5]

    func write(_ path: String) throws {
      try HDF5Corpus.file(path) { file in
        try HDF5Corpus.groups(file, above: columns.keys + ["mdp/transition"])
        for (path, values) in columns.sorted(by: { $0.key < $1.key }) {
          let type = path.hasSuffix("rewards/values") ? pw_h5t_ieee_f64le() : pw_h5t_std_i32le()
          try HDF5Corpus.numbers(file, path, type, [values.count], values)
        }
        try HDF5Corpus.numbers(
          file, "mdp/transition", pw_h5t_ieee_f64le(), shape.map { $0 }, transition)
        try HDF5Corpus.numbers(file, "mdp/reward", pw_h5t_ieee_f64le(), [2, 2], reward)
        for (name, text) in [
          ("format", "pairwise-preference-data"), ("schema_version", "1.0.0"),
          ("min_reader_version", "1.0.0"), ("orientation", "label:+1 means a preferred"),
        ] { try HDF5Corpus.text(file, "/", name, text) }
        for (name, count) in [("n_prompts", 0), ("n_responses", 0), ("n_pairs", 2)] {
          try HDF5Corpus.integer(file, name, count)
        }
        try HDF5Corpus.text(file, "/pairs", "target", "segments")
      }
    }
  }

  /// A small file of segments and their process, for tests that damage it.
  static func write(_ path: String) throws { try Sample().write(path) }

  @Test("are read as rows of state, action, state, … with the preferred one first")
  func reading() throws {
    let path = folder.file("sample.h5")
    try Sample().write(path)
    let file = try PreferenceFile(path: path)
    #expect(file.featureWidth == 5 && file.count == 2 && file.warnings.isEmpty)
    let block = try file.read([1, 0], PairNeeds(features: true))
    #expect(
      block.features?.array == [
        0, 1, 1, 0, 0, 0, 1, 1, -1, -1,
        0, 1, 1, 0, 0, 1, 0, 1, 1, 0,
      ])
    #expect(try file.records([0])[0].chosenFeatures == [0, 1, 1, 0, 0])
    let process = try #require(try file.process())
    #expect(process.states == 2 && process.actions == 2 && process.isTerminal == [false, true])
    #expect(process.reward == [0, -1, 2, 0.5] && process.transition == Sample().transition)
  }

  @Test("are written as such, and come back")
  func writing() throws {
    let (from, to) = (folder.file("rows.jsonl"), folder.file("rows.h5"))
    let rows = """
      {"chosen": [0, 0, 1, 1, 2], "rejected": [0, 1, 1, -1, -1], "label_prob": 0.75}
      {"chosen": [2, 0, 0, -1, -1], "rejected": [2, 1, 1, 1, 0], "label": -1}

      """
    try FileAccess.write(Array(rows.utf8), to: from)
    var info = PreferenceFileInfo.test()
    info.holdsSegments = true
    _ = try Importer.write(source: from, to: to, info: info)
    let file = try PreferenceFile(path: to)
    let block = try file.read([0, 1], PairNeeds(features: true, columns: [.labelProbability]))
    #expect(
      block.features?.array == [
        0, 0, 1, 1, 2, 0, 1, 1, -1, -1, 2, 1, 1, 1, 0, 2, 0, 0, -1, -1,
      ])
    #expect(block.columns[.labelProbability] == [0.75, 1])
    #expect(try file.process() == nil)
  }

  @Test("what is no segment is not written")
  func refusedRows() throws {
    for (row, words) in [
      ("[0, 1], \"rejected\": [0, 1]", "expected a segment"),
      ("[0, 1, -1], \"rejected\": [0, 1, 0]", "expected a segment"),
      ("[0, 0.5, 0], \"rejected\": [0, 1, 0]", "expected an action in 0 ..< 32768, found 0.5"),
      ("[0, 0, 1e30], \"rejected\": [0, 1, 0]", "expected a state in 0 ..< 16777216"),
    ] {
      let from = folder.file("bad.jsonl")
      try FileAccess.write(Array("{\"chosen\": \(row)}\n".utf8), to: from)
      var info = PreferenceFileInfo.test()
      info.holdsSegments = true
      let error = #expect(throws: DataError.self) {
        try Importer.write(source: from, to: folder.file("bad.h5"), info: info)
      }
      #expect(error?.message.contains(words) == true, "\(error as Any)")
      #expect(!FileAccess.exists(folder.file("bad.h5")))
    }
  }

  static let damage: [(path: String, values: [Double], place: String, words: String)] = [
    ("pairs/a", [0, 3], "pairs/a row 1", "expected 0 to 2, found 3"),
    ("pairs/b", [0, 0], "pairs/b row 0", "expected another segment than pairs/a"),
    ("pairs/label", [1, 2], "pairs/label row 1", "expected 1, 0, −1 or −128, found 2"),
    (
      "segments/states/values", [0, 1, 0, 1, 2, 0, 0, 1], "values row 4", "expected 0 to 1, found 2"
    ),
    ("segments/actions/values", [1, 0, 0, -1, 1], "values row 3", "expected 0 to 1, found -1"),
    (
      "segments/states/offsets", [0, 2, 6, 8], "actions/offsets row 0",
      "one action fewer than the 2 states, found 2"
    ),
    ("segments/states/offsets", [0, 3, 6], "offsets", "expected"),
    (
      "segments/actions/offsets", [0, 2, 4, 9], "offsets row 3",
      "expected an offset from 4 to 5, found 9"
    ),
    (
      "segments/rewards/offsets", [0, 1, 4, 5], "rewards/offsets row 0",
      "expected 2 rewards as there are actions, found 1"
    ),
    ("mdp/terminal", [0, 2], "mdp/terminal row 1", "expected 0 or 1, found 2"),
    ("mdp/terminal", [0], "mdp/terminal", "expected integers [2]"),
  ]

  @Test("each fault is named with its path and the first bad index", arguments: damage.indices)
  func refused(_ index: Int) throws {
    let (column, values, place, words) = Self.damage[index]
    let path = folder.file("bad.h5")
    var sample = Sample()
    sample.columns[column] = values
    try sample.write(path)
    let error = #expect(throws: DataError.self) { try PreferenceFile(path: path) }
    #expect(error?.place?.hasSuffix(place) == true, "\(error as Any)")
    #expect(error?.message.contains(words) == true, "\(error as Any)")
  }

  @Test("a table that is no decision process is refused")
  func processes() throws {
    func error(_ change: (inout Sample) -> Void) throws -> String {
      var sample = Sample()
      change(&sample)
      let path = folder.file("process.h5")
      try sample.write(path)
      let error = #expect(throws: DataError.self) { try PreferenceFile(path: path) }
      return error.map { "\($0)" } ?? ""
    }
    #expect(
      try error { $0.transition[0] = 0.5 }.contains("mdp/transition row 0: expected probabilities"))
    #expect(try error { $0.transition[0] = .nan }.contains("mdp/transition row 0"))
    #expect(try error { $0.shape = [2, 4] }.contains("expected numbers [states, actions, states]"))
    #expect(try error { $0.reward[3] = .infinity }.contains("mdp/reward row 1: expected finite"))
  }
}
