import PairwiseConfig
import PairwiseModels
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// TRL's KTO, ORPO, CPO and SimPO runs in Pairwise's words.
extension TrajectoryFixture {
  private var trainer: String { file["trainer"].text ?? "" }
  private var lossType: String { file["config"]?["loss_type"].text ?? "" }
  var isUnpaired: Bool { trainer.hasSuffix("KTOTrainer") }
  /// Whether TRL's `logps/*` are averages over tokens.
  var averagesLogps: Bool {
    trainer.hasSuffix("ORPOTrainer") || ["simpo", "ipo"].contains(lossType)
  }

  private func otherObjective() throws -> String {
    let beta = try #require(config("beta"))
    switch (trainer.split(separator: ".").last, lossType) {
    case ("KTOTrainer", "kto"):
      let weights = ["desirable_weight", "undesirable_weight"].map { name in
        ", \"\(name)\": \(config(name) ?? 1)"
      }
      return "{\"name\": \"kto\", \"beta\": \(beta)\(weights.joined())}"
    case ("KTOTrainer", let name): return "{\"name\": \"\(name)\", \"beta\": \(beta)}"
    case ("ORPOTrainer", _):
      return
        "{\"name\": \"orpo\", \"lambda\": \(beta), \"nll_reduction\": \"token_mean\", \"nll_span\": \"all\"}"
    case ("CPOTrainer", "simpo"):
      let gamma = try #require(config("simpo_gamma"))
      let alpha = try #require(config("cpo_alpha"))
      let simpo = "\"name\": \"simpo\", \"beta\": \(beta), \"gamma\": \(gamma)"
      if alpha == 0 { return "{\(simpo)}" }
      return
        "[{\(simpo), \"weight\": 1}, {\"name\": \"sft\", \"nll_reduction\": \"token_mean\", \"weight\": \(alpha)}]"
    case ("CPOTrainer", let loss):
      let smoothing = config("label_smoothing") ?? 0
      let alpha = try #require(config("cpo_alpha"))
      return
        "{\"name\": \"cpo\", \"beta\": \(beta), \"cpo_alpha\": \(alpha), \"nll_reduction\": \"token_mean\", \"loss_type\": \"\(loss)\", \"label_smoothing\": \(smoothing)}"
    default:
      Issue.record("no such trainer: \(trainer)")
      return ""
    }
  }

  /// The config of the same run here.
  func otherConfig(output: String) throws -> (RunConfig, resolved: ConfigNode) {
    let batch = Int(try #require(config("per_device_train_batch_size")))
    let schedule = try #require(file["config"]?["lr_scheduler_type"].text)
    let length = config("max_length").map { "\(Int($0))" } ?? "null"
    let text = """
      {"run": {"name": "run", "output": "\(output)"},
       "model": {"kind": "causal_lm", "path": "\(modelPath)"},
       "data": {"train": "\(root)\(file["data"].text ?? "")", "max_length": \(length),
         "boundary": "\(isUnpaired ? "merged" : "prompt_count")"},
       "objective": \(try otherObjective()),
       "optimizer": {"learning_rate": \(try #require(config("learning_rate"))),
         "weight_decay": \(try #require(config("weight_decay"))),
         "max_grad_norm": \(try #require(config("max_grad_norm")))},
       "schedule": {"name": "\(schedule)", "warmup_steps": \(Int(config("warmup_steps") ?? 0))},
       "trainer": {"max_steps": \(Int(try #require(config("max_steps")))),
         "batch_size": \(batch * accumulation), "microbatch_size": \(batch),
         "accumulation": "microbatch", "shuffle": false, "save_steps": 100000, "report": false}}
      """
    let document = try ConfigFile.parse(Array(text.utf8), file: "run.json")
    return try ConfigReader.read(RunConfig.self, from: document, file: "run.json")
  }

  /// What the run reads: rows in the order of the data.
  func rows(cache: String) throws -> PairSet {
    let config = try otherConfig(output: "unused").0
    let blueprint = try config.model.options.blueprint(
      ModelRequest(
        use: .logps(chosenOnly: false), path: modelPath, tokens: config.data.tokens,
        locate: { $0 }))
    return try TrainingData.open(config, blueprint, locate: { $0 }, cache: cache).train
  }
}
