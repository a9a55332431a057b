import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseTestSupport
import Testing

@Suite(
  "Generation against transformers", .serialized,
  .enabled(
    if: Oracle.isInstalled && ModelFixture.isThere, "no Python libraries, or no reference files"))
struct GenerationOracleTests {
  /// Prompts during which no two logits come closer than rounding can decide have to give the same tokens.
  @Test(arguments: ModelFixture.decoders)
  func greedy(name: String) throws {
    let fixture = try ModelFixture(name)
    let model = try fixture.model(CausalLM.self)
    let all = try fixture.ids(fixture.row { $0["name"]?.text == "len48" })[0]
    let prompts = [3, 9, 20].map { Array(all[..<$0]) }
    let count = 20
    let ids = ConfigNode(.list(prompts.map { $0.map { Int($0) }.configNode }))
    var writer = JSONWriter()
    writer.write(ids)
    let answer = try Oracle.transformers(
      fixture.folder, ["--ids", writer.string, "--generate", "\(count)"])
    let got = model.generate(
      prompts.map { TokenPrompt($0) }, options: GenerationOptions(maxNewTokens: count))
    for (index, prompt) in prompts.enumerated() {
      let (_, closest) = model.greedy(prompt, count: count)
      if closest < 1e-3 { continue }
      let row = try #require(answer["rows"]?.items[index])
      let want = try [Int].read(try #require(row["generated"]))
      #expect(got[index].tokens.map { Int($0) } == want)
    }
  }
}
