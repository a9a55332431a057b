import Foundation
import PairwiseAutodiff
import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseTensor
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// What stands beside the vector of an encoder or a decoder, and which text the vector is of.
@Suite("Length and form beside vectors")
struct TextFormTests {
  private let folder = TemporaryFolder()
  private static let plain = [
    #"{"prompt": "How are you?", "chosen": "I am fine, and you?", "rejected": "Why do you ask!"}"#,
    #"{"prompt": "Tell me.", "chosen": "One.\nTwo, three.", "rejected": "No"}"#,
    #"{"prompt": "And now?", "chosen": "And now? And now.", "rejected": "x y z x y z"}"#,
  ]

  /// A model that took one step on `lines`.
  private func model(_ keys: String, _ lines: [String] = plain) throws -> any RewardModel {
    let (encoder, data) = (folder.path + "/encoder", folder.path + "/rows.jsonl")
    if !FileAccess.exists(encoder) { try TinyEncoder.write(to: encoder) }
    try FileAccess.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: data)
    let yaml = """
      run: {name: run}
      model: {kind: encoder, path: \(encoder), pooling: mean, \(keys)}
      data: {train: \(data), max_length: 12, truncation: keep_start}
      objective: {name: bradley_terry}
      trainer: {max_steps: 1, batch_size: 2, report: false}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
    let (config, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml")
    try TrainRun(config, resolved: resolved, configFolder: ".", output: folder.path + "/out") {
      _ in
    }.run(existing: .overwrite)
    let loaded = try ModelDirectory.load(folder.path + "/out/run/final").model
    return try #require(loaded as? any RewardModel)
  }

  private func block(_ lines: [String], _ reader: any PairReader) throws -> PairBlock {
    try PairScorerSource.read(lines, folder).read(Array(0..<lines.count), reader.needs)
  }

  @Test("are the features that hashed texts have, whatever the tokens were cut to")
  func sameAsHashedTexts() throws {
    let model = try model("freeze: true, length_weight: 0.5")
    let backbone = try #require(model as? any FrozenBackbone)
    let vectors = backbone.vectors(try model.reader.input(for: block(Self.plain, model.reader)))
    var options = TextHashOptions()
    options.extrasWeight = 0.5
    let hashed = TextHashReader(options)
    guard case .sparse(let rows) = try hashed.input(for: block(Self.plain, hashed)) else {
      Issue.record("expected sparse rows")
      return
    }
    let (width, count) = (vectors.shape[1], TextExtras.count)
    #expect(width == backbone.vectorWidth && vectors.shape[0] == 2 * Self.plain.count)
    for row in 0..<rows.rows {
      var expected = [Float](repeating: 0, count: count)
      for entry in Int(rows.offsets[row])..<Int(rows.offsets[row + 1]) {
        let column = Int(rows.indices[entry]) - (options.width - count)
        if column >= 0 { expected[column] = rows.values[entry] }
      }
      #expect(Array(vectors.array[(row + 1) * width - count..<(row + 1) * width]) == expected)
      #expect(expected.contains { $0 != 0 })
    }
  }

  @Test("completions alone are read the same under any prompt, plain or as messages")
  func promptsAreLeftOut() throws {
    let others = Self.plain.map { $0.replacing(/"prompt": "[^"]*"/, with: #""prompt": "Else""#) }
    let messages = Self.plain.map {
      $0.replacing(/"(chosen|rejected)": ("[^"]*")/) {
        "\"\($0.1)\": [{\"role\": \"assistant\", \"content\": \($0.2)}]"
      }.replacing(/"prompt": ("[^"]*")/) {
        "\"prompt\": [{\"role\": \"user\", \"content\": \($0.1)}]"
      }
    }
    func scores(_ model: any RewardModel, _ lines: [String]) throws -> [Float] {
      let source = try PairScorerSource.read(lines, folder)
      return try PairScorer(model).score(source).chosen
    }
    for keys in ["freeze: true, read_prompt: false", "read_prompt: false"] {
      let alone = try model(keys)
      let expected = try scores(alone, Self.plain)
      #expect(try scores(alone, others) == expected)
      #expect(try scores(alone, messages) == expected, "\(messages)")
    }
    let whole = try model("freeze: true")
    #expect(try scores(whole, others) != scores(whole, Self.plain))
  }

  @Test("kept vectors are found again only under the same form")
  func cache() throws {
    let one = try #require(try model("freeze: true, length_weight: 1") as? any FrozenBackbone)
    let two = try #require(try model("freeze: true, length_weight: 2") as? any FrozenBackbone)
    let none = try #require(try model("freeze: true") as? any FrozenBackbone)
    #expect(one.vectorWidth == two.vectorWidth && none.vectorWidth < one.vectorWidth)
    let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/out/.cache")
      .filter { $0.hasPrefix("vectors-") }
    #expect(kept.count == 3, "\(kept)")
  }
}
