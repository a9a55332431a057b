import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseText
import Testing

/// The ids that TRL 1.16 fed to its trainers, rebuilt from the texts.
@Suite(
  "Pairs to tokens: TRL's batches", .enabled(if: SharedFiles.fixtures != nil, "no shared fixtures"))
struct PairTokenizerFixtureTests {
  /// A run's batches, and its file.
  struct Batches: CustomTestStringConvertible {
    var file: String
    var node: ConfigNode
    var testDescription: String { file }
  }

  static func all(_ folder: String) throws -> [Batches] {
    guard let fixtures = SharedFiles.fixtures else { return [] }
    return try FileAccess.names(in: "\(fixtures)/\(folder)")
      .filter { $0.hasPrefix("batches_") }.sorted()
      .map {
        Batches(
          file: $0,
          node: try JSON.parse(try FileAccess.read("\(fixtures)/\(folder)/\($0)", limit: 64 << 20)))
      }
  }

  @Test("policies: prompts and completions of every micro-batch")
  func policies() throws {
    let files = try Self.all("dpo")
    #expect(files.count >= 6)
    for batches in files {
      try expect(batches, task: .policy) { pair, side in
        (pair.prompt + (side == 0 ? pair.chosen : pair.rejected), pair.prompt.count)
      }
    }
  }

  @Test("reward models: whole sequences of every micro-batch")
  func rewards() throws {
    let files = try Self.all("reward")
    #expect(files.count >= 5)
    for batches in files {
      try expect(batches, task: .reward) { pair, side in
        (pair.prompt + (side == 0 ? pair.chosen : pair.rejected), nil)
      }
    }
  }

  @Test("reward models: the unseen pairs")
  func scored() throws {
    let fixtures = try #require(SharedFiles.fixtures)
    let scores = try JSON.parse(
      try FileAccess.read("\(fixtures)/reward/initial_scores.json", limit: 64 << 20))
    guard case .list(let rows)? = scores["rows"]?.value else {
      Issue.record("no rows")
      return
    }
    for row in rows {
      let tokenizer = try PairTokenizer(
        try pipeline(try #require(text(row["model"]))), TokenOptions(maxLength: nil), task: .reward)
      let pairs = try tokenizer.tokenize(try block("reward/test_pairs.jsonl"))
      guard case .list(let wanted)? = row["scores"]?.value else {
        Issue.record("no scores")
        return
      }
      #expect(pairs.count == wanted.count)
      for (found, want) in zip(pairs, wanted) {
        #expect(found.pair.prompt + found.pair.chosen == ids(want["chosen_ids"]))
        #expect(found.pair.prompt + found.pair.rejected == ids(want["rejected_ids"]))
      }
    }
  }

  @Test("edge cases are marked")
  func fates() throws {
    let tokenizer = try PairTokenizer(
      try pipeline("models/llama_gqa_tied"), TokenOptions(maxLength: 22), task: .policy)
    let fates = try tokenizer.tokenize(try block("dpo/pairs.jsonl")).map(\.fate)
    // The fixtures' README: in rows 3, 8 and 13 a space at the prompt's end merges; with a limit of 22
    // tokens 14 of the 48 rows vanish.
    for row in [3, 8, 13] where fates[row].reason == nil {
      #expect(fates[row].marks.contains(.merged))
    }
    #expect(fates.count { $0.reason != nil } == 14)
    #expect(fates.allSatisfy { $0.reason == nil || $0.reason == .promptFillsLimit })
    #expect(fates.contains { $0.marks.contains(.completionTruncated) })
  }

  // MARK: Reading

  private func expect(
    _ batches: Batches, task: TokenTask, _ sequence: (TokenPair, Int) -> ([Int32], Int?)
  ) throws {
    var limit: Int?
    if case .int(let length)? = batches.node["max_length"]?.value { limit = length }
    let tokenizer = try PairTokenizer(
      try pipeline(try #require(text(batches.node["model"]))), TokenOptions(maxLength: limit),
      task: task)
    let pairs = try tokenizer.tokenize(try block(try #require(text(batches.node["data"]))))
      .filter { $0.fate.dropped == nil }.map(\.pair)
    guard case .list(let microBatches)? = batches.node["micro_batches"]?.value else {
      Issue.record("\(batches.file) has no micro-batches")
      return
    }
    var next = 0
    for (index, micro) in microBatches.enumerated() {
      let lengths = try #require(ids(micro["seq_len"]))
      guard case .list(let rows)? = micro["input_ids"]?.value else {
        Issue.record("\(batches.file) has no ids")
        return
      }
      let count = rows.count / 2
      for (row, node) in rows.enumerated() {
        let (found, prompt) = sequence(pairs[(next + row % count) % pairs.count], row / count)
        let want = try #require(ids(node)).prefix(Int(lengths[row]))
        #expect(found == Array(want), "\(batches.file), micro-batch \(index), row \(row)")
        if let prompt { #expect(Int32(prompt) == ids(micro["prompt_len"])?[row]) }
      }
      // An epoch ends with a smaller batch; then the rows start over.
      next = (next + count) % pairs.count
    }
    #expect(!microBatches.isEmpty)
  }

  private func pipeline(_ folder: String) throws -> TextPipeline {
    let path = "\(try #require(SharedFiles.fixtures))/\(folder)"
    var files: [(name: String, bytes: [UInt8])] = []
    for name in TextPipeline.fileNames where FileAccess.exists("\(path)/\(name)") {
      files.append((name, try FileAccess.read("\(path)/\(name)", limit: 64 << 20)))
    }
    return try TextPipeline(files: files, folder: folder)
  }

  private func block(_ file: String) throws -> PairBlock {
    var list = RecordList()
    _ = try Importer.run(source: "\(try #require(SharedFiles.fixtures))/\(file)", into: &list)
    let pairs = try InMemoryPairs(list.records)
    return try pairs.read(Array(0..<pairs.count), PairTokenizer.needs)
  }

  private func text(_ node: ConfigNode?) -> String? {
    if case .string(let text)? = node?.value { text } else { nil }
  }

  private func ids(_ node: ConfigNode?) -> [Int32]? {
    guard case .list(let items)? = node?.value else { return nil }
    return items.compactMap { if case .int(let id) = $0.value { Int32(exactly: id) } else { nil } }
  }
}
