import CHDF5
import PairwiseData
import PairwiseTensor
import PairwiseTestSupport
import Testing

/// A small file of the schema, written by libhdf5 directly, with one thing to be changed.
struct SchemaSample {
  var texts = [
    "format": "pairwise-preference-data", "schema_version": "1.0.0",
    "min_reader_version": "1.0.0", "orientation": "label:+1 means a preferred",
    "group_names": "[\"x\", \"y\"]",
  ]
  var counts = ["n_prompts": 2, "n_responses": 4, "n_pairs": 3]
  var unit = "pair"
  var columns: [String: [Double]] = [
    "prompts/id": [0, 1], "responses/id": [0, 1, 2, 3], "responses/prompt": [0, 0, 1, 1],
    "pairs/prompt": [0, 1, 0], "pairs/a": [0, 2, 0], "pairs/b": [1, 3, 1],
    "pairs/label": [1, -1, 0], "pairs/label_prob": [0.75, 0.25, .nan],
    "pairs/margin": [1, 2, 3], "pairs/weight": [1, 0, 2], "pairs/group": [0, 1, -1],
    "splits/train": [0, 2], "splits/validation": [1],
    "responses/gold_reward": [10, 11, 12, 13],
  ]
  var features: [Double] = [0, 1, 2, 3, 4, 5, 6, 7]
  /// Further tables of two columns.
  var tables: [String: [Double]] = [:]

  func write(_ path: String) throws {
    try HDF5Corpus.file(path) { file in
      try HDF5Corpus.groups(
        file,
        above: Array(columns.keys) + Array(tables.keys) + ["splits/train", "responses/features"])
      for (path, values) in tables.sorted(by: { $0.key < $1.key }) {
        try HDF5Corpus.numbers(file, path, pw_h5t_ieee_f64le(), [values.count / 2, 2], values)
      }
      for (path, values) in columns.sorted(by: { $0.key < $1.key }) {
        let isFloat = ["label_prob", "margin", "weight", "gold_reward"].contains {
          path.hasSuffix($0)
        }
        try HDF5Corpus.numbers(
          file, path, isFloat ? pw_h5t_ieee_f64le() : pw_h5t_std_i32le(), [values.count], values)
      }
      try HDF5Corpus.numbers(
        file, "responses/features", pw_h5t_ieee_f32be(), [features.count / 2, 2], features)
      for (name, text) in texts { try HDF5Corpus.text(file, "/", name, text) }
      for (name, count) in counts { try HDF5Corpus.integer(file, name, count) }
      try HDF5Corpus.text(file, "/splits", "unit", unit)
    }
  }
}

@Suite("Preference files: what is checked")
struct SchemaCheckTests {
  let folder = TemporaryFolder()

  @Test("labels orient the sides")
  func orientation() throws {
    let path = folder.file("sample.h5")
    try SchemaSample().write(path)
    let file = try PreferenceFile(path: path)
    #expect(file.warnings.isEmpty && file.groupNames == ["x", "y"])
    #expect(file.splits == ["train": .list([0, 2]), "validation": .range(1..<2)])
    let block = try file.read(
      [2, 1, 0], PairNeeds(features: true, columns: PairColumn.builtIn))
    // Responses have features [2i, 2i + 1]; pair 1 prefers response 3 to 2.
    #expect(block.features?.array == [0, 1, 2, 3, 6, 7, 4, 5, 0, 1, 2, 3])
    #expect(block.ties == [0])
    #expect(block.columns[.labelProbability] == [0.5, 0.75, 0.75])
    #expect(block.columns[.margin] == [3, 2, 1])
    #expect(block.columns[.weight] == [2, 0, 1])
    #expect(block.columns[.group] == [-1, 1, 0])
    #expect(block.columns[.chosenGold] == [10, 13, 10])
    #expect(block.columns[.rejectedGold] == [11, 12, 11])
  }

  /// Identity 20 of the methods reference, §10.
  @Test("the same comparisons with a and b swapped are the same batches")
  func swappedSides() throws {
    var sample = SchemaSample()
    sample.tables["pairs/scores"] = [1, -2, 3, 4, 5, 6]
    var swapped = sample
    swapped.columns["pairs/a"] = sample.columns["pairs/b"]
    swapped.columns["pairs/b"] = sample.columns["pairs/a"]
    swapped.columns["pairs/label"] = sample.columns["pairs/label"]?.map { -$0 }
    swapped.columns["pairs/label_prob"] = sample.columns["pairs/label_prob"]?.map { 1 - $0 }
    swapped.tables["pairs/scores"] = sample.tables["pairs/scores"]?.map { -$0 }
    let needs = PairNeeds(
      features: true, columns: PairColumn.builtIn.union(["annotator_scores"]))
    // A tie has no preferred side: a stays in front.
    let blocks = try [sample, swapped].enumerated().map { index, sample in
      let path = folder.file("side-\(index).h5")
      try sample.write(path)
      return try PreferenceFile(path: path).read([0, 1], needs)
    }
    #expect(blocks[0].features == blocks[1].features)
    #expect(blocks[0].columns == blocks[1].columns && !blocks[0].columns.isEmpty)
    #expect(blocks[0].ties == blocks[1].ties)
  }

  @Test("what is said of responses, contexts and annotators are columns of the pairs")
  func derived() throws {
    let path = folder.file("derived.h5")
    var sample = SchemaSample()
    sample.texts["annotator_names"] = "[\"u\", \"v\"]"
    sample.tables = [
      "responses/ratings": [0, 1, 10, 11, 20, 21, 30, .nan], "pairs/scores": [1, -2, 3, 4, 5, 6],
      "contexts/features": [1, 2, 3, 4, 5, 6], "contexts/direction": [1, 0, 0, 1, 0.6, 0.8],
      "annotators/features": [7, 8, 9, 10],
    ]
    sample.columns["pairs/context"] = [2, -1, 0]
    sample.columns["pairs/annotator"] = [1, 0, -1]
    try sample.write(path)
    let file = try PreferenceFile(path: path)
    let wanted: Set<PairColumn> = [
      "chosen_ratings", "rejected_ratings", "annotator_scores", "context", "direction",
      "annotator_features",
    ]
    #expect(file.columns.isSuperset(of: wanted) && wanted.allSatisfy { file.width(of: $0) == 2 })
    func words(_ column: PairColumn, _ block: PairBlock) -> String {
      (block.columns[column] ?? []).map { "\($0)" }.joined(separator: " ")
    }
    let block = try file.read([1, 0], PairNeeds(columns: wanted))
    // Pair 1 prefers response 3 to 2: its sides and its signs are turned.
    #expect(words("chosen_ratings", block) == "30.0 nan 0.0 1.0")
    #expect(words("rejected_ratings", block) == "20.0 21.0 10.0 11.0")
    #expect(words("annotator_scores", block) == "-3.0 -4.0 1.0 -2.0")
    #expect(words("context", block) == "nan nan 5.0 6.0")
    #expect(words("direction", block) == "nan nan 0.6 0.8")
    #expect(words("annotator_features", block) == "7.0 8.0 9.0 10.0")
    let record = try file.records([1])[0]
    #expect(record.numbers["annotator_scores"] == [-3, -4] && record.numbers["context"] == nil)
    // Contexts that have but names.
    sample.tables = [:]
    sample.texts["context_names"] = "[\"kind\", \"brief\", \"true\"]"
    try sample.write(path)
    let named = try PreferenceFile(path: path)
    #expect(
      words("context", try named.read([0, 1], PairNeeds(columns: ["context"])))
        == "0.0 0.0 1.0 nan nan nan")
    for (change, place, words) in [
      (
        { $0.columns["pairs/context"] = [0, 3, 0] }, "pairs/context row 1",
        "expected −1 to 2, found 3"
      ),
      (
        { $0.tables["contexts/features"] = [0, 1, 1, 0, 1, .infinity] }, "contexts/features row 2",
        "expected finite"
      ),
      (
        { $0.tables["contexts/direction"] = [1, 0, 1, 1, 0, 1] }, "contexts/direction row 1",
        "expected length 1"
      ),
      ({ $0.tables["responses/ratings"] = [1, 2] }, "responses/ratings", "expected 4 rows"),
    ] as [((inout SchemaSample) -> Void, String, String)] {
      var bad = sample
      change(&bad)
      try bad.write(path)
      let error = #expect(throws: DataError.self) { try PreferenceFile(path: path) }
      #expect(error?.place == place && error?.message.contains(words) == true, "\(error as Any)")
    }
  }

  @Test("pairs without a label are read only where that is allowed")
  func unlabelled() throws {
    let path = folder.file("sample.h5")
    var sample = SchemaSample()
    sample.columns["pairs/label"] = [1, -128, 1]
    sample.columns["pairs/label_prob"] = nil
    try sample.write(path)
    let file = try PreferenceFile(path: path)
    let error = #expect(throws: DataError.self) { try file.read([0, 1], PairNeeds()) }
    #expect(error?.place == "pairs/label row 1")
    #expect(error?.message == "expected a judgement, found -128")
    let block = try file.read([0, 1], PairNeeds(features: true, allowsUnlabelled: true))
    #expect(block.unlabelled == [1])
    #expect(block.features?.array == [0, 1, 2, 3, 4, 5, 6, 7])
  }

  @Test("features that are not finite are named when they are read")
  func nonFinite() throws {
    let path = folder.file("sample.h5")
    var sample = SchemaSample()
    sample.features[6] = .infinity
    try sample.write(path)
    let file = try PreferenceFile(path: path)
    #expect(throws: Never.self) { try file.read([0], PairNeeds(features: true)) }
    let error = #expect(throws: DataError.self) {
      try file.read([0, 1], PairNeeds(features: true))
    }
    #expect(error?.place == "responses/features row 3")
    #expect(error?.message == "expected a finite feature, found inf in column 0, pair 1")
  }

  struct Wrong: CustomTestStringConvertible, Sendable {
    var place: String
    var message: String
    var change: @Sendable (inout SchemaSample) -> Void
    var testDescription: String { "\(place): \(message)" }

    init(
      _ place: String, _ message: String, _ change: @escaping @Sendable (inout SchemaSample) -> Void
    ) {
      self.place = place
      self.message = message
      self.change = change
    }
  }

  static let wrong: [Wrong] = [
    Wrong("root attribute format", "expected 'pairwise-preference-data', found 'other'") {
      $0.texts["format"] = "other"
    },
    Wrong(
      "root attribute schema_version",
      "written in format 2.0.0, this program reads up to 1.1.0: use a newer version of it"
    ) { $0.texts["schema_version"] = "2.0.0" },
    Wrong(
      "root attribute min_reader_version",
      "written in format 1.2.0, this program reads up to 1.1.0: use a newer version of it"
    ) { $0.texts["min_reader_version"] = "1.2.0" },
    Wrong("root attribute schema_version", "expected a version like 1.0.0, found 'one'") {
      $0.texts["schema_version"] = "one"
    },
    Wrong(
      "root attribute orientation", "expected 'label:+1 means a preferred', found 'reversed'"
    ) { $0.texts["orientation"] = "reversed" },
    Wrong("root attribute group_names", "expected a JSON list of texts, found an integer") {
      $0.texts["group_names"] = "[\"x\", 3]"
    },
    Wrong("root attribute n_pairs", "expected one integer") { $0.counts["n_pairs"] = nil },
    Wrong("pairs/a", "expected extents [4] as n_pairs says, found [3]") {
      $0.counts["n_pairs"] = 4
    },
    Wrong("prompts/id", "expected extents [9] as n_prompts says, found [2]") {
      $0.counts["n_prompts"] = 9
    },
    Wrong("pairs/b", "expected extents [3], found [2]") { $0.columns["pairs/b"] = [1, 3] },
    Wrong("pairs/label", "no such dataset") { $0.columns["pairs/label"] = nil },
    Wrong("pairs/label row 1", "expected 1, 0, −1 or −128, found 2") {
      $0.columns["pairs/label"] = [1, 2, 1]
    },
    Wrong("pairs/label_prob row 0", "expected a number from 0 to 1, or NaN, found 1.5") {
      $0.columns["pairs/label_prob"] = [1.5, 0, 0]
    },
    Wrong("pairs/weight row 2", "expected a finite number ≥ 0, found -1.0") {
      $0.columns["pairs/weight"] = [1, 1, -1]
    },
    Wrong("pairs/margin row 1", "expected a finite number, or NaN, found inf") {
      $0.columns["pairs/margin"] = [1, .infinity, 1]
    },
    Wrong("pairs/group row 0", "expected −1 to 1, found 2") {
      $0.columns["pairs/group"] = [2, 0, 0]
    },
    Wrong("pairs/a row 1", "expected 0 to 3, found 4") { $0.columns["pairs/a"] = [0, 4, 0] },
    Wrong("pairs/b row 0", "expected another response than pairs/a, found the same") {
      $0.columns["pairs/b"] = [0, 3, 1]
    },
    Wrong("pairs/b row 0", "response 3 answers prompt 1, the pair is about prompt 0") {
      $0.columns["pairs/b"] = [3, 3, 1]
    },
    Wrong("responses/prompt row 3", "expected 0 to 1, found 7") {
      $0.columns["responses/prompt"] = [0, 0, 1, 7]
    },
    Wrong("splits/train row 1", "expected 0 to 2, found 3") {
      $0.columns["splits/train"] = [0, 3]
    },
    Wrong("splits/validation row 0", "pair 2 is in this split already or in another one") {
      $0.columns["splits/validation"] = [2]
    },
    Wrong("splits/validation row 0", "pairs/prompt 0 is also in another split") {
      $0.unit = "prompt"
      $0.columns["splits/train"] = [0, 1]
      $0.columns["splits/validation"] = [2]
    },
    Wrong("splits attribute unit", "expected 'pair', 'prompt' or 'annotator'") {
      $0.unit = "day"
    },
    Wrong("responses/features", "expected 4 rows, found [3, 2]") {
      $0.features = [1, 2, 3, 4, 5, 6]
    },
  ]

  @Test("each failure names its place", arguments: wrong)
  func failures(_ wrong: Wrong) throws {
    let path = folder.file("sample.h5")
    var sample = SchemaSample()
    wrong.change(&sample)
    try sample.write(path)
    let error = #expect(throws: DataError.self) { try PreferenceFile(path: path) }
    #expect(
      error == DataError(.invalid, file: path, place: wrong.place, wrong.message))
  }

  @Test("what looks odd is a warning")
  func warnings() throws {
    let path = folder.file("sample.h5")
    var sample = SchemaSample()
    sample.columns["pairs/label_prob"] = [0.25, 0.25, .nan]
    sample.columns["pairs/mood"] = [1, 2, 3, 4]
    try sample.write(path)
    #expect(
      try PreferenceFile(path: path).warnings == [
        "pairs/label_prob row 0: lies on the other side of one half than the label",
        "pairs/mood: unknown dataset, ignored",
      ])
  }
}
