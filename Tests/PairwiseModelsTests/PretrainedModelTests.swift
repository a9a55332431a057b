import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseTensor
import PairwiseTestSupport
import Testing

/// Checkpoints as they come: names, layouts and shards that differ, and what is refused.
struct PretrainedModelTests {
  private let folder = TemporaryFolder()

  private func make(_ config: String, _ tensors: [(name: String, tensor: Tensor)]) throws -> String
  {
    try FileAccess.write(Array(config.utf8), to: folder.file("config.json"))
    try SafeTensorsFile.write(tensors, to: folder.file("model.safetensors"))
    return folder.path
  }

  private func message(_ path: String) -> String {
    do throws(DataError) {
      _ = try PretrainedModel.open(path)
      return "accepted"
    } catch {
      return "\(error.kind): \(error.message)"
    }
  }

  private static let one = Tensor([1, 1], [1])

  @Test(arguments: [
    (
      "gpt2",
      [
        "wte.weight", "transformer.wpe.weight", "h.0.attn.bias", "transformer.h.0.attn.masked_bias",
        "h.0.attn.c_attn.bias", "ln_f.bias", "score.weight", "odd",
      ],
      [
        "transformer.wte.weight", "transformer.wpe.weight", "transformer.h.0.attn.c_attn.bias",
        "transformer.ln_f.bias", "score.weight", "odd",
      ]
    ),
    (
      "llama",
      [
        "embed_tokens.weight", "layers.0.self_attn.rotary_emb.inv_freq", "model.norm.weight",
        "layers.0.mlp.up_proj.weight", "lm_head.weight", "model.rotary_emb.inv_freq",
      ],
      [
        "model.embed_tokens.weight", "model.norm.weight", "model.layers.0.mlp.up_proj.weight",
        "lm_head.weight",
      ]
    ),
    (
      "qwen2", ["model.embed_tokens.weight", "score.weight"],
      ["model.embed_tokens.weight", "score.weight"]
    ),
    (
      "bert",
      [
        "bert.embeddings.position_ids", "bert.embeddings.LayerNorm.gamma",
        "embeddings.LayerNorm.beta", "bert.pooler.dense.weight", "classifier.weight",
      ],
      [
        "embeddings.LayerNorm.weight", "embeddings.LayerNorm.bias", "pooler.dense.weight",
        "classifier.weight",
      ]
    ),
    ("other", ["h.0.attn.bias", "x"], ["h.0.attn.bias", "x"]),
  ])
  func names(type: String, stored: [String], expected: [String]) throws {
    let path = try make(
      #"{"model_type":"\#(type)"}"#, stored.map { ($0, PretrainedModelTests.one) })
    let model = try PretrainedModel.open(path)
    #expect(model.modelType == type)
    #expect(model.format == .safetensors)
    #expect(model.weights.names == expected)
    for name in expected { #expect(try model.weights.tensor(name) == PretrainedModelTests.one) }
    #expect(model.weights.shape(of: "missing") == nil)
    #expect(throws: DataError.self) { try model.weights.tensor("missing") }
  }

  @Test func sameNameTwice() throws {
    let path = try make(
      #"{"model_type":"gpt2"}"#,
      [
        ("wte.weight", PretrainedModelTests.one),
        ("transformer.wte.weight", PretrainedModelTests.one),
      ]
    )
    #expect(
      message(path) == "invalid: tensors 'wte.weight' and 'transformer.wte.weight' are the same "
        + "'transformer.wte.weight'")
  }

  /// A head beside the embedding it is tied to: a copy is left out, another one is an error.
  @Test func tiedHeads() throws {
    let embedding = (name: "model.embed_tokens.weight", tensor: Tensor([1, 2], [1, 2]))
    let tied = #"{"model_type":"llama","tie_word_embeddings":true}"#
    var path = try make(tied, [embedding, ("lm_head.weight", embedding.tensor)])
    #expect(try PretrainedModel.open(path).weights.names == [embedding.name])
    path = try make(tied, [embedding, ("lm_head.weight", Tensor([1, 2], [1, 3]))])
    #expect(
      message(path) == "invalid: tensor 'lm_head.weight' differs from 'model.embed_tokens.weight', "
        + "though tie_word_embeddings says that they are one")
    path = try make(
      #"{"model_type":"llama"}"#, [embedding, ("lm_head.weight", embedding.tensor)])
    #expect(try PretrainedModel.open(path).weights.names == [embedding.name, "lm_head.weight"])
  }

  @Test func whatCannotBeOpened() throws {
    let missing = "expected a folder with config.json, or a GGUF file"
    #expect(message(folder.file("nothing")) == "missing: \(missing)")
    #expect(message(folder.path) == "missing: expected config.json or a GGUF file in this folder")
    try FileAccess.write(Array("{}".utf8), to: folder.file("adapter_config.json"))
    #expect(
      message(folder.path) == "missing: is an adapter: expected the folder of its base model")
    try FileAccess.write([], to: folder.file("a.gguf"))
    #expect(message(folder.path) == "invalid: expected a GGUF file")
    try FileAccess.write([], to: folder.file("b.gguf"))
    #expect(
      message(folder.path)
        == "invalid: holds 2 GGUF files, expected one: name the file that is meant")
    try FileAccess.write(Array("[]".utf8), to: folder.file("config.json"))
    #expect(message(folder.path) == "invalid: expected a JSON object, found a list")
    try FileAccess.write(Array("{}".utf8), to: folder.file("config.json"))
    let weights = "missing: expected model.safetensors or model.safetensors.index.json"
    #expect(message(folder.path) == weights)
    try FileAccess.write([], to: folder.file("pytorch_model.bin"))
    #expect(
      message(folder.path) == weights + "; pytorch_model.bin, which can run code, is not read")
  }

  // MARK: Shards

  private func shards(_ index: String) throws -> String {
    try FileAccess.write(Array("{}".utf8), to: folder.file("config.json"))
    try FileAccess.write(Array(index.utf8), to: folder.file("model.safetensors.index.json"))
    try SafeTensorsFile.write(
      [("a", Tensor([1])), ("b", Tensor([2]))], to: folder.file("1.safetensors"))
    try SafeTensorsFile.write([("c", Tensor([3]))], to: folder.file("2.safetensors"))
    return folder.path
  }

  @Test(arguments: [
    (#"{"weight_map":{"a":"1.safetensors","b":"1.safetensors","c":"2.safetensors"}}"#, "accepted"),
    (
      #"{"weight_map":{"a":"1.safetensors","c":"2.safetensors"}}"#,
      "invalid: tensor 'b' of FOLDER/1.safetensors is not in the index"
    ),
    (
      #"{"weight_map":{"a":"1.safetensors","b":"1.safetensors","c":"2.safetensors","d":"2.safetensors"}}"#,
      "invalid: tensor 'd' is in the index, and not in 2.safetensors"
    ),
    (
      #"{"weight_map":{"a":"1.safetensors","b":"2.safetensors","c":"2.safetensors"}}"#,
      "invalid: tensor 'b' should lie in 2.safetensors, found it in 1.safetensors"
    ),
    (
      #"{"weight_map":{"a":"3.safetensors"}}"#,
      "missing: cannot be read: no such file or directory"
    ),
    (
      #"{"weight_map":{"a":"../1.safetensors"}}"#,
      "invalid: tensor 'a': expected the name of a safetensors file beside the index"
    ),
    (#"{"weight_map":{}}"#, "invalid: expected a weight_map of tensors and files"),
    (#"{}"#, "invalid: expected a weight_map of tensors and files"),
  ])
  func shardedWeights(index: String, expected: String) throws {
    let path = try shards(index)
    #expect(message(path) == expected.replacing("FOLDER", with: folder.path))
    guard expected == "accepted" else { return }
    let model = try PretrainedModel.open(path)
    #expect(model.format == .shardedSafetensors)
    #expect(model.weights.names == ["a", "b", "c"])
    #expect(try ["a", "b", "c"].map { try model.weights.tensor($0).item } == [1, 2, 3])
  }

  @Test func tensorInTwoShards() throws {
    let path = try shards(
      #"{"weight_map":{"a":"1.safetensors","b":"1.safetensors","c":"2.safetensors"}}"#)
    try SafeTensorsFile.write(
      [("c", Tensor([3])), ("a", Tensor([1]))], to: folder.file("2.safetensors"))
    #expect(
      message(path) == "invalid: tensor 'a' lies in two files, \(folder.path)/1.safetensors and "
        + "\(folder.path)/2.safetensors")
  }
}
