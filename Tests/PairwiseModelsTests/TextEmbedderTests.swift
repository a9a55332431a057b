import PairwiseAutodiff
import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import PairwiseTestSupport
import PairwiseText
import Testing

@Suite("Texts to vectors", .serialized)
struct TextEmbedderTests {
  private let folder = TemporaryFolder()

  private func encoder(_ options: EmbeddingOptions = .init()) throws -> TextEmbedder {
    let path = folder.file("encoder")
    if !FileAccess.exists(path) { try TinyEncoder.write(to: path) }
    return try TextEmbedder(model: path, options: options)
  }

  private func decoder(_ family: String, _ options: EmbeddingOptions = .init()) throws
    -> TextEmbedder
  {
    let path = folder.file(family)
    if !FileAccess.exists(path) {
      try FileAccess.createFolder(path)
      try TinyDecoder.model(family, scale: 4).save(to: path, SavedNotes())
    }
    return try TextEmbedder(model: path, options: options)
  }

  /// Texts of 0 to 21 letters.
  private let texts: [String] = (0..<40).map { row in
    let count = (7 * row + 3) % 22
    let letters = (0..<count).map { UInt8(97 + (row + 5 * $0) % 26) }
    return String(decoding: letters, as: UTF8.self)
  }

  private static func pairs(_ rows: [(String, String, String)]) -> PairBlock {
    var texts = PairTexts()
    for (prompt, chosen, rejected) in rows {
      texts.append(prompt: prompt.utf8, chosen: chosen.utf8, rejected: rejected.utf8)
    }
    return PairBlock(rows: Array(rows.indices), texts: texts)
  }

  private func message(_ body: () throws(DataError) -> Void) -> String? {
    do throws(DataError) {
      try body()
      return nil
    } catch {
      return error.message
    }
  }

  // MARK: Values

  @Test(
    "a vector does not depend on batch, neighbours or threads",
    arguments: ["bert", "llama", "gpt2"])
  func independence(family: String) throws {
    for pooling in EmbeddingOptions.Pooling.allCases where family == "bert" || pooling != .cls {
      let options = EmbeddingOptions(pooling: pooling, maxLength: 20, normalizes: pooling != .last)
      let embedder = try family == "bert" ? encoder(options) : decoder(family, options)
      let sequences = texts.compactMap { embedder.sequence(of: $0) }
      #expect(sequences.contains { $0.isCut })
      let all = embedder(sequences)
      #expect(all.shape == [sequences.count, embedder.width])
      for batch in [1, 33, 200] { #expect(embedder(sequences, batchTokens: batch) == all) }
      for (row, sequence) in sequences.enumerated() {
        #expect(embedder([sequence]) == all.rows(row..<row + 1), "\(pooling) \(row)")
      }
      WorkerPool.shared.setThreads(1)
      #expect(embedder(sequences, batchTokens: 50) == all)
      WorkerPool.shared.setThreads(0)
    }
  }

  @Test("a decoder's vectors of a pair are those of its two texts, the prompt computed once")
  func sharedPrompts() throws {
    for pooling in [EmbeddingOptions.Pooling.mean, .last] {
      let embedder = try decoder("llama", EmbeddingOptions(pooling: pooling))
      let rows = [("Why? ", "So.", "No."), ("", "a", "b"), ("same", "x", "x")]
      let pairs = try embedder.sequences(of: Self.pairs(rows))
      #expect(pairs[0].shared.count == 5 && pairs[0].rows == 13)
      let whole = rows.flatMap { ["\($0.0)\($0.1)<|end|>", "\($0.0)\($0.2)<|end|>"] }
      #expect(embedder(pairs) == embedder(whole.compactMap { embedder.sequence(of: $0) }))
    }
  }

  @Test("an encoder's vectors of a pair are those of its two texts")
  func encoderPairs() throws {
    let embedder = try encoder()
    let pairs = try embedder.sequences(of: Self.pairs([("why? ", "so.", "no."), ("", "a", "")]))
    let whole = ["why? so.", "why? no.", "a", ""].compactMap { embedder.sequence(of: $0) }
    #expect(embedder(pairs) == embedder(whole))
  }

  @Test("pools the last hidden states, in unit length on request")
  func pooling() throws {
    let text = "hello world"
    let sequence = try #require(try encoder().sequence(of: text))
    let ids = sequence.ends[0]
    let model = try ModelFixture.encoder(folder.file("encoder"))
    let hidden = model.encoder.transformer(
      TokenRows(ids: ids, layout: TokenLayout([(ids.count, nil)])), Weights(model.store),
      ForwardPass()
    ).value
    func vector(_ options: EmbeddingOptions) throws -> [Float] {
      try encoder(options)([sequence]).array
    }
    #expect(try vector(.init(pooling: .cls)) == hidden.rows(0..<1).array)
    #expect(try vector(.init(pooling: .last)) == hidden.rows(ids.count - 1..<ids.count).array)
    let values = hidden.array
    let mean = (0..<TinyEncoder.width).map { column in
      ids.indices.reduce(0.0) { $0 + Double(values[$1 * TinyEncoder.width + column]) }
        / Double(ids.count)
    }
    // Sums of 14 floats around 1, rounded one by one.
    let got = try vector(.init(pooling: .mean))
    #expect(zip(got, mean).allSatisfy { abs(Double($0) - $1) < 2e-6 })
    let unit = try vector(.init(pooling: .mean, normalizes: true))
    let length = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(zip(unit, mean).allSatisfy { abs(Double($0) - $1 / length) < 1e-6 })
  }

  @Test(
    "MiniLM gives the vectors of sentence-transformers",
    .enabled(if: SharedFiles.minilm != nil && SharedFiles.fixtures != nil, "make models"))
  func minilm() throws {
    let path = try #require(SharedFiles.fixtures) + "/real/minilm.json"
    let expected = try JSON.parse(FileAccess.read(path, limit: 1 << 26))
    let model = try #require(SharedFiles.minilm)
    let files = try TextEmbedder(model: model)
    #expect(files.pooling == .mean && files.normalizes && files.maxLength == 256)
    let embedder = try TextEmbedder(model: model, options: EmbeddingOptions(maxLength: 512))
    let rows = expected["rows"]?.items ?? []
    let texts = rows.compactMap { $0["text"]?.text }
    let got = embedder(texts.compactMap { embedder.sequence(of: $0) })
    #expect(got.shape == [rows.count, 384])
    let tolerance = try #require(expected["tolerance"]?["embedding_abs"]?.number)
    for (row, node) in rows.enumerated() {
      let want = (node["embedding"]?.items ?? []).compactMap(\.number)
      let vector = got.rows(row..<row + 1).array
      #expect(zip(vector, want).allSatisfy { abs(Double($0) - $1) <= tolerance })
      let cosine = zip(vector, want).reduce(0.0) { $0 + Double($1.0) * $1.1 }
      #expect(cosine >= 0.99999)
    }
  }

  // MARK: Limits and files

  @Test("cuts texts between their special tokens, and pairs where the options say")
  func cutting() throws {
    let short = try encoder(EmbeddingOptions(maxLength: 6))
    let cut = try #require(short.sequence(of: "abcdefgh"))
    #expect(cut.isCut && cut.ends[0].count == 6)
    #expect(cut.ends[0].first == 2 && cut.ends[0].last == 3)
    #expect(cut.ends == short.sequence(of: "abcd")?.ends)
    let block = Self.pairs([("abcdefgh ", "x", "y")])
    let start = try short.sequences(of: block)
    #expect(start[0].isCut && start[0].ends[0] == start[0].ends[1])
    let end = try encoder(EmbeddingOptions(maxLength: 6, truncation: .keepPromptEnd))
    #expect(try end.sequences(of: block)[0].ends[0] != end.sequences(of: block)[0].ends[1])
    // A decoder's prompt is shared after the cut too.
    let rows = Self.pairs([("abcdefgh", "xy", "uvw")])
    func ids(_ text: String) -> [Int32] { text.utf8.map { Int32($0) } }
    let kept = try decoder("llama", EmbeddingOptions(maxLength: 6)).sequences(of: rows)
    #expect(kept == [.init(shared: ids("abcde"), ends: [ids("f"), ids("f")], isCut: true)])
    let options = EmbeddingOptions(maxLength: 6, truncation: .keepPromptEnd)
    #expect(
      try decoder("llama", options).sequences(of: rows) == [
        .init(shared: ids("gh"), ends: [ids("xy") + [256], ids("uvw") + [256]], isCut: true)
      ])
  }

  @Test("follows the files of sentence-transformers, and options before them")
  func settings() throws {
    let plain = try encoder()
    #expect(plain.pooling == .mean && !plain.normalizes)
    #expect(plain.maxLength == TinyEncoder.positions)
    let path = folder.file("encoder")
    try FileAccess.createFolder(path + "/1_Pooling")
    try FileAccess.write(
      #"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#.utf8,
      to: path + "/1_Pooling/config.json")
    try FileAccess.write(
      #"{"max_seq_length": 9}"#.utf8, to: path + "/sentence_bert_config.json")
    func modules(_ last: String) throws {
      try FileAccess.write(
        """
        [{"path": "", "type": "sentence_transformers.models.Transformer"},
         {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
         {"path": "2", "type": "sentence_transformers.models.\(last)"}]
        """.utf8, to: path + "/modules.json")
    }
    try modules("Normalize")
    let told = try encoder()
    #expect(told.pooling == .cls && told.normalizes && told.maxLength == 9)
    let other = try encoder(EmbeddingOptions(pooling: .last, maxLength: 12, normalizes: false))
    #expect(other.pooling == .last && !other.normalizes && other.maxLength == 12)
    try modules("Dense")
    #expect(
      message { () throws(DataError) in _ = try TextEmbedder(model: path) }
        == "module 'Dense' is not supported; Transformer, Pooling and Normalize are")
    try modules("Normalize")
    try FileAccess.write(
      #"{"pooling_mode_max_tokens": true, "pooling_mode_mean_tokens": true}"#.utf8,
      to: path + "/1_Pooling/config.json")
    #expect(
      message { () throws(DataError) in _ = try TextEmbedder(model: path) }
        == "expected one of mean, cls and last token, found pooling_mode_mean_tokens, "
        + "pooling_mode_max_tokens; choose with --pooling")
    #expect(try encoder(EmbeddingOptions(pooling: .mean)).pooling == .mean)
  }

  @Test("refuses what a model cannot do")
  func refusals() throws {
    #expect(
      message { () throws(DataError) in
        _ = try TextEmbedder(model: folder.file("nothing"))
      } != nil)
    _ = try decoder("gpt2")
    #expect(
      message { () throws(DataError) in
        _ = try TextEmbedder(
          model: folder.file("gpt2"), options: EmbeddingOptions(pooling: .cls))
      } == "pooling cls needs an encoder: the first token of a decoder sees nothing of the text")
    #expect(
      message { () throws(DataError) in
        _ = try TextEmbedder(model: folder.file("gpt2"), options: EmbeddingOptions(maxLength: 65))
      } == "has 64 positions, fewer than 65")
    #expect(try decoder("llama").sequence(of: "") == nil)
  }
}
