import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseTensor
import Testing

/// `model info` and `model convert` as a user runs them.
@Suite(.enabled(if: Program.isBuilt))
struct ModelCommandTests {
  private let folder = TemporaryDirectory()

  private static let smollm2: String? = {
    let path = Program.root + "/.models/smollm2"
    if FileAccess.exists(path) { return path }
    print("skipped: no .models/smollm2; make models fetches it")
    return nil
  }()

  /// The dequantised model is the file that transformers wrote from the same GGUF, byte for byte.
  @Test(
    .enabled(
      if: smollm2 != nil && Program.shared != nil, "no model (make models) or no reference files"))
  func convertsSmolLM2() throws {
    let path = try #require(Program.shared) + "/fixtures/real/smollm2.json"
    let expected = try JSON.parse(FileAccess.read(path, limit: 1 << 26))
    let outcome = try Program.run(
      ["model", "convert", try #require(ModelCommandTests.smollm2), "out"], in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    let sum = try Program.shell("sha256sum out/model.safetensors", in: folder)
    #expect(.string(String(sum.output.prefix(64))) == expected["weights_sha256"]?.value)
    // One tensor at a time: the largest takes 108 MiB, the whole model 513.
    #expect(outcome.peakBytes < 300 << 20, "\(outcome.peakBytes >> 20) MiB")
    #expect(
      FileAccess.names(in: folder.file("out")) == [
        "chat_template.jinja", "config.json", "generation_config.json", "model.safetensors",
        "tokenizer.json", "tokenizer_config.json",
      ])
    let info = try Program.run(["model", "info", "out"], in: folder)
    #expect(info.output.contains("parameters    134,515,008\n"))
    #expect(info.output.contains("tokenizer     49,152 tokens, BOS <|im_start|> (1), "))
    let again = try Program.run(["model", "convert", "out", "out"], in: folder)
    #expect(again.code == 73)
    #expect(again.errorLines == ["error: out: exists, expected a new or empty folder"])
  }

  @Test func whatIsNoModel() throws {
    let missing = try Program.run(["model", "info", "nothing"], in: folder)
    #expect(missing.code == 66)
    #expect(
      missing.errorLines == [
        "error: nothing: expected a folder with config.json, or a GGUF file"
      ])
    try folder.write("x.gguf", "GGUX and more than twenty-four bytes")
    let broken = try Program.run(["model", "convert", "x.gguf", "out"], in: folder)
    #expect(broken.code == 65)
    #expect(broken.errorLines == ["error: x.gguf: expected a GGUF file"])
    #expect(
      FileAccess.names(in: folder.path).filter { $0.hasPrefix("out") && !$0.hasPrefix("out-") }
        == [])
  }

  @Test func adapters() throws {
    try PEFTAdapter(
      rank: 2, alpha: 8, targets: ["q_proj"],
      modules: [.init(name: "a.q_proj", a: .zeros([2, 3]), b: .zeros([5, 2]))]
    ).write(to: folder.path)
    let info = try Program.run(["model", "info", ".", "--json"], in: folder)
    let node = try JSON.parse(info.output)
    #expect(node["parameters"]?.value == .int(16))
    #expect(node["scale"]?.value == .number(4))
  }
}
