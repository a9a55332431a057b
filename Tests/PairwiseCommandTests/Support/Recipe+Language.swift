import PairwiseData

extension Recipe {
  /// A tiny language model that starts from nothing, trained by DPO on the example pairs.
  ///
  /// - Parameter architecture: further keys of `model.architecture`; nil: the model has a path.
  static func language(
    _ architecture: String? = "model_type: llama, tie_word_embeddings: false",
    _ changes: [String: String] = [:]
  ) -> Recipe {
    var recipe = Recipe(
      data: Program.root + "/Examples/pairs.jsonl",
      [
        "model.kind": "causal_lm", "data.max_length": "96", "objective.name": "dpo",
        "optimizer.learning_rate": "0.003", "trainer.batch_size": "8", "trainer.max_steps": "6",
      ])
    recipe["model.hidden_sizes"] = nil
    if let architecture {
      recipe["model.architecture"] =
        "{hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4, \(architecture)}"
    }
    for (key, value) in changes { recipe[key] = value }
    return recipe
  }
}

extension TemporaryDirectory {
  /// What a finished run leaves that must not differ between equal runs: bytes of the final model's files,
  /// and of the weights and optimizer state of its last checkpoint.
  func results(_ run: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    let checkpoint =
      FileAccess.names(in: file(run)).filter { $0.hasPrefix("checkpoint-") }.max() ?? ""
    for folder in ["final", checkpoint] {
      for name in FileAccess.names(in: file("\(run)/\(folder)"))
      where folder == "final" || name.hasSuffix(".safetensors") {
        files["\(folder)/\(name)"] = try bytes("\(run)/\(folder)/\(name)")
      }
    }
    return files
  }

  /// The names in which two runs' results differ; `metrics.jsonl` is compared without its times.
  func differingFiles(_ a: String, _ b: String) throws -> [String] {
    let (first, second) = (try results(a), try results(b))
    var names = Set(first.keys).union(second.keys).filter { first[$0] != second[$0] }.sorted()
    if try comparableMetrics(a) != comparableMetrics(b) { names.append("metrics.jsonl") }
    return names
  }
}
