import PairwiseConfig
import PairwiseText
import Testing

@Suite("Tokenizer speed", .serialized, .enabled(if: FixtureFolder.isThere))
struct TokenizerSpeedTests {
  static func texts() throws -> [String] {
    try FixtureFolder.lines("../data/hh-harmless.jsonl").flatMap { row in
      ["prompt", "chosen", "rejected"].compactMap { row[$0]?.string }
    }
  }

  /// The bound is a tenth of what is asked for on an idle core, so that only a real loss fails.
  @Test(
    "splits texts from many threads at over 100,000 tokens/s", arguments: ["smollm2", "minilm"])
  func encoding(_ name: String) async throws {
    let fixture = try #require(FixtureTokenizer.all.first { $0.name == name })
    let bytes = try FixtureFolder.bytes("\(fixture.folder)/tokenizer.json")
    let clock = ContinuousClock()
    let begin = clock.now
    let tokenizer = try Tokenizer(json: bytes, file: name)
    let loaded = clock.now
    let texts = try Self.texts()
    let encodingBegin = clock.now
    let ids = texts.map { tokenizer.encode($0) }
    let seconds = (clock.now - encodingBegin) / .seconds(1)
    let count = ids.reduce(0) { $0 + $1.count }
    print(
      "\(name): read in \((loaded - begin) / .milliseconds(1)) ms, \(count) tokens, "
        + "\(Int(Double(count) / seconds)) tokens/s")
    #expect(Double(count) / seconds > 100_000)
    await withTaskGroup(of: [[Int32]].self) { group in
      for _ in 0..<4 { group.addTask { texts.prefix(300).map { tokenizer.encode($0) } } }
      for await other in group { #expect(other == Array(ids.prefix(300))) }
    }
    for (text, ids) in zip(texts, ids).prefix(300) where name == "smollm2" {
      #expect(tokenizer.decode(ids) == text)
    }
  }
}
