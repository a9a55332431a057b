import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseTensor
import PairwiseTestSupport
import PairwiseText
import Testing

/// Files held against the libraries they are made for.
@Suite(.serialized, .enabled(if: Oracle.isInstalled, "no Python libraries to compare with"))
struct OracleTests {
  private let folder = TemporaryFolder()

  /// The numpy code of the gguf package, to the bit: the same operations, rounded one by one.
  @Test func dequantization() throws {
    _ = try Oracle.run("dequantize.py", [folder.path])
    let expected = try SafeTensorsFile(folder.file("expected.safetensors"))
    let file = try GGUFFile(folder.file("blocks.gguf"))
    #expect(file.names.count == 9)
    #expect(file.names.sorted() == expected.names.sorted())
    for name in file.names {
      let (got, want) = (try file.tensor(name), try expected.tensor(name))
      #expect(got.shape == want.shape, "\(name)")
      #expect(got.array.map(\.bitPattern) == want.array.map(\.bitPattern), "\(name)")
    }
  }

  private func text(_ node: ConfigNode) -> String {
    var writer = JSONWriter()
    writer.write(node)
    return writer.string
  }

  private func rows(_ node: ConfigNode) throws -> [ConfigNode] {
    guard case .list(let rows)? = node["rows"]?.value else { return [] }
    return rows
  }

  /// Folders that Pairwise writes load with no tensor missing or left over, and compute what the originals
  /// do, within the tolerance of the reference numbers.
  @Test(
    .enabled(if: SharedFiles.fixtures != nil, "no reference files"),
    arguments: ["llama_gqa_tied", "llama_untied", "qwen2", "gpt2", "bert"])
  func writtenFolders(_ name: String) throws {
    let path = try #require(SharedFiles.fixtures) + "/models/" + name
    let expected = try JSON.parse(FileAccess.read(path + "/expected.json", limit: 1 << 26))
    let row = try #require(
      rows(expected).first { $0["name"]?.value == .string(name == "bert" ? "text0" : "text") })
    let model = try PretrainedModel.open(path)
    try HuggingFaceFolder.write(
      config: model.config, tensors: model.weights, text: model.text, to: folder.path)
    let ids = try #require(row["input_ids"])
    let got = try #require(
      rows(Oracle.transformers(folder.path, ["--ids", text(ids)])).first)
    if name == "bert" {
      let tensors = try SafeTensorsFile(path + "/expected.safetensors")
      let want = try tensors.tensor("text0.mean").array
      let mean = try [Float].read(try #require(got["mean"]))
      let tolerance = try Float.read(try #require(expected["tolerance"]?["mean_abs"]))
      #expect(zip(mean, want).allSatisfy { abs($0 - $1) <= tolerance })
    } else {
      guard case .list(let sequences)? = row["logps"]?.value else { return }
      let want = try [Double].read(try #require(sequences.first))
      let logps = try [Double].read(try #require(got["logps"]))
      #expect(logps.count == want.count)
      let tolerance = try Double.read(try #require(expected["tolerance"]?["logps_abs"]))
      #expect(zip(logps, want).allSatisfy { abs($0 - $1) <= tolerance })
    }
  }

  /// SmolLM2 dequantised, written and read by transformers: log-probs, the likeliest next tokens, token ids.
  @Test(
    .enabled(
      if: SharedFiles.fixtures != nil && SharedFiles.smollm2 != nil,
      "no reference files, or no model (make models)"))
  func convertedGGUF() throws {
    let path = try #require(SharedFiles.fixtures) + "/real/smollm2.json"
    let expected = try JSON.parse(FileAccess.read(path, limit: 1 << 26))
    let model = try PretrainedModel.open(try #require(SharedFiles.smollm2))
    let output = folder.file("smollm2")
    try HuggingFaceFolder.create(output, from: model)
    let want = try rows(expected)
    let ids = ConfigNode(.list(want.compactMap { $0["ids"] ?? $0["input_ids"] }))
    let texts = ["The year 2024", "<|im_start|>user\nHi<|im_end|>", "  naïve ½ 漢字"]
    let answer = try Oracle.transformers(
      output, ["--ids", text(ids), "--texts", text(texts.configNode)])
    let tolerance = try Double.read(try #require(expected["tolerance"]?["logps_abs"]))
    #expect(try rows(answer).count == want.count)
    for (got, want) in zip(try rows(answer), want) {
      let logps = try [Double].read(try #require(got["logps"]))
      let wanted = try [Double].read(try #require(want["logps"]))
      #expect(logps.count == wanted.count)
      #expect(zip(logps, wanted).allSatisfy { abs($0 - $1) <= tolerance })
    }
    let tokenizer = try #require(model.text).tokenizer
    let ours = texts.map { tokenizer.encode($0).map { Int($0) } }
    #expect(try [[Int]].read(try #require(answer["texts"])) == ours)
  }

  /// An adapter that Pairwise writes computes in PEFT what it was made to: B·A scaled by α/√r.
  @Test(.enabled(if: SharedFiles.fixtures != nil, "no reference files"))
  func adapters() throws {
    let fixtures = try #require(SharedFiles.fixtures)
    var adapter = try PEFTAdapter.read(fixtures + "/dpo/lora_sigmoid_a_adapter_init")
    var numbers = SeededNumbers(1)
    for i in adapter.modules.indices {
      let shape = adapter.modules[i].b.shape
      adapter.modules[i].b = Tensor(shape, numbers.floats(shape.count, in: -0.1...0.1))
    }
    adapter.usesRankStabilizedScale = true
    adapter.alpha = 3
    let (base, merged) = (fixtures + "/models/llama_gqa_tied", folder.file("merged"))
    try adapter.write(to: folder.path)
    // The reference: the same products added to the base weights.
    let model = try PretrainedModel.open(base)
    let tensors = try model.weights.names.map { name in
      let tensor = try model.weights.tensor(name)
      let module = adapter.modules.first { name == $0.name + ".weight" }
      return (name: name, tensor: module.map { add($0, adapter.scale, to: tensor) } ?? tensor)
    }
    try FileAccess.createFolder(merged)
    try HuggingFaceFolder.write(
      config: model.config, tensors: TensorList(tensors), text: nil, to: merged)
    let ids = ["--ids", "[[5, 9, 200, 31, 7, 100]]"]
    let got = try rows(Oracle.transformers(folder.path, ids + ["--base", base]))
    let want = try rows(Oracle.transformers(merged, ids))
    let logps = try [Double].read(try #require(got.first?["logps"]))
    let wanted = try [Double].read(try #require(want.first?["logps"]))
    // The sums of the two roads round differently; a scale off by √r would show as 0.1 and more.
    #expect(zip(logps, wanted).allSatisfy { abs($0 - $1) < 1e-4 })
    let plain = try rows(Oracle.transformers(base, ids))
    let before = try [Double].read(try #require(plain.first?["logps"]))
    #expect(zip(logps, before).contains { abs($0 - $1) > 0.01 })
  }

  private func add(_ module: PEFTAdapter.Module, _ scale: Double, to weight: Tensor) -> Tensor {
    let (rows, columns, rank) = (weight.shape[0], weight.shape[1], module.a.shape[0])
    let (a, b) = (module.a.array, module.b.array)
    var values = weight.array
    for i in 0..<rows {
      for j in 0..<columns {
        let sum = (0..<rank).reduce(0.0) {
          $0 + Double(b[i * rank + $1]) * Double(a[$1 * columns + j])
        }
        values[i * columns + j] += Float(scale * sum)
      }
    }
    return Tensor(weight.shape, values)
  }
}
