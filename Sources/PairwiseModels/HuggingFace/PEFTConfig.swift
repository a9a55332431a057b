internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseTensor

/// `adapter_config.json`: what of it is understood, what may be there, and what is refused.
enum PEFTConfig {
  /// Keys that are read.
  private static let read: Set<String> = [
    "peft_type", "r", "lora_alpha", "lora_dropout", "target_modules", "use_rslora", "bias",
    "fan_in_fan_out", "base_model_name_or_path", "task_type", "init_lora_weights",
    "modules_to_save",
  ]

  /// Keys that say nothing about what the adapter computes, or only together with a setting that is refused.
  private static let harmless: Set<String> = [
    "auto_mapping", "inference_mode", "revision", "peft_version", "megatron_core",
    "qalora_group_size", "runtime_config", "layers_pattern",
  ]

  /// Reads the settings; the modules are still missing.
  static func read(_ path: String) throws(DataError) -> PEFTAdapter {
    let config = try JSONFile.read(path)
    try checkRefused(config, path)
    guard let rank: Int = try value("r", config, path), (1...65_536).contains(rank) else {
      throw DataError(.invalid, file: path, "r: expected a whole number from 1 to 65536")
    }
    guard let alpha: Double = try value("lora_alpha", config, path) else {
      throw DataError(.invalid, file: path, "lora_alpha is missing")
    }
    let dropout: Double = try value("lora_dropout", config, path) ?? 0
    guard (0..<1).contains(dropout) else {
      throw DataError(.invalid, file: path, "lora_dropout: expected a fraction in 0 ..< 1")
    }
    return PEFTAdapter(
      rank: rank, alpha: alpha, targets: try targets(config, path), dropout: dropout,
      usesRankStabilizedScale: try value("use_rslora", config, path) ?? false,
      fanInFanOut: try value("fan_in_fan_out", config, path) ?? false,
      baseModel: try value("base_model_name_or_path", config, path),
      taskType: try value("task_type", config, path), modules: [],
      saved: try savedModules(config, path).map { PEFTAdapter.Saved(name: $0, weight: .scalar(0)) })
  }

  /// Names of modules that are trained as a whole and kept with the adapter.
  private static func savedModules(_ config: ConfigNode, _ path: String) throws(DataError)
    -> [String]
  {
    try value("modules_to_save", config, path) ?? []
  }

  private static func checkRefused(_ config: ConfigNode, _ path: String) throws(DataError) {
    guard case .string("LORA")? = config["peft_type"]?.value else {
      throw DataError(.invalid, file: path, "peft_type: expected LORA")
    }
    let bias: String? = try value("bias", config, path)
    guard bias ?? "none" == "none" else {
      throw DataError(.invalid, file: path, "bias: '\(bias ?? "")' is not supported, expected none")
    }
    // Other ways to start change the base weights, which the adapter's folder does not hold.
    switch config["init_lora_weights"]?.value {
    case nil, .null?, .bool?, .string("gaussian")?: break
    default:
      throw DataError(
        .invalid, file: path,
        "init_lora_weights: this start is not supported, expected true, false or gaussian")
    }
    guard case .table(let entries) = config.value else { return }
    for entry in entries where !read.contains(entry.key) && !harmless.contains(entry.key) {
      guard isOff(entry.value) else {
        throw DataError(
          .invalid, file: path, place: "line \(entry.place.line)",
          "\(entry.key) is not supported, expected it to be off")
      }
    }
  }

  private static func isOff(_ node: ConfigNode) -> Bool {
    switch node.value {
    case .null, .bool(false): true
    case .list(let items): items.isEmpty
    case .table(let entries): entries.isEmpty
    default: false
    }
  }

  private static func targets(_ config: ConfigNode, _ path: String) throws(DataError) -> [String] {
    let targets: [String]
    do throws(ConfigMismatch) {
      targets = try [String].read(config["target_modules"] ?? ConfigNode(.null))
    } catch {
      // Patterns are PEFT's too, but it writes the names it found.
      throw DataError(.invalid, file: path, "target_modules: expected names of layers")
    }
    guard !targets.isEmpty else {
      throw DataError(.invalid, file: path, "target_modules: expected names of layers")
    }
    return targets
  }

  /// A value that may be missing or null.
  private static func value<Value: ConfigValue>(
    _ key: String, _ config: ConfigNode, _ path: String
  ) throws(DataError) -> Value? {
    guard let node = config[key], node.value != .null else { return nil }
    do throws(ConfigMismatch) {
      return try Value.read(node)
    } catch {
      throw DataError(
        .invalid, file: path, place: "line \(node.place.line)",
        "\(key): expected \(error.expected), found \(error.found)")
    }
  }

  /// The config as PEFT writes it, without the keys that would only repeat its defaults.
  static func node(_ adapter: PEFTAdapter) -> ConfigNode {
    func text(_ value: String?) -> ConfigNode { value?.configNode ?? ConfigNode(.null) }
    // PEFT writes a whole α as an integer.
    let alpha = Int(exactly: adapter.alpha)?.configNode ?? adapter.alpha.configNode
    return ConfigNode(
      .table([
        .init(key: "base_model_name_or_path", value: text(adapter.baseModel)),
        .init(key: "bias", value: "none".configNode),
        .init(key: "fan_in_fan_out", value: adapter.fanInFanOut.configNode),
        .init(key: "inference_mode", value: true.configNode),
        .init(key: "init_lora_weights", value: true.configNode),
        .init(key: "lora_alpha", value: alpha),
        .init(key: "lora_dropout", value: adapter.dropout.configNode),
        .init(
          key: "modules_to_save",
          value: adapter.saved.isEmpty
            ? ConfigNode(.null) : adapter.saved.map(\.name).configNode),
        .init(key: "peft_type", value: "LORA".configNode),
        .init(key: "r", value: adapter.rank.configNode),
        .init(key: "target_modules", value: adapter.targets.configNode),
        .init(key: "task_type", value: text(adapter.taskType)),
        .init(key: "use_dora", value: false.configNode),
        .init(key: "use_rslora", value: adapter.usesRankStabilizedScale.configNode),
      ]))
  }
}
