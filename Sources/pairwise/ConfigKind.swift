import ArgumentParser
import Pairwise

/// What a config file is for: told by the keys at its top.
enum ConfigKind: String, CaseIterable, ExpressibleByArgument {
  case train, compare, sweep, pipeline, curate

  init(of document: ConfigNode) {
    if document["objectives"] != nil || document["problem"] != nil {
      self = .compare
    } else if document["base"] != nil {
      self = .sweep
    } else if document["recipe"] != nil {
      self = .curate
    } else {
      self = document["stages"] != nil ? .pipeline : .train
    }
  }

  /// Reads a config of whatever kind and fills in its defaults.
  ///
  /// - Throws: every problem at once.
  static func read(_ document: ConfigNode, file: String) throws(ConfigError) -> ConfigNode {
    switch ConfigKind(of: document) {
    case .train: return try ConfigReader.read(RunConfig.self, from: document, file: file).resolved
    case .sweep: return try ConfigReader.read(SweepConfig.self, from: document, file: file).resolved
    case .pipeline:
      let (config, resolved) = try ConfigReader.read(
        PipelineConfig.self, from: document, file: file)
      _ = try Pipeline(config, resolved: resolved, file: file)
      return resolved
    case .curate:
      let (_, resolved) = try ConfigReader.read(
        PipelineConfig.self, from: CurateCommand.pipeline(document), file: file)
      guard case .list(let stages)? = resolved["stages"]?.value,
        case .table(let entries)? = stages.first?.value
      else { return resolved }
      return ConfigNode(.table(entries.filter { $0.key != "kind" }))
    case .compare:
      let (config, resolved) = try ConfigReader.read(
        CompareConfig.self, from: document, file: file)
      _ = try ComparePlan(config, file: file)
      return resolved
    }
  }

  var schema: ConfigNode {
    switch self {
    case .train: ConfigReader.schema(RunConfig.self, title: "Pairwise training config")
    case .compare: ConfigReader.schema(CompareConfig.self, title: "Pairwise comparison config")
    case .sweep: ConfigReader.schema(SweepConfig.self, title: "Pairwise sweep config")
    case .pipeline: ConfigReader.schema(PipelineConfig.self, title: "Pairwise pipeline config")
    case .curate: ConfigReader.schema(CurateStage.self, title: "Pairwise curation config")
    }
  }
}
