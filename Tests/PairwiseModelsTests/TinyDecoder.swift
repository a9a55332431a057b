import PairwiseAutodiff
import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import Testing

/// A decoder with random weights and one token for each byte.
enum TinyDecoder {
  /// - Parameter scale: multiplies the weights, so that some tokens are likelier than others.
  static func model(
    _ family: String = "llama", positions: Int = 64, seed: UInt64 = 1, scale: Float = 12,
    isTied: Bool = true
  ) throws -> CausalLM {
    let keys: [(String, ConfigNode)] = [
      ("model_type", family.configNode), ("hidden_size", 32.configNode),
      ("num_attention_heads", 4.configNode), ("num_hidden_layers", 2.configNode),
      ("max_position_embeddings", positions.configNode),
      ("tie_word_embeddings", isTied.configNode),
    ]
    let architecture = ConfigNode(.table(keys.map { .init(key: $0.0, value: $0.1) }))
    let node = ConfigNode(.table([.init(key: "architecture", value: architecture)]))
    let option = VariantOption<CausalLMOptions>("causal_lm", "") { CausalLMOptions(from: &$0) }
    guard case .table(let entries) = node.value else { throw DataError(.invalid, file: "", "") }
    let options = try ConfigReader.readVariant(
      [option], discriminator: "kind",
      from: ConfigNode(.table([.init(key: "kind", value: "causal_lm".configNode)] + entries)),
      path: "model", file: "test"
    ).value
    let blueprint = try options.blueprint(ModelRequest(use: .logps(chosenOnly: false)))
    let built = try blueprint.build(DataFacts(featureWidth: nil, hasTexts: true), seed: seed)
    var model = try #require(built as? CausalLM)
    for parameter in model.store.parameters where parameter.shape.rank == 2 {
      let value = model.store.value(parameter)
      model.store.set(parameter, to: Tensor(value.shape, value.array.map { $0 * scale }))
    }
    return model
  }

  /// Prompts of different lengths.
  static func prompts(_ count: Int, longest: Int = 23) -> [[Int32]] {
    (0..<count).map { row in
      (0..<1 + (7 * row + 3) % longest).map { Int32((31 * row + 17 * $0 + 5) % 250) }
    }
  }
}

extension CausalLM {
  /// Logits `[V]` after a sequence, from one forward pass over all of it. Computed here, without the cache.
  func logits(after ids: [Int32]) -> [Float] {
    let weights = Weights(store)
    let rows = TokenRows(ids: ids, layout: TokenLayout([(ids.count, nil)]))
    let hidden = transformer.normalized(transformer(rows, weights, ForwardPass()), weights)
    let last = hidden.value.rows(ids.count - 1..<ids.count).array
    let name = config.isTied ? transformer.embedding.name : "lm_head.weight"
    guard let head = store.parameters.first(where: { $0.name == name }) else { return [] }
    let table = store.value(head).array
    return (0..<config.vocabularySize).map { token in
      var sum = 0.0
      for i in last.indices { sum += Double(last[i]) * Double(table[token * last.count + i]) }
      return Float(sum)
    }
  }

  /// The likeliest tokens one after the other, each from a whole forward pass. Also the smallest distance
  /// between the best and the second best logit on the way.
  func greedy(_ prompt: [Int32], count: Int) -> (tokens: [Int32], closest: Float) {
    var (ids, closest) = (prompt, Float.infinity)
    for _ in 0..<count {
      let logits = logits(after: ids)
      let order = logits.indices.sorted { logits[$0] > logits[$1] }
      closest = min(closest, logits[order[0]] - logits[order[1]])
      ids.append(Int32(order[0]))
    }
    return (Array(ids[prompt.count...]), closest)
  }
}
