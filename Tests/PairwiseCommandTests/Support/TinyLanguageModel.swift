import PairwiseConfig
import Testing

extension TemporaryDirectory {
  /// A few pairs of texts, made up but always the same.
  static func textPairs(_ count: Int) -> String {
    (0..<count).map { row in
      let prompt = "Question \(row): what comes after \(row % 7)?"
      let chosen = " It is \(row % 7 + 1)."
      let rejected = row % 3 == 0 ? " No." : " It may be \(row)."
      return
        #"{"prompt": "\#(prompt)", "chosen": "\#(chosen)", "rejected": "\#(rejected)", "group": "g\#(row % 2)"}"#
        + "\n"
    }.joined()
  }

  /// Trains a tiny byte-level model from nothing on `pairs.jsonl`; its folder is `runs/NAME/final`.
  func trainTinyModel(_ name: String = "lm", _ changes: [String: String?] = [:]) throws {
    var recipe = Recipe(
      data: "pairs.jsonl",
      [
        "run.name": name, "model.kind": "causal_lm",
        "model.architecture":
          "{model_type: llama, hidden_size: 16, num_attention_heads: 2, num_hidden_layers: 2}",
        "objective.name": "sft", "objective.nll_reduction": "token_mean", "trainer.batch_size": "4",
        "trainer.max_steps": "3",
      ])
    recipe["model.hidden_sizes"] = nil
    for (key, value) in changes { recipe[key] = value }
    try write("pairs.jsonl", TemporaryDirectory.textPairs(12))
    let outcome = try train(recipe)
    try #require(outcome.code == 0, "\(outcome)")
  }
}
