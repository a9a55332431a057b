public import PairwiseConfig
internal import PairwiseData

/// `kind: train`: a training run, of a config or of a recipe that stands here.
public struct TrainStage: PipelineStage {
  public static let kind = "train"
  public static let summary = "a training run"

  public let name: String
  private let config: String?
  private let inline: ConfigNode
  private let changes: [(key: String, value: ConfigNode)]

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
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

  /// The config with its products' paths in place, and where its other paths lead from.
  private func read(_ shop: Workshop) throws -> (
    config: RunConfig, resolved: ConfigNode, folder: String
  ) {
    var file = "\(shop.folder)/\(name).recipe.json"
    var folder = shop.configFolder
    if let config {
      file = shop.path(config)
      folder = PairwiseTraining.folder(of: file)
    } else {
      var writer = JSONWriter()
      writer.write(TrainStage.located(inline, shop))
      try FileAccess.replace(file, with: writer.bytes)
    }
    var overrides = changes.map { key, value in
      var writer = JSONWriter()
      writer.write(TrainStage.located(value, shop))
      return "\(key)=\(writer.string)"
    }
    overrides += ["run.name=\(name)", "run.output=\(JSONText.of(shop.folder))"]
    if config == nil || !changes.contains(where: { $0.key == "trainer.report" }) {
      overrides.append("trainer.report=false")
    }
    let document = try ConfigFile.load(file, overrides: overrides)
    let (section, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: file)
    return (section, resolved, folder)
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

  public func recipe(_ shop: Workshop) throws -> (node: ConfigNode, folder: String)? {
    let recipe = try read(shop)
    return (recipe.resolved, recipe.folder)
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    let recipe = try read(shop)
    let run = try TrainRun(
      recipe.config, resolved: recipe.resolved, configFolder: recipe.folder, output: shop.folder
    ) { shop.notify(.training($0)) }
    let canResume = try shop.mayResume && run.changedKeys().isEmpty
    let summary = try run.run(existing: canResume ? .resume : .overwrite)
    var figures = [("steps", Double(summary.steps))]
    if let loss = summary.finalLoss { figures.append(("loss", loss)) }
    figures += summary.figures.map { ($0.name, $0.value) }
    return StageResult(
      products: [(name, FileAccess.absolute(run.folder.final))], figures: figures)
  }
}

/// Texts as YAML takes them.
enum JSONText {
  static func of(_ text: String) -> String {
    var writer = JSONWriter()
    writer.write(text.configNode)
    return writer.string
  }
}
