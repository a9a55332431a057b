import Glibc
import PairwiseAutodiff
import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import PairwiseTestSupport
import PairwiseText
import Testing

/// Published models against what transformers computes with them. Tolerances are the files' own.
@Suite(.enabled(if: SharedFiles.fixtures != nil, "no reference files"))
struct RealParityTests {
  private func expected(_ name: String) throws -> ConfigNode {
    let path = try #require(SharedFiles.fixtures) + "/real/\(name).json"
    return try JSON.parse(FileAccess.read(path, limit: 1 << 26))
  }

  private func ids(_ row: ConfigNode) -> [Int32] {
    (row["ids"]?.items ?? []).compactMap { $0.number.map { Int32($0) } }
  }

  @Test(
    "SmolLM2 from its GGUF: log-probs and the likeliest next tokens",
    .enabled(if: SharedFiles.smollm2 != nil, "make models"))
  func smollm2() throws {
    let expected = try expected("smollm2")
    let tolerance = expected["tolerance"]
    let logpTolerance = try #require(tolerance?["logps_abs"]?.number)
    let logitTolerance = try #require(tolerance?["logit_abs"]?.number)
    let loaded = try ModelDirectory.load(try #require(SharedFiles.smollm2)).model
    let model = try #require(loaded as? CausalLM)
    let rows = expected["rows"]?.items ?? []
    #expect(!rows.isEmpty)
    for row in rows {
      let ids = ids(row)
      let weights = Weights(model.store)
      let layout = TokenLayout([(ids.count, nil)])
      let hidden = model.transformer.normalized(
        model.transformer(TokenRows(ids: ids, layout: layout), weights, ForwardPass()), weights)
      let logits = hidden.dense(weights[model.head]).value
      let width = logits.shape[1]
      let values = logits.array
      let want = (row["logps"]?.items ?? []).compactMap(\.number)
      try #require(want.count == ids.count - 1)
      for (position, logp) in want.enumerated() {
        let line = values[position * width..<(position + 1) * width]
        let top = Double(line.max() ?? 0)
        let sum = line.reduce(0.0) { $0 + exp(Double($1) - top) }
        let got = Double(line[position * width + Int(ids[position + 1])]) - top - log(sum)
        #expect(abs(got - logp) <= logpTolerance)
      }
      let last = values.suffix(width)
      let best = last.indices.sorted { last[$0] > last[$1] }.prefix(5)
      for (place, entry) in zip(best, row["next_top5"]?.items ?? []) {
        #expect(Double(place - last.startIndex) == entry["id"]?.number)
        #expect(abs(Double(last[place]) - (try #require(entry["logit"]?.number))) <= logitTolerance)
      }
    }
  }

  @Test(
    "MiniLM: token ids and unit embeddings", .enabled(if: SharedFiles.minilm != nil, "make models"))
  func minilm() throws {
    let expected = try expected("minilm")
    let tolerance = try #require(expected["tolerance"]?["embedding_abs"]?.number)
    let path = try #require(SharedFiles.minilm)
    let model = try ModelFixture.encoder(path)
    let tokenizer = try #require(try PretrainedModel.open(path).text).tokenizer
    let rows = expected["rows"]?.items ?? []
    #expect(!rows.isEmpty)
    for row in rows {
      #expect(tokenizer.encode(try #require(row["text"]?.text)) == ids(row))
      let got = model.encoder([ids(row)], Weights(model.store), ForwardPass()).value.unitRows.array
      let want = (row["embedding"]?.items ?? []).compactMap(\.number)
      try #require(got.count == want.count)
      let worst = zip(got, want).reduce(0.0) { max($0, abs(Double($1.0) - $1.1)) }
      #expect(worst <= tolerance)
      // Both have length 1, so their product is the cosine.
      let cosine = zip(got, want).reduce(0.0) { $0 + Double($1.0) * $1.1 }
      #expect(cosine > 0.999_999)
    }
  }
}
