import PairwiseConfig
import PairwiseData
import PairwiseTensor
import PairwiseText
import Testing

@Suite struct ValidationSummaryTests {
  private func records() -> [PreferenceRecord] {
    (0..<4).map { index in
      var record = PreferenceRecord(origin: index + 1)
      record.prompt = .plain("one two\tthree")
      record.chosen = .plain(String(repeating: "x ", count: index + 1))
      record.rejected = .plain("line\n\u{1B}[2J break")
      record.weight = Float(index)
      record.group = index == 3 ? nil : ["g", "h"][index % 2]
      if index == 0 { record.margin = 1 }
      return record
    }
  }

  @Test func textsInWords() throws {
    let summary = try DatasetSummary(try InMemoryPairs(records()), head: 1)
    #expect(
      summary.description
        == """
        pairs            4
        texts            yes
        features         no
        split train      4
        group g          2
        group h          1
        group (unknown)  1
        weight           0 … 3 (mean 1.5)
        margin           not in every row

        prompt, bytes: 13 … 13, mean 13
          8–15  4  ████████████████████████████████████████
        prompt, words: 3 … 3, mean 3
          2–3  4  ████████████████████████████████████████

        chosen, bytes: 2 … 8, mean 5
           2–3  1  ████████████████████
           4–7  2  ████████████████████████████████████████
          8–15  1  ████████████████████
        chosen, words: 1 … 4, mean 2.5
            1  1  ████████████████████
          2–3  2  ████████████████████████████████████████
          4–7  1  ████████████████████

        rejected, bytes: 15 … 15, mean 15
          8–15  4  ████████████████████████████████████████
        rejected, words: 3 … 3, mean 3
          2–3  4  ████████████████████████████████████████

        row 0
          prompt    one two\\tthree
          chosen    x
          rejected  line\\n\\u{1b}[2J break
        """.replacing("chosen    x\n", with: "chosen    x \n"))
  }

  @Test func features() throws {
    let source = InMemoryPairs(
      chosen: Tensor([2, 2], [1, 2, 3, .nan]), rejected: Tensor([2, 2], [-1, 0.5, 0, 0.25]))
    let summary = try DatasetSummary(source)
    #expect(
      summary.description == """
        pairs        2
        texts        no
        features     2, -1 … 3 (mean 0.8214), 1 not finite
          0          -1 … 3 (mean 0.75)
          1          0.25 … 2 (mean 0.9167), 1 not finite
        split train  2

        row 0
          chosen    1, 2
          rejected  -1, 0.5
        row 1
          chosen    3, nan
          rejected  0, 0.25
        """)
    #expect(summary.json["features"]?.kind == "a list")
    #expect(summary.json["pairs"]?.value == .int(2))
  }

  @Test func histogramClasses() {
    var histogram = LengthHistogram()
    for length in [0, 1, 2, 3, 4, 7, 8, 1000] { histogram.add(length) }
    #expect(histogram.counts == [1, 1, 2, 2, 1, 0, 0, 0, 0, 0, 1])
    #expect(LengthHistogram.range(ofBin: 0) == 0...0)
    #expect(LengthHistogram.range(ofBin: 3) == 4...7)
    #expect(LengthHistogram.range(ofBin: 63).upperBound == Int.max)
    #expect(histogram.smallest == 0 && histogram.largest == 1000)
  }

  @Test func anEmptySourceHasASummary() throws {
    let summary = try DatasetSummary(try InMemoryPairs([]))
    #expect(summary.pairs == 0 && summary.head.isEmpty)
  }
}

@Suite struct ImportInMemoryTests {
  @Test func columnsAndSides() throws {
    var records = [PreferenceRecord(origin: 1), PreferenceRecord(origin: 2)]
    for index in 0..<2 {
      records[index].prompt = .messages([ChatMessage(role: "user", content: "hi")])
      records[index].chosen = .messages([ChatMessage(role: "assistant", content: "yes")])
      records[index].rejected = .plain("no")
      records[index].chosenFeatures = [Float(index), 1]
      records[index].rejectedFeatures = [Float(-index), 2]
    }
    records[1].margin = 2
    records[1].annotator = "z"
    records[0].label = 0
    let pairs = try InMemoryPairs(records)
    #expect(pairs.featureWidth == 2 && pairs.hasTexts)
    #expect(pairs.columns == [.margin, .annotator, .labelProbability])
    let all = PairNeeds(
      features: true, texts: true, columns: [.annotator, .labelProbability, .weight])
    let block = try pairs.read([1, 0], all)
    #expect(block.features == Tensor([4, 2], [1, 1, -1, 2, 0, 1, 0, 2]))
    #expect(block.texts.map { String(decoding: $0.prompt(0), as: UTF8.self) } == "user: hi")
    #expect(block.texts.map { String(decoding: $0.chosen(1), as: UTF8.self) } == "yes")
    #expect(block.columns[.annotator] == [0, -1])
    #expect(block.columns[.labelProbability] == [1, 0.5])
    #expect(block.columns[.weight] == nil)
    #expect(block.ties == [1])
    #expect(try pairs.read([1], PairNeeds(columns: [.margin])).columns[.margin] == [2])
    #expect(
      throws: DataError(
        .invalid, file: "pairs in memory", place: "row 0", "expected a margin, found none")
    ) { try pairs.read([0, 1], PairNeeds(columns: [.margin])) }
  }

  @Test func unevenRecordsAreRefused() {
    var records = [PreferenceRecord(origin: 1), PreferenceRecord(origin: 2)]
    for index in 0..<2 {
      records[index].chosenFeatures = [1]
      records[index].rejectedFeatures = [1]
    }
    records[1].rejectedFeatures = [1, 2]
    #expect(
      throws: DataError(
        .invalid, file: "pairs in memory", place: "record of line 2",
        "expected 1 features on either side as in the first record")
    ) { try InMemoryPairs(records) }
    records[1].rejectedFeatures = [2]
    records[0].chosen = .plain("a")
    records[0].rejected = .plain("b")
    #expect(
      throws: DataError(
        .invalid, file: "pairs in memory", place: "record of line 2",
        "expected texts on both sides as in the other records")
    ) { try InMemoryPairs(records) }
  }

  @Test func splitsFollowThePrompt() throws {
    let records = (0..<2000).map { index in
      var record = PreferenceRecord(origin: index)
      record.prompt = .plain("prompt \(index % 500)")
      record.chosen = .plain("\(index)")
      record.rejected = .plain("x")
      return record
    }
    let source = try InMemoryPairs(records)
    let (train, validation) = try SplitAssignment.split(
      source, rows: .range(0..<2000), fraction: 0.2, seed: 1)
    #expect(train.count + validation.count == 2000)
    // 500 prompts: the share has a standard error of 0.018.
    #expect(abs(Double(validation.count) / 2000 - 0.2) < 0.09)
    #expect(Set(train.map { $0 % 500 }).isDisjoint(with: validation.map { $0 % 500 }))
    // Neither the order of rows nor other rows matter.
    let (_, reversed) = try SplitAssignment.split(
      source, rows: .list((0..<1000).reversed()), fraction: 0.2, seed: 1)
    #expect(reversed.reversed() == validation.filter { $0 < 1000 })
    let (_, other) = try SplitAssignment.split(
      source, rows: .range(0..<2000), fraction: 0.2, seed: 2)
    #expect(other != validation)
  }

  @Test func splitsOfDenseRows() throws {
    let source = InMemoryPairs(
      chosen: Tensor(repeating: 0, [5000, 1]), rejected: Tensor(repeating: 1, [5000, 1]))
    let (train, validation) = try SplitAssignment.split(
      source, rows: .range(0..<5000), fraction: 0.1, seed: 3)
    // The share has a standard error of 0.0042.
    #expect(abs(Double(validation.count) / 5000 - 0.1) < 0.021)
    #expect(train.count + validation.count == 5000)
    #expect(try SplitAssignment.split(source, rows: .range(0..<9), fraction: 0, seed: 3).1.isEmpty)
    #expect(try SplitAssignment.split(source, rows: .range(0..<9), fraction: 1, seed: 3).0.isEmpty)
  }

  /// Splits of stored runs rest on these values: they may never change. Expected numbers from a
  /// second implementation of the documented steps, in Python's integers.
  @Test func fingerprintsAreStable() {
    #expect(StableHash("".utf8).high == StableHash("".utf8).high)
    #expect(StableHash("prompt".utf8) != StableHash("prompt\0".utf8))
    #expect(StableHash("prompt".utf8, seed: 1) != StableHash("prompt".utf8, seed: 2))
    let hash = StableHash("What is the capital of France?".utf8, seed: 42)
    #expect(String(hash.high, radix: 16) == "42b73c3f4b0e9f35")
    #expect(String(hash.low, radix: 16) == "29acc21935710571")
  }
}
