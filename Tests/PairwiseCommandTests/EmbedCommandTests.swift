import PairwiseConfig
import PairwiseData
import PairwiseTensor
import PairwiseTestSupport
import Testing

/// `embed` as a user runs it.
@Suite("embed", .enabled(if: Program.isBuilt))
struct EmbedCommandTests {
  private let folder = TemporaryDirectory()

  init() throws { try TinyEncoder.write(to: folder.file("encoder")) }

  private func embed(_ input: String, _ output: String, _ flags: [String] = []) throws -> Outcome {
    try Program.run(
      ["embed", "--model", "encoder", "--input", input, "--output", output] + flags, in: folder)
  }

  @Test("makes pairs a dataset of features that a model trains on at once")
  func endToEnd() throws {
    let examples = Program.root + "/Examples/pairs.jsonl"
    let outcome = try embed(examples, "features.h5", ["--json"])
    try #require(outcome.code == 0, "\(outcome)")
    let summary = try JSONObject(outcome.output)
    let count = try FileAccess.read(examples, limit: 1 << 24).count { $0 == 0x0A }
    #expect(summary.number("vectors") == Double(2 * count))
    #expect(summary.number("width") == Double(TinyEncoder.width))
    let file = try PreferenceFile(path: folder.file("features.h5"))
    #expect(file.count == count && file.featureWidth == TinyEncoder.width && !file.hasTexts)
    let recipe = Recipe(data: "features.h5", ["data.validation_fraction": "0.2"])
    let trained = try folder.train(recipe)
    try #require(trained.code == 0, "\(trained)")
    let scored = try Program.run(
      ["score", "--model", "runs/run/final", "--input", "features.h5", "--output", "s.jsonl"],
      in: folder)
    #expect(scored.code == 0, "\(scored)")
    #expect(try folder.objects("s.jsonl").count == count)
  }

  @Test("keeps labels, margins, weights, groups, annotators and splits")
  func columns() throws {
    try folder.write(
      "pairs.jsonl",
      #"""
      {"prompt": "p ", "chosen": "a", "rejected": "b", "margin": 0.5, "weight": 2, "group": "g", "user": "u"}
      {"prompt": "p ", "chosen": "c", "rejected": "d", "label": 0, "margin": 0}
      {"prompt": "q ", "chosen": "e", "rejected": "e", "label_prob": 0.75, "margin": 0, "more": [1]}
      {"prompt": "r ", "chosen": "", "rejected": "h", "label": -1, "margin": 0, "group": "h"}

      """#)
    #expect(try embed("pairs.jsonl", "plain.h5").code == 0)
    let imported = try Program.run(
      [
        "data", "import", "pairs.jsonl", "--output", "pairs.h5", "--validation-fraction", "0.5",
        "--keep-empty",
      ], in: folder)
    #expect(imported.code == 0, "\(imported)")
    #expect(try embed("pairs.h5", "split.h5").code == 0)
    let source = try PreferenceFile(path: folder.file("pairs.h5"))
    let split = try PreferenceFile(path: folder.file("split.h5"))
    #expect(source.splits.count == 2 && split.splits == source.splits)
    #expect(split.splitUnit == .prompt)
    let wanted = try source.records([0, 1, 2, 3])
    for file in [split, try PreferenceFile(path: folder.file("plain.h5"))] {
      let got = try file.records([0, 1, 2, 3])
      for (a, b) in zip(got, wanted) {
        #expect(a.label == b.label && a.labelProbability == b.labelProbability)
        #expect(a.margin == b.margin && a.weight == b.weight)
        #expect(a.group == b.group && a.annotator == b.annotator)
        #expect(a.extra.map(\.key) == b.extra.map(\.key))
        #expect(a.chosen == nil && a.chosenFeatures?.count == TinyEncoder.width)
      }
      #expect(got[2].chosenFeatures == got[2].rejectedFeatures)
      #expect(got[0].chosenFeatures != got[0].rejectedFeatures)
    }
  }

  @Test("turns rows with a text into one dataset, row by row, whatever the batch")
  func texts() throws {
    let words = ["hello", "", "a much longer text, of several words", "hello", "x?"]
    try folder.write("texts.jsonl", words.map { #"{"text": "\#($0)", "id": 1}"# + "\n" }.joined())
    let outcome = try embed("texts.jsonl", "texts.h5", ["--normalize", "--max-length", "12"])
    try #require(outcome.code == 0, "\(outcome)")
    #expect(outcome.output.hasPrefix("5 vectors of 16, 1 cut, "))
    let rows = try FloatColumns.readMatrix("embeddings", from: folder.file("texts.h5"))
    #expect(rows.shape == [5, TinyEncoder.width])
    #expect(rows.rows(0..<1) == rows.rows(3..<4))
    for row in 0..<5 {
      let squares = rows.rows(row..<row + 1).array.reduce(0.0) { $0 + Double($1) * Double($1) }
      // Each of 16 elements rounded once.
      #expect(abs(squares - 1) < 1e-6)
    }
    let flags = ["--normalize", "--max-length", "12", "--batch-tokens", "1"]
    #expect(try embed("texts.jsonl", "single.h5", flags).code == 0)
    #expect(try FloatColumns.readMatrix("embeddings", from: folder.file("single.h5")) == rows)
  }

  @Test("takes the last tokens of a decoder")
  func decoders() throws {
    try folder.trainTinyModel()
    let outcome = try Program.run(
      ["embed", "--model", "runs/lm/final", "--input", "pairs.jsonl", "--output", "out.h5"],
      in: folder)
    #expect(outcome.code == 0, "\(outcome)")
    #expect(try PreferenceFile(path: folder.file("out.h5")).featureWidth == 16)
  }

  @Test("refuses what it cannot embed with one sentence and leaves no file")
  func refusals() throws {
    let cases: [(String, String)] = [
      (#"{"text": "a"}"# + "\n" + #"{"prompt": "a"}"#, "line 2: row has no text"),
      (#"{"text": 3}"#, "line 1: text: expected a string, found an integer"),
      (#"{"prompt": "a"}"#, "x.jsonl: line 1"), ("", "no pairs to write"),
      (#"{"chosen": [1, 2], "rejected": [3, 4]}"#, "the model embeds texts, the data has none"),
    ]
    for (text, message) in cases {
      try folder.write("x.jsonl", text)
      let outcome = try embed("x.jsonl", "out.h5")
      #expect(outcome.code == 65)
      #expect(outcome.errorLines.count == 1 && outcome.errors.contains(message), "\(outcome)")
    }
    #expect(try embed("nothing.jsonl", "out.h5").code == 66)
    #expect(try embed("x.jsonl", "out.h5", ["--max-length", "49"]).code == 65)
    #expect(try embed("x.jsonl", "out.h5", ["--batch-tokens", "0"]).code == 64)
    let names = FileAccess.names(in: folder.path)
    #expect(!names.contains { $0.contains("out.h5") })
    try folder.write("out.h5", "taken")
    try folder.write("x.jsonl", #"{"text": "a"}"#)
    #expect(try embed("x.jsonl", "out.h5").code == 73)
    #expect(try embed("x.jsonl", "out.h5", ["--overwrite"]).code == 0)
  }
}
