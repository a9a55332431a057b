import PairwiseConfig
import PairwiseData
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// What `--dry-run` says of memory.
@Suite("Plans")
struct PlanTests {
  private let folder = TemporaryFolder()

  private func plan(_ objective: String) throws -> TrainPlan {
    let rows = (0..<6).map { row in
      "{\"prompt\": \"How is \(row)?\", \"chosen\": \" It is \(row * row * row).\", \"rejected\": \" No.\"}\n"
    }
    let data = folder.path + "/pairs.jsonl"
    try FileAccess.write(Array(rows.joined().utf8), to: data)
    let yaml = """
      run: {name: run}
      model: {kind: causal_lm, architecture: {model_type: llama, hidden_size: 16, num_hidden_layers: 3, num_attention_heads: 2}}
      data: {train: \(data)}
      objective: \(objective)
      trainer: {max_steps: 4, batch_size: 6}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
    let (config, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml")
    return try TrainRun(
      config, resolved: resolved, configFolder: ".", output: folder.path + "/out"
    ).plan()
  }

  /// States `[C, D]` of three layers, and three times as much for the layers that each network reads.
  @Test(
    "counts the states that mask networks read, and what the networks keep",
    arguments: [
      ("{name: sparsepo, mask_mode: common}", 1, 3),
      ("{name: sparsepo, mask_mode: independent}", 2, 3),
      ("{name: sparsepo, mask_mode: common, mask_layers: last}", 1, 1),
      ("{name: sparsepo, mask_mode: common, mask_on_reward: false, mask_on_kl: false}", 0, 0),
    ])
  func maskNetworks(objective: String, networks: Int, layers: Int) throws {
    let (plain, masked) = (try plan("{name: tdpo1}"), try plan(objective))
    let tokens = try #require(masked.tokens)
    let scored = tokens.chosen + tokens.rejected
    let states = networks == 0 ? 0 : 4 * scored * 16 * (3 + 3 * networks * layers)
    // Value, gradient and two moments of each parameter, and the reference's value.
    let parameters = 20 * (masked.parameters - plain.parameters)
    #expect(masked.estimatedBytes - plain.estimatedBytes == states + parameters)
  }

  /// A reference of which log-probs alone are read does not run beside the policy.
  @Test("a reference that is computed once takes no memory", arguments: ["wpo", "ld_dpo"])
  func keptReference(name: String) throws {
    let alpha = name == "ld_dpo" ? ", alpha: 0.5" : ""
    #expect(
      try plan("{name: \(name)\(alpha)}").estimatedBytes == plan("{name: dpo}").estimatedBytes)
  }
}
