import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseTensor
import PairwiseTestSupport
import Testing

/// Folders as transformers reads them. That it does is tested by the oracle; here is what they hold.
struct HuggingFaceFolderTests {
  private let folder = TemporaryFolder()

  private func written(_ config: String) throws -> (config: ConfigNode, hasGeneration: Bool) {
    FileAccess.remove(folder.file("generation_config.json"))
    try HuggingFaceFolder.write(
      config: JSON.parse(config), tensors: TensorList([("b", Tensor([1])), ("a", Tensor([2]))]),
      text: nil, to: folder.path)
    let bytes = try FileAccess.read(folder.file("config.json"), limit: 1 << 20)
    return (try JSON.parse(bytes), FileAccess.exists(folder.file("generation_config.json")))
  }

  private func line(_ node: ConfigNode?) -> String {
    var writer = JSONWriter()
    writer.write(node ?? ConfigNode(.null))
    return writer.string
  }

  @Test(arguments: [
    #"{"rope_theta":5.0,"rope_scaling":{"factor":2.0,"type":"linear"}}"#,
    #"{"rope_parameters":{"rope_theta":5.0,"factor":2.0,"type":"linear"}}"#,
  ])
  func bothLayouts(config: String) throws {
    let result = try written(config).config
    #expect(line(result["rope_theta"]) == "5.0")
    #expect(line(result["rope_scaling"]) == #"{"factor":2.0,"type":"linear"}"#)
    #expect(
      line(result["rope_parameters"]) == #"{"rope_theta":5.0,"factor":2.0,"type":"linear"}"#)
    #expect(line(result["dtype"]) == #""float32""#)
    #expect(line(result["torch_dtype"]) == #""float32""#)
  }

  @Test func defaultRotary() throws {
    let result = try written(#"{"rope_theta":5.0,"rope_scaling":null,"torch_dtype":"bfloat16"}"#)
      .config
    #expect(line(result["rope_scaling"]) == "null")
    #expect(line(result["rope_parameters"]) == #"{"rope_theta":5.0,"rope_type":"default"}"#)
    #expect(line(result["torch_dtype"]) == #""float32""#)
    let bare = try written(#"{"rope_scaling":{"rope_type":"linear","factor":2.0}}"#).config
    #expect(line(bare["rope_theta"]) == "10000.0")
    #expect(try written(#"{"n_embd":1}"#).config["rope_parameters"] == nil)
  }

  @Test func generation() throws {
    let causal = #""architectures":["LlamaForCausalLM"]"#
    #expect(try written(#"{\#(causal),"eos_token_id":2,"bos_token_id":null}"#).hasGeneration)
    let bytes = try FileAccess.read(folder.file("generation_config.json"), limit: 1 << 20)
    #expect(line(try JSON.parse(bytes)) == #"{"eos_token_id":2}"#)
    #expect(!(try written(#"{\#(causal)}"#).hasGeneration))
    #expect(!(try written(#"{"architectures":["BertModel"],"eos_token_id":2}"#).hasGeneration))
  }

  @Test func weightsAreSortedAndTheSameEachTime() throws {
    _ = try written("{}")
    let path = folder.file("model.safetensors")
    #expect(try SafeTensorsFile(path).names == ["a", "b"])
    #expect(try SafeTensorsFile(path).tensor("a").item == 2)
    let first = try FileAccess.read(path, limit: 1 << 20)
    _ = try written("{}")
    #expect(try FileAccess.read(path, limit: 1 << 20) == first)
  }

  @Test(
    .enabled(if: SharedFiles.fixtures != nil, "no reference files"),
    arguments: ["llama_gqa_tied", "llama_untied", "qwen2", "gpt2", "bert"])
  func checkpointsSurvive(_ name: String) throws {
    let path = try #require(SharedFiles.fixtures) + "/models/" + name
    let original = try PretrainedModel.open(path)
    try HuggingFaceFolder.write(
      config: original.config, tensors: original.weights, text: original.text, to: folder.path)
    // transformers wrote the original: same order, same header, same bytes.
    var files = ["model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    if name == "llama_gqa_tied" { files.append("chat_template.jinja") }
    for file in files {
      #expect(
        try FileAccess.read(folder.file(file), limit: 1 << 26)
          == FileAccess.read(path + "/" + file, limit: 1 << 26), "\(file)")
    }
  }
}
