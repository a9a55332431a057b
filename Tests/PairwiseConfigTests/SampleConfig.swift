import PairwiseConfig

/// A config with every kind of key, in the shape of a training config.
struct SampleConfig: ConfigSection {
  var run: Run
  var objective: Objective?
  var optimizer: Optimizer
  var trainer: Trainer

  init(from reader: inout SectionReader) {
    run = reader.section("run", Run.self, "The run.")
    objective = reader.variant(
      "objective", discriminator: "name", options: Self.objectives, default: nil, "The loss.")
    optimizer = reader.section("optimizer", Optimizer.self, "The update rule.")
    trainer = reader.section("trainer", Trainer.self, "The loop.")
    if trainer.microbatchSize > trainer.batchSize {
      reader.report(
        "trainer.microbatch_size",
        "expected at most batch_size (\(trainer.batchSize)), found \(trainer.microbatchSize)")
    }
  }

  struct Run: ConfigSection {
    var name: String
    var seed: Int
    var tags: [String]

    init(from reader: inout SectionReader) {
      name = reader.required("name", fallback: "", .nonEmpty, "Folder of the run.")
      seed = reader.value("seed", default: 0, .atLeast(0), "Seed of every random number.")
      tags = reader.value("tags", default: [], "Free words.")
    }
  }

  enum Objective: Equatable {
    case dpo(beta: Float)
    case robust(beta: Float, flips: Double)
  }

  static let objectives: [VariantOption<Objective>] = [
    VariantOption("dpo", aliases: ["sigmoid"], "Direct preference optimization.") { reader in
      .dpo(beta: reader.value("beta", default: 0.1, .greater(than: 0), "Inverse temperature."))
    },
    VariantOption("robust_dpo", "For flipped labels.") { reader in
      let beta = reader.value("beta", default: Float(0.1), .greater(than: 0), "As in dpo.")
      let flips = reader.required(
        "label_smoothing", fallback: 0, .range(0..<0.5), "Rate of flips.")
      return .robust(beta: beta, flips: flips)
    },
  ]

  struct Optimizer: ConfigSection {
    enum Name: String, CaseIterable { case adamw, sgd }
    var name: Name
    var learningRate: Double
    var betas: [Double]
    var maxGradNorm: Double?

    init(from reader: inout SectionReader) {
      name = reader.choice("name", default: .adamw, "The rule.")
      learningRate = reader.value(
        "learning_rate", default: 1e-3, .greater(than: 0), "Step size at the peak.")
      betas = reader.value(
        "betas", default: [0.9, 0.999], .each(.range(0..<1), count: 2...2), "Decay rates.")
      maxGradNorm = reader.optional(
        "max_grad_norm", Double.self, .greater(than: 0), "Clips the global norm.")
    }
  }

  struct Trainer: ConfigSection {
    var batchSize: Int
    var microbatchSize: Int
    var shuffle: Bool

    init(from reader: inout SectionReader) {
      batchSize = reader.value("batch_size", default: 8, .closed(1...65536), "Pairs an update.")
      microbatchSize = reader.value("microbatch_size", default: 4, .atLeast(1), "Pairs a pass.")
      shuffle = reader.value("shuffle", default: true, "Whether the order is drawn anew.")
    }
  }

  /// As JSON, a line a key, with the lines that the tests name.
  static let text = """
    {
      "run": {
        "name": "one",
        "seed": 3,
        "tags": ["a", "b"]
      },
      "objective": {
        "name": "robust_dpo",
        "beta": 0.2,
        "label_smoothing": 0.1
      },
      "optimizer": {
        "name": "sgd",
        "learning_rate": 1e-5,
        "betas": [0.5, 0.75],
        "max_grad_norm": 1
      },
      "trainer": {
        "batch_size": 16,
        "microbatch_size": 2,
        "shuffle": false
      }
    }
    """

  /// The messages that reading `text` gives, one a line.
  static func problems(_ text: String) throws(JSONError) -> [String] {
    let node = try JSON.parse(text)
    do throws(ConfigError) {
      _ = try ConfigReader.read(SampleConfig.self, from: node, file: "c.json")
      return []
    } catch {
      return error.problems.map { error.text(of: $0) }
    }
  }
}
