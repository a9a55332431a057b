import PairwiseData
import Testing

/// From 50 pairs and nothing else to a policy and a reward model that know what was preferred, in
/// seconds.
@Suite("50 pairs from end to end", .enabled(if: Program.isBuilt), .serialized)
struct EndToEndTests {
  private let folder = TemporaryDirectory()

  private static let words = [
    "red", "green", "blue", "stone", "river", "cloud", "house", "light", "paper", "wind", "bird",
    "tree", "road", "glass", "salt",
  ]

  /// Pairs whose chosen side has `kindly` somewhere among random words, the rejected one `never`.
  private func pairs(_ count: Int, seed: UInt64) -> String {
    var random = SplitMix(seed: seed)
    func word() -> String { Self.words.randomElement(using: &random) ?? "" }
    func completion(_ mark: String) -> String {
      var words = [word(), word(), word()]
      words.insert(mark, at: Int.random(in: 0...3, using: &random))
      return words.joined(separator: " ")
    }
    return (0..<count).map { _ in
      """
      {"prompt": "Tell me about \(word()) and \(word()). ", "chosen": "\(completion("kindly"))", \
      "rejected": "\(completion("never"))"}\n
      """
    }.joined()
  }

  private func train(_ name: String, _ architecture: String?, _ changes: [String: String]) throws {
    let common = [
      "run.name": name, "data.train": "train.jsonl", "trainer.batch_size": "10",
      "trainer.max_steps": "null", "trainer.num_train_epochs": "6", "trainer.report": "true",
    ]
    let outcome = try folder.train(.language(architecture, common.merging(changes) { $1 }))
    try #require(outcome.code == 0, "\(outcome)")
    #expect(folder.exists("runs/\(name)/report.html"))
  }

  /// Share of unseen pairs that a model ranks right, from `score` and from `evaluate`.
  private func accuracy(_ name: String, _ flags: [String]) throws -> Double {
    let model = ["--model", "runs/\(name)/final"] + flags
    let scored = try Program.run(
      ["score", "--input", "test.jsonl", "--output", "scores.jsonl"] + model, in: folder)
    try #require(scored.code == 0, "\(scored)")
    let lines = try folder.objects("scores.jsonl")
    let right = try lines.count { try #require($0.number("margin")) > 0 }
    let evaluated = try Program.run(
      ["evaluate", "--data", "test.jsonl", "--output", "figures.json"] + model, in: folder)
    try #require(evaluated.code == 0, "\(evaluated)")
    let figures = try JSONObject(try folder.text("figures.json"))
    let share = Double(right) / Double(lines.count)
    #expect(figures.number("accuracy") == share)
    return share
  }

  @Test func policyAndRewardModel() throws {
    try folder.write("train.jsonl", pairs(50, seed: 1))
    try folder.write("test.jsonl", pairs(100, seed: 2))
    try train(
      "sft", "model_type: llama",
      [
        "objective.name": "sft", "objective.nll_reduction": "token_mean",
        "optimizer.learning_rate": "0.005",
      ])
    try train("dpo", nil, ["model.path": "runs/sft/final", "objective.beta": "0.1"])
    try train(
      "reward", nil, ["model.path": "runs/sft/final", "objective.name": "bradley_terry"])

    let losses = try folder.objects("runs/dpo/metrics.jsonl").compactMap { $0.number("loss") }
    // Policy and reference are the same at first: −log σ(0).
    #expect(abs(try #require(losses.first) - 0.693147) < 1e-6)
    // A coin gets 0.65 or more of 100 pairs right once in 600 times; the word alone gives it away.
    #expect(try accuracy("dpo", ["--reference", "runs/sft/final"]) >= 0.9)
    #expect(try accuracy("reward", []) >= 0.9)
  }
}
