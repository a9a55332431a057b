import PairwiseConfig
import PairwiseData
import PairwiseText
import Testing

@Suite struct ImportRoundTripTests {
  private let info = PreferenceFileInfo(
    generator: "test", source: "test", license: "none", createdUTC: "2026-01-01T00:00:00Z")

  @Test func theExamplesGoThroughHDF5() throws {
    let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let source = "/\(folder)/Examples/pairs.jsonl"
    let file = try TemporaryFile("pairs.h5", "")
    let ledger = try Importer.write(
      source: source, to: file.path, info: info, holdOut: .init(fraction: 0.2, seed: 5),
      overwrite: true)
    var list = RecordList()
    _ = try Importer.run(source: source, into: &list)
    let stored = try PreferenceFile(path: file.path)
    #expect(stored.count == 300 && ledger.imported == 300)
    let records = try stored.records(Array(0..<300))
    for (read, expected) in zip(records, list.records) {
      #expect(read.prompt == expected.prompt && read.chosen == expected.chosen)
      #expect(read.rejected == expected.rejected && read.group == expected.group)
      #expect(read.margin == expected.margin)
    }
    // The stored ledger is the returned one.
    let text = try #require(stored.attribute("ledger"))
    #expect(try JSON.parse(text)["imported"]?.value == .int(300))
    // Holding out at import and at training is the same.
    let (train, validation) = try SplitAssignment.split(
      stored, rows: .range(0..<300), fraction: 0.2, seed: 5)
    #expect(
      stored.splits["train"].map { set in (0..<set.count).map { set[$0] } } == train.map(Int.init))
    #expect(
      stored.splits["validation"].map { set in (0..<set.count).map { set[$0] } }
        == validation.map(Int.init))
    #expect(try Validator.run(source: stored).findings.isEmpty)
    let summary = try DatasetSummary(stored)
    #expect(summary.groups.map(\.pairs).reduce(0, +) == 300)
    #expect(summary.partialColumns == [.margin])
  }

  @Test func extraColumnsAndMessagesSurvive() throws {
    let text = """
      {"prompt": [{"role": "user", "content": "hi"}], "chosen": [{"role": "assistant", "content": "a"}], \
      "rejected": [{"role": "assistant", "content": "b"}], "id": [1, {"x": null}], "label": 0}
      """
    let input = try TemporaryFile("rows.jsonl", text)
    let file = try TemporaryFile("pairs.h5", "")
    _ = try Importer.write(source: input.path, to: file.path, info: info, overwrite: true)
    let record = try #require(try PreferenceFile(path: file.path).records([0]).first)
    #expect(record.prompt == .messages([ChatMessage(role: "user", content: "hi")]))
    #expect(record.label == 0)
    #expect(record.extra.map(\.key) == ["id"])
    #expect(record.extra.first?.value.kind == "a list")
  }

  @Test func nothingImportableIsAnError() throws {
    let input = try TemporaryFile(
      "rows.jsonl", #"{"prompt": "p", "chosen": "", "rejected": "a"}"#)
    let output = input.path + ".h5"
    let error = #expect(throws: DataError.self) {
      try Importer.write(source: input.path, to: output, info: info)
    }
    #expect(
      error?.message == "no row could be imported, 1 were read: empty completion 1")
    #expect(error?.file == input.path)
    #expect(throws: DataError.self) { try PreferenceFile(path: output) }
    let range = #expect(throws: DataError.self) {
      try Importer.write(
        source: input.path, to: output, info: info, holdOut: .init(fraction: 1.5))
    }
    #expect(range?.message == "expected 0 ... 1, found 1.5")
  }

  @Test func syntheticFilesHoldTheirTruth() throws {
    var options = SynthesisOptions()
    options.reward = .twoGroups()
    options.width = 3
    options.trainRows = 500
    options.validationRows = 50
    options.testRows = 100
    options.lengthBias = 0.5
    options.flipRate = 0.1
    let file = try TemporaryFile("pairs.h5", "")
    let result = try Synthesizer.write(options, to: file.path, info: info, overwrite: true)
    let stored = try PreferenceFile(path: file.path)
    #expect(stored.count == 650 && stored.featureWidth == 4)
    #expect(stored.groupNames.sorted() == ["group_0", "group_1"])
    #expect(stored.splits.mapValues(\.count) == ["train": 500, "validation": 50, "test": 100])
    #expect(stored.splits["test"].map { $0[0] } == 550)
    let truth = try JSON.parse(try #require(stored.attribute("truth")))
    #expect(truth["reward"]?.value == .string("two_groups"))
    #expect(truth["bayes"]?["accuracy"]?.value == result.truth["bayes"]?["accuracy"]?.value)
    var list = RecordList()
    _ = try Synthesizer.run(options, into: &list)
    let records = try stored.records([0, 649])
    for (read, expected) in zip(records, [list.records[0], list.records[649]]) {
      #expect(read.chosenFeatures == expected.chosenFeatures)
      #expect(read.group == expected.group && read.annotator == expected.annotator)
      #expect(read.flipped == expected.flipped)
      #expect(read.extra.first?.key == "context")
    }
  }
}
