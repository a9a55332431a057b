internal import PairwiseConfig
internal import PairwiseData

/// The training config of a stage: a file or a recipe that stands in the stage, with some keys replaced.
struct StageRecipe: Sendable {
  private let config: String?
  private let inline: ConfigNode
  private let changes: [(key: String, value: ConfigNode)]

  init(from reader: inout SectionReader) {
    config = reader.optional(
      "config", String.self, .nonEmpty, "A config of training. Its paths lead from its own folder.")
    inline = reader.value(
      "recipe", default: ConfigNode(.null), .any,
      "The config itself, in place of a file: model, data, objective, optimizer, trainer.")
    let set = reader.value(
      "set", default: ConfigNode(.table([])), .any,
      "Keys of the config to replace, as in {model.path: $policy, data.train: $pairs}.")
    if case .table(let entries) = set.value {
      changes = entries.map { ($0.key, $0.value) }
    } else {
      changes = []
      reader.report("set", "expected a table of keys and values")
    }
    if (config == nil) == (inline.value == .null) {
      reader.report("config", "give either config or recipe")
    }
  }

  /// A config with its products' paths in place, and where its other paths lead from.
  struct Read {
    var config: RunConfig
    var resolved: ConfigNode
    var folder: String
  }

  /// - Parameters:
  ///   - run: the run's name: its folder in the stage's.
  ///   - data: replaces the training pairs.
  ///   - further: keys of the stage's own to replace, each as `key=value`.
  func read(
    _ shop: Workshop, run: String, data: String? = nil, further: [String] = []
  ) throws -> Read {
    var file = "\(shop.folder)/\(run).recipe.json"
    var folder = shop.configFolder
    if let config {
      file = shop.path(config)
      folder = PairwiseTraining.folder(of: file)
    } else {
      try FileAccess.replace(file, with: Array(Self.text(Self.located(inline, shop)).utf8))
    }
    var overrides = changes.map { "\($0.key)=\(Self.text(Self.located($0.value, shop)))" }
    overrides += ["run.name=\(run)", "run.output=\(Self.text(shop.folder.configNode))"]
    if let data { overrides.append("data.train=\(Self.text(data.configNode))") }
    if !changes.contains(where: { $0.key == "trainer.report" }) {
      overrides.append("trainer.report=false")
    }
    let document = try ConfigFile.load(file, overrides: overrides + further)
    let (section, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: file)
    return Read(config: section, resolved: resolved, folder: folder)
  }

  /// Trains.
  ///
  /// - Parameters:
  ///   - further: keys of the stage's own to replace, each as `key=value`.
  ///   - mayResume: whether a run of the same config that is there may be gone on with.
  /// - Returns: the run's summary, and its model's folder.
  func train(
    _ shop: Workshop, run name: String, data: String? = nil, further: [String] = [],
    mayResume: Bool
  ) throws -> (summary: TrainSummary, model: String) {
    let recipe = try read(shop, run: name, data: data, further: further)
    let run = try TrainRun(
      recipe.config, resolved: recipe.resolved, configFolder: recipe.folder, output: shop.folder
    ) { shop.notify(.training($0)) }
    let canResume = try mayResume && run.changedKeys().isEmpty
    let summary = try run.run(existing: canResume ? .resume : .overwrite)
    return (summary, FileAccess.absolute(run.folder.final))
  }

  /// `$name` becomes the product's path.
  private static func located(_ node: ConfigNode, _ shop: Workshop) -> ConfigNode {
    switch node.value {
    case .string(let text) where text.hasPrefix("$"): return shop.path(text).configNode
    case .list(let items): return ConfigNode(.list(items.map { located($0, shop) }))
    case .table(let entries):
      return ConfigNode(
        .table(entries.map { .init(key: $0.key, value: located($0.value, shop)) }))
    default: return node
    }
  }

  private static func text(_ node: ConfigNode) -> String {
    var writer = JSONWriter()
    writer.write(node)
    return writer.string
  }
}
