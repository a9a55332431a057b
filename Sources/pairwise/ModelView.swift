import Pairwise

/// What `model info` shows of the kinds of model there are.
enum ModelView {
  case reward(ModelDirectory.Loaded)
  case pretrained(PretrainedModel)
  case adapter(PEFTAdapter)

  init(_ path: String) throws(DataError) {
    if PEFTAdapter.isAdapter(path), !FileAccess.exists(path + "/config.json") {
      self = .adapter(try PEFTAdapter.read(path))
      return
    }
    let model = try PretrainedModel.open(path)
    let isOurs = modelKinds.contains { $0.modelType == model.modelType }
    self = isOurs ? .reward(try ModelDirectory.load(path)) : .pretrained(model)
  }

  var node: ConfigNode {
    switch self {
    case .reward(let loaded): ModelView.node(loaded)
    case .pretrained(let model): model.summaryNode
    case .adapter(let adapter): ModelView.node(adapter)
    }
  }

  var text: String {
    switch self {
    case .reward(let loaded): ModelView.text(loaded)
    case .pretrained(let model): model.summaryText
    case .adapter(let adapter): ModelView.text(adapter)
    }
  }

  // MARK: Reward models

  private static func node(_ loaded: ModelDirectory.Loaded) -> ConfigNode {
    var entries: [ConfigNode.Entry] = [
      .init(key: "model_type", value: type(of: loaded.model).modelType.configNode)
    ]
    entries += loaded.model.configuration
    entries.append(.init(key: "temperature", value: loaded.temperature.configNode))
    entries.append(.init(key: "parameters", value: loaded.model.store.count.configNode))
    return ConfigNode(.table(entries))
  }

  private static func text(_ loaded: ModelDirectory.Loaded) -> String {
    let store = loaded.model.store
    return """
      kind         \(type(of: loaded.model).modelType)
      temperature  \(loaded.temperature)
      parameters   \(Terminal.grouped(store.count))

      """ + "\n"
        + Terminal.table(
          ["tensor", "shape", "elements"],
          store.parameters.map { ["\($0.name)", "\($0.shape)", Terminal.grouped($0.shape.count)] })
  }

  // MARK: Adapters

  private static func count(_ adapter: PEFTAdapter) -> Int {
    adapter.modules.reduce(0) { $0 + $1.a.count + $1.b.count }
  }

  private static func node(_ adapter: PEFTAdapter) -> ConfigNode {
    ConfigNode(
      .table([
        .init(key: "format", value: "PEFT adapter".configNode),
        .init(key: "base_model", value: adapter.baseModel?.configNode ?? ConfigNode(.null)),
        .init(key: "r", value: adapter.rank.configNode),
        .init(key: "lora_alpha", value: adapter.alpha.configNode),
        .init(key: "scale", value: adapter.scale.configNode),
        .init(key: "target_modules", value: adapter.targets.configNode),
        .init(key: "parameters", value: count(adapter).configNode),
        .init(key: "modules", value: adapter.modules.map(\.name).configNode),
      ]))
  }

  private static func text(_ adapter: PEFTAdapter) -> String {
    """
    format      PEFT adapter
    base model  \(adapter.baseModel ?? "unknown")
    rank        \(adapter.rank), B·A times \(adapter.scale)
    targets     \(adapter.targets.joined(separator: ", "))
    parameters  \(Terminal.grouped(count(adapter)))

    """ + "\n"
      + Terminal.table(
        ["layer", "inputs", "outputs"],
        adapter.modules.map { [$0.name, "\($0.a.shape[1])", "\($0.b.shape[0])"] })
  }
}
