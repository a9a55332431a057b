import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseTensor
import PairwiseTestSupport
import Testing

struct PEFTAdapterTests {
  private let folder = TemporaryFolder()

  private static let module = PEFTAdapter.Module(
    name: "model.layers.0.self_attn.q_proj", a: Tensor([2, 3], [1, 2, 3, 4, 5, 6]),
    b: Tensor([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]))

  @Test func roundTrip() throws {
    let adapter = PEFTAdapter(
      rank: 2, alpha: 8, targets: ["v_proj", "q_proj"], dropout: 0.5,
      usesRankStabilizedScale: true, fanInFanOut: true, baseModel: "base", taskType: "SEQ_CLS",
      modules: [PEFTAdapterTests.module])
    try adapter.write(to: folder.path)
    #expect(PEFTAdapter.isAdapter(folder.path))
    let read = try PEFTAdapter.read(folder.path)
    #expect(read.rank == 2 && read.alpha == 8 && read.dropout == 0.5)
    #expect(read.targets == ["q_proj", "v_proj"])
    #expect(read.usesRankStabilizedScale && read.fanInFanOut)
    #expect(read.baseModel == "base" && read.taskType == "SEQ_CLS")
    #expect(read.modules.map(\.name) == [PEFTAdapterTests.module.name])
    #expect(read.modules[0].a == PEFTAdapterTests.module.a)
    #expect(read.modules[0].b == PEFTAdapterTests.module.b)
    // α/√r
    #expect(read.scale == 8 / 2.0.squareRoot())
  }

  /// Adapters that PEFT wrote.
  @Test(
    .enabled(if: SharedFiles.fixtures != nil, "no reference files"),
    arguments: [
      ("lora_sigmoid_a_adapter_init", 8.0, 4), ("lora_all_linear_b_adapter_init", 16.0, 21),
    ])
  func peftAdapters(name: String, alpha: Double, modules: Int) throws {
    let path = try #require(SharedFiles.fixtures) + "/dpo/" + name
    let adapter = try PEFTAdapter.read(path)
    #expect(adapter.rank == 4)
    #expect(adapter.alpha == alpha)
    #expect(adapter.scale == alpha / 4)
    #expect(adapter.modules.count == modules)
    #expect(adapter.modules.allSatisfy { $0.a.shape[0] == 4 && $0.b.shape[1] == 4 })
    try adapter.write(to: folder.path)
    let file = "/adapter_model.safetensors"
    #expect(
      try FileAccess.read(folder.path + file, limit: 1 << 26)
        == FileAccess.read(path + file, limit: 1 << 26))
  }

  @Test(arguments: [
    (#""peft_type":"IA3""#, "peft_type: expected LORA"),
    (#""use_dora":true"#, "line 1: use_dora is not supported, expected it to be off"),
    (#""bias":"all""#, "bias: 'all' is not supported, expected none"),
    (
      #""layer_replication":[[0, 2]]"#,
      "line 1: layer_replication is not supported, expected it to be off"
    ),
    (#""rank_pattern":{"q":2}"#, "line 1: rank_pattern is not supported, expected it to be off"),
    (#""something_new":"on""#, "line 1: something_new is not supported, expected it to be off"),
    (
      #""init_lora_weights":"pissa""#,
      "init_lora_weights: this start is not supported, expected true, false or gaussian"
    ),
    (#""r":0"#, "r: expected a whole number from 1 to 65536"),
    (#""r":"2""#, "line 1: r: expected an integer, found the string '2'"),
    (#""lora_dropout":1.5"#, "lora_dropout: expected a fraction in 0 ..< 1"),
    (#""target_modules":"all-linear""#, "target_modules: expected names of layers"),
    (
      #""target_modules":["k_proj"]"#,
      "layer 'model.layers.0.self_attn.q_proj' is none of the target_modules k_proj"
    ),
    (
      #""r":3"#,
      "tensor 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight': "
        + "expected shape [3, inputs], found [2, 3]"
    ),
    (#""modules_to_save":null,"rank_pattern":{},"use_dora":false,"revision":"x""#, "accepted"),
  ])
  func settingsAreChecked(change: String, expected: String) throws {
    try PEFTAdapter(
      rank: 2, alpha: 4, targets: ["q_proj"], modules: [PEFTAdapterTests.module]
    ).write(to: folder.path)
    let key = change.split(separator: "\"")[0]
    var text = #"{\#(change)"#
    for (name, value) in [
      ("peft_type", "\"LORA\""), ("r", "2"), ("lora_alpha", "4"),
      ("target_modules", "[\"q_proj\"]"),
    ] where name != key { text += ",\"\(name)\":\(value)" }
    #expect(try message(text + "}") == expected)
  }

  private func message(_ config: String) throws -> String {
    try FileAccess.write(Array(config.utf8), to: folder.file("adapter_config.json"))
    do throws(DataError) {
      _ = try PEFTAdapter.read(folder.path)
      return "accepted"
    } catch {
      return (error.place.map { $0 + ": " } ?? "") + error.message
    }
  }

  @Test func tensorsAreChecked() throws {
    let adapter = PEFTAdapter(
      rank: 2, alpha: 4, targets: ["q_proj"], modules: [PEFTAdapterTests.module])
    try adapter.write(to: folder.path)
    func reading(_ tensors: [(name: String, tensor: Tensor)]) throws -> String {
      try SafeTensorsFile.write(tensors, to: folder.file("adapter_model.safetensors"))
      do throws(DataError) {
        _ = try PEFTAdapter.read(folder.path)
        return "accepted"
      } catch {
        return error.message
      }
    }
    let a = "base_model.model.x.q_proj.lora_A.weight"
    #expect(
      try reading([(a, .zeros([2, 3]))])
        == "tensor 'base_model.model.x.q_proj.lora_B.weight' is missing")
    #expect(
      try reading([("base_model.model.score.weight", .zeros([1, 3]))])
        == "tensor 'base_model.model.score.weight' is no lora_A or lora_B weight of a linear layer")
    #expect(try reading([]) == "expected lora_A and lora_B weights, found none")
    #expect(throws: DataError.self) { try PEFTAdapter.read(folder.file("nothing")) }
  }
}
