import PairwiseConfig
import PairwiseData
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// What a run says at its end is about the rewards of its own objective.
@Suite("Rewards at the end of a run")
struct OwnRewardTests {
  private let folder = TemporaryFolder()

  private static let rows = (0..<14).map { row in
    let long = String(repeating: " and so on", count: row % 4)
    return
      "{\"prompt\": \"How is \(row % 4)?\", \"chosen\": \" It is \(row * row)\(row % 3 == 0 ? long : "").\", "
      + "\"rejected\": \" No\(row % 3 == 0 ? "" : long).\", \"chosen_margin_reward\": \(row % 5), "
      + "\"rejected_margin_reward\": \(row % 3)}"
  }

  private func run(_ objective: String) throws -> RunFolder {
    let data = folder.path + "/pairs.jsonl"
    try FileAccess.write(Array((Self.rows.joined(separator: "\n") + "\n").utf8), to: data)
    let yaml = """
      run: {name: run}
      model: {kind: causal_lm, architecture: {model_type: llama, hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2}}
      data: {train: \(data), validation: \(data)}
      objective: \(objective)
      optimizer: {learning_rate: 0.003}
      trainer: {max_steps: 4, batch_size: 7, eval_steps: 4}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
    let (config, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml")
    let run = try TrainRun(
      config, resolved: resolved, configFolder: ".", output: folder.path + "/out")
    try run.run(existing: .overwrite)
    return run.folder
  }

  private func number(_ node: ConfigNode, _ key: String) throws -> Double {
    switch try #require(node[key], "\(key)").value {
    case .int(let value): return Double(value)
    case .number(let value): return value
    default: throw DataError(.invalid, file: "metrics", "\(key) is no number")
    }
  }

  @Test(
    "accuracy and margin are those of rewards/*",
    arguments: [
      "{name: dpo}", "{name: simpo, gamma: 1}", "{name: alphapo, beta: 2, alpha: 0.25, gamma: 0.5}",
      "{name: orpo, nll_reduction: token_mean}", "{name: cpo, cpo_alpha: 0, loss_type: ipo}",
      "{name: tdpo1, beta: 0.5}", "{name: sparsepo, mask_mode: common}",
      "{name: modpo, w: [0.5, 0.5]}", "{name: ld_dpo, alpha: 0.25}",
      "{name: beta_dpo, alpha: 0.5, keep: 0.8}",
      "[{name: sft, nll_reduction: token_mean, weight: 0.5}, {name: simpo, gamma: 0, weight: 1}]",
    ])
  func ownRewards(objective: String) throws {
    let folder = try run(objective)
    let evaluation = try JSON.parse(try FileAccess.read(folder.evaluation, limit: 1 << 24))
    let lines = try FileAccess.read(folder.metrics, limit: 1 << 24).split(separator: 0x0A)
    let last = try #require(
      try lines.map { try JSON.parse(Array($0)) }.last { $0["eval_loss"] != nil })
    #expect(
      try number(evaluation, "accuracy") == number(last, "eval_rewards/accuracies"))
    let margin = try number(last, "eval_rewards/margins")
    // Sums in another order.
    #expect(try abs(number(evaluation, "margin_mean") - margin) < 1e-6 * max(1, abs(margin)))
  }

  @Test(
    "the coin's line is drawn for the losses that have it",
    arguments: [
      ("{name: dpo, beta: 5}", "ln 2: a coin"), ("{name: hinge, beta: 5}", ">undecided<"),
      ("{name: orpo, nll_reduction: token_mean}", nil),
    ] as [(String, String?)])
  func coin(objective: String, words: String?) throws {
    let page = String(
      decoding: try FileAccess.read(try run(objective).report, limit: 1 << 24), as: UTF8.self)
    #expect(page.contains("ln 2: a coin") == (words == "ln 2: a coin"))
    #expect(page.contains(">undecided<") == (words == ">undecided<"))
  }
}
