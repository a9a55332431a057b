import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseTensor
import PairwiseTestSupport
import PairwiseText
import Testing

/// The real models that `make models` fetches.
struct RealModelTests {
  /// Config and sizes as the published SmolLM2-135M-Instruct has them.
  @Test(.enabled(if: SharedFiles.smollm2 != nil, "make models")) func smollm2() throws {
    let model = try PretrainedModel.open(try #require(SharedFiles.smollm2))
    #expect(model.format == .gguf)
    let expected: [(String, ConfigNode.Value)] = [
      ("model_type", .string("llama")), ("hidden_size", .int(576)),
      ("intermediate_size", .int(1536)), ("num_hidden_layers", .int(30)),
      ("num_attention_heads", .int(9)), ("num_key_value_heads", .int(3)),
      ("rms_norm_eps", .number(1e-5)), ("rope_theta", .number(100_000)), ("rope_scaling", .null),
      ("max_position_embeddings", .int(8192)), ("vocab_size", .int(49_152)),
      ("tie_word_embeddings", .bool(true)), ("bos_token_id", .int(1)), ("eos_token_id", .int(2)),
      ("pad_token_id", .int(2)), ("attention_bias", .bool(false)),
    ]
    for (key, value) in expected { #expect(model.config[key]?.value == value, "\(key)") }
    #expect(model.config["head_dim"] == nil)
    let text = try #require(model.text)
    #expect(text.tokenizer.vocabularySize == 49_152)
    #expect(text.eos == SpecialToken(text: "<|im_end|>", id: 2))
    #expect(text.chatTemplate?.hasPrefix("{% for message in messages %}") == true)
    #expect(model.weights.names.count == 272)
    let counts = model.weights.names.map { model.weights.shape(of: $0)?.reduce(1, *) ?? 0 }
    #expect(counts.reduce(0, +) == 134_515_008)
    var seconds = Duration.zero
    for name in model.weights.names {
      var tensor: Tensor?
      seconds += try ContinuousClock().measure { tensor = try model.weights.tensor(name) }
      #expect(tensor?.firstNonFinite == nil)
    }
    print("SmolLM2: 272 tensors read in \(seconds)")
  }

  @Test(.enabled(if: SharedFiles.minilm != nil, "make models")) func minilm() throws {
    let model = try PretrainedModel.open(try #require(SharedFiles.minilm))
    #expect(model.modelType == "bert")
    #expect(model.weights.names.count == 103)
    #expect(model.weights.shape(of: "embeddings.word_embeddings.weight") == [30_522, 384])
    #expect(!model.weights.names.contains("embeddings.position_ids"))
    #expect(model.text?.tokenizer.vocabularySize == 30_522)
  }
}
