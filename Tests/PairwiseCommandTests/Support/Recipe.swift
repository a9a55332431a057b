/// A config in the making: dotted keys and their values as YAML.
struct Recipe {
  private var values: [String: String]

  /// A small MLP on `data`, named `run`, writing to the folder `runs`.
  init(data: String, _ changes: [String: String] = [:]) {
    values = [
      "run.name": "run", "run.output": "runs", "run.seed": "3", "model.kind": "features",
      "model.hidden_sizes": "[8]", "data.train": "\"\(data)\"", "objective.name": "bradley_terry",
      "optimizer.name": "adamw", "optimizer.learning_rate": "0.01", "trainer.batch_size": "16",
      "trainer.max_steps": "40", "trainer.report": "false",
    ]
    for (key, value) in changes { values[key] = value }
  }

  subscript(key: String) -> String? {
    get { values[key] }
    set { values[key] = newValue }
  }

  /// The config as YAML.
  var yaml: String {
    var sections: [String: [String]] = [:]
    for (key, value) in values.sorted(by: { $0.key < $1.key }) {
      let parts = key.split(separator: ".", maxSplits: 1)
      sections[String(parts[0]), default: []].append("  \(parts[1]): \(value)")
    }
    return sections.sorted { $0.key < $1.key }
      .map { "\($0.key):\n" + $0.value.joined(separator: "\n") + "\n" }.joined()
  }
}

extension TemporaryDirectory {
  /// Writes synthetic pairs to `pairs.h5`: 16 features, a linear truth, a validation split.
  func synthesize(pairs: Int = 400, features: Int = 16) throws {
    let outcome = try Program.run(
      [
        "data", "synthesize", "--output", "pairs.h5", "--pairs", "\(pairs)", "--features",
        "\(features)", "--validation-pairs", "100", "--test-pairs", "0", "--seed", "5",
      ], in: self)
    precondition(outcome.code == 0, "\(outcome)")
  }

  /// Writes the config and trains.
  func train(
    _ recipe: Recipe, _ flags: [String] = [], shell: String? = nil, timeout: Double = 120
  ) throws -> Outcome {
    try write("config.yaml", recipe.yaml)
    return try Program.run(
      ["train", "config.yaml"] + flags, in: self, shell: shell, timeout: timeout)
  }
}
