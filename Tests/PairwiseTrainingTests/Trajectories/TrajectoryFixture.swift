import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseTensor
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// A training run of TRL: its config, every step's figures, and the weights it ended with. Tolerances are
/// the file's own.
struct TrajectoryFixture {
  /// The folder of reference files beside the package; nil, after saying so, where there is none.
  static let root: String? = {
    let package = String(#filePath.split(separator: "/Tests/PairwiseTrainingTests")[0])
    let path = package + "/../shared/fixtures"
    if FileAccess.isFolder(path) { return path }
    print("skipped: no \(path)")
    return nil
  }()

  let root: String
  let file: ConfigNode

  /// - Parameter name: path below the fixtures without its ending, such as `dpo/sigmoid_a`.
  init(_ name: String) throws {
    root = try #require(TrajectoryFixture.root) + "/"
    file = try TrajectoryFixture.read(root + name + ".json")
  }

  static func read(_ path: String) throws -> ConfigNode {
    try JSON.parse(FileAccess.read(path, limit: 1 << 28))
  }

  // MARK: What the file says

  var name: String { file["name"].text ?? "" }
  var steps: [ConfigNode] { file["steps"].items }
  var fragileSteps: Set<Int> {
    Set(file["fragile_steps"].items.compactMap(\.number).map { Int($0) })
  }
  var modelPath: String { root + (file["model"].text ?? "") }
  var adapterPath: String? { file["lora"]?["initial_adapter"].text.map { root + $0 } }
  var isReward: Bool { file["trainer"].text?.hasSuffix("RewardTrainer") == true }
  var accumulation: Int { Int(config("gradient_accumulation_steps") ?? 1) }

  func config(_ key: String) -> Double? { file["config"]?[key].number }

  func tolerance(_ key: String) throws -> Double {
    try #require(file["tolerance"]?[key].number, "no tolerance for \(key)")
  }

  /// The batches that TRL fed.
  func batches() throws -> ConfigNode {
    try TrajectoryFixture.read(root + (try #require(file["batches"].text)))
  }

  // MARK: The same run here

  /// The run's config in Pairwise's words, as JSON.
  ///
  /// - Parameter accumulation: `batch`, as the program does by default, or `microbatch`, as TRL.
  func config(output: String, accumulation mode: String) throws -> String {
    let batch = try #require(config("per_device_train_batch_size"))
    let warmup = config("warmup_steps") ?? 0
    let schedule = try #require(file["config"]?["lr_scheduler_type"].text)
    let lora = adapterPath.map { ", \"lora\": {\"path\": \"\($0)\"}" } ?? ""
    let length = config("max_length").map { "\(Int($0))" } ?? "null"
    return """
      {"run": {"name": "run", "output": "\(output)"},
       "model": {"kind": "causal_lm", "path": "\(modelPath)"\(lora)},
       "data": {"train": "\(root)\(file["data"].text ?? "")", "max_length": \(length)},
       "objective": \(try objective(mode)),
       "optimizer": {"learning_rate": \(try #require(config("learning_rate"))),
         "weight_decay": \(try #require(config("weight_decay"))),
         "max_grad_norm": \(try #require(config("max_grad_norm")))},
       "schedule": {"name": "\(schedule)",
         "\(warmup < 1 ? "warmup_ratio" : "warmup_steps")": \(warmup < 1 ? "\(warmup)" : "\(Int(warmup))")},
       "trainer": {"max_steps": \(Int(try #require(config("max_steps")))),
         "batch_size": \(Int(batch) * accumulation), "microbatch_size": \(Int(batch)),
         "accumulation": "\(mode)", "shuffle": false, "save_steps": 100000,
         "report": false\(moving)}}
      """
  }

  /// Keys of a reference that follows the policy.
  private var moving: String {
    guard case .bool(true)? = file["config"]?["sync_ref_model"]?.value else { return "" }
    let (alpha, steps) = (config("ref_model_mixup_alpha") ?? 0, config("ref_model_sync_steps") ?? 0)
    return
      ", \"sync_ref_model\": true, \"ref_model_mixup_alpha\": \(alpha), \"ref_model_sync_steps\": \(Int(steps))"
  }

  /// The objective in Pairwise's words: TRL's names are understood as they are, its options are objectives
  /// or parameters of their own.
  private func objective(_ mode: String) throws -> String {
    guard !isReward else {
      let margin = file["batches"].text?.contains("margin") == true ? "column" : "none"
      let center = config("center_rewards_coefficient").map { "\($0)" } ?? "null"
      return
        "{\"name\": \"bradley_terry\", \"margin\": \"\(margin)\", \"center_rewards_coefficient\": \(center)}"
    }
    let types = file["config"]?["loss_type"].items.compactMap(\.text) ?? []
    let weights = file["config"]?["loss_weights"].items.compactMap(\.number) ?? []
    // TRL has no cDPO: the fixtures made it of `aot` on microbatches of one pair.
    if name.hasPrefix("cdpo"), mode == "batch" { return "{\(try part("cdpo"))}" }
    if types.count == 1 { return "{\(try part(types[0]))}" }
    try #require(types.count == weights.count && !types.isEmpty)
    let parts = try zip(types, weights).map { "{\(try part($0)), \"weight\": \($1)}" }
    return "[\(parts.joined(separator: ", "))]"
  }

  private func part(_ type: String) throws -> String {
    if type == "sft" { return "\"name\": \"sft\", \"nll_reduction\": \"token_mean\"" }
    var keys = ["\"beta\": \(try #require(config("beta")))"]
    var name = type
    if let smoothing = config("label_smoothing") {
      keys.append("\"label_smoothing\": \(smoothing)")
    }
    if let tau = config("discopop_tau") { keys.append("\"tau\": \(tau)") }
    if let alpha = config("ld_alpha") {
      name = "ld_dpo"
      keys.append("\"alpha\": \(alpha)")
    }
    if file["config"]?["use_weighting"]?.value == .bool(true) {
      name = "wpo"
      keys.append("\"clamp\": false")
    }
    switch file["config"]?["f_divergence_type"].text {
    case "forward_kl": (name, keys) = ("f_dpo", keys + ["\"divergence\": \"forward_kl\""])
    case "js_divergence": (name, keys) = ("f_dpo", keys + ["\"divergence\": \"js\""])
    case "alpha_divergence":
      let alpha = 1 - (try #require(config("f_alpha_divergence_coef")))
      (name, keys) = ("f_dpo", keys + ["\"divergence\": \"alpha\", \"alpha\": \(alpha)"])
    default: break
    }
    return (["\"name\": \"\(name)\""] + keys).joined(separator: ", ")
  }

  /// The config as the program reads it.
  func runConfig(output: String, accumulation mode: String = "batch") throws -> (
    RunConfig, resolved: ConfigNode
  ) {
    let text = try config(output: output, accumulation: mode)
    let document = try ConfigFile.parse(Array(text.utf8), file: "run.json")
    return try ConfigReader.read(RunConfig.self, from: document, file: "run.json")
  }

  /// Trains, and returns every step's result with the folder of the final model.
  func train(in folder: TemporaryFolder, accumulation mode: String) throws -> (
    steps: [StepResult], final: String
  ) {
    let (section, resolved) = try runConfig(output: folder.path, accumulation: mode)
    var steps: [StepResult] = []
    let run = try TrainRun(section, resolved: resolved, configFolder: "") { event in
      if case .step(_, let result) = event { steps.append(result) }
    }
    try run.run()
    return (steps, run.folder.final)
  }
}

extension TrajectoryFixture {
  /// Compares names, sums and lengths of every tensor with those that the run ended with.
  @discardableResult
  func checkTensors(of path: String) throws -> SafeTensorsFile {
    let found = try SafeTensorsFile(path)
    let expected = file["final"].entries
    #expect(Set(found.names) == Set(expected.map(\.key)))
    for entry in expected where found.names.contains(entry.key) {
      let values = try found.tensor(entry.key).array.map { Double($0) }
      let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for (key, got) in [("sum", values.reduce(0, +)), ("l2", length)] {
        let want = try #require(entry.value[key].number)
        #expect(
          abs(got - want) <= (try tolerance("final." + key)),
          "\(entry.key), \(key): \(got), expected \(want)")
      }
    }
    return found
  }
}

/// Shorthands for trees whose form is known: what is not there is nil or empty.
extension ConfigNode {
  var text: String? { if case .string(let text) = value { text } else { nil } }
  var items: [ConfigNode] { if case .list(let items) = value { items } else { [] } }
  var entries: [Entry] { if case .table(let entries) = value { entries } else { [] } }
  var number: Double? {
    switch value {
    case .int(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }
}

extension ConfigNode? {
  var text: String? { self?.text }
  var items: [ConfigNode] { self?.items ?? [] }
  var entries: [ConfigNode.Entry] { self?.entries ?? [] }
  var number: Double? { self?.number }
}
