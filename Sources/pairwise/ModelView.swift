import Pairwise

/// What `model info` shows of the kinds of model there are.
enum ModelView {
  case reward(any NativeModel, temperature: Double)
  case pretrained(PretrainedModel)
  case adapter(PEFTAdapter)
  case headed(HeadedModel, temperature: Double)

  init(_ path: String) throws(DataError) {
    if PEFTAdapter.isAdapter(path), !FileAccess.exists(path + "/config.json") {
      self = .adapter(try PEFTAdapter.read(path))
      return
    }
    if HeadedModel.isSaved(in: path) {
      let loaded = try ModelDirectory.load(path)
      if let model = loaded.model as? HeadedModel {
        self = .headed(model, temperature: loaded.temperature)
        return
      }
    }
    let model = try PretrainedModel.open(path)
    guard ModelRegistry.isNative(model.modelType) else {
      self = .pretrained(model)
      return
    }
    let loaded = try ModelDirectory.load(path)
    guard let native = loaded.model as? any NativeModel else {
      self = .pretrained(model)
      return
    }
    self = .reward(native, temperature: loaded.temperature)
  }

  var node: ConfigNode {
    switch self {
    case .reward(let model, let temperature):
      ModelView.node(
        type(of: model).modelType, model.configuration, temperature, model.store)
    case .headed(let model, let temperature):
      ModelView.node(ModelView.headed, model.configuration, temperature, model.store)
    case .pretrained(let model): model.summaryNode
    case .adapter(let adapter): ModelView.node(adapter)
    }
  }

  var text: String {
    switch self {
    case .reward(let model, let temperature):
      ModelView.text(type(of: model).modelType, temperature, model.store)
    case .headed(let model, let temperature):
      ModelView.text(ModelView.headed, temperature, model.store)
    case .pretrained(let model): model.summaryText
    case .adapter(let adapter): ModelView.text(adapter)
    }
  }

  // MARK: Reward models

  /// What models are called that are a head on an encoder or a decoder.
  private static let headed = "pairwise_headed"

  private static func node(
    _ kind: String, _ configuration: [ConfigNode.Entry], _ temperature: Double,
    _ store: ParameterStore
  ) -> ConfigNode {
    var entries: [ConfigNode.Entry] = [.init(key: "model_type", value: kind.configNode)]
    entries += configuration
    entries.append(.init(key: "temperature", value: temperature.configNode))
    entries.append(.init(key: "parameters", value: store.count.configNode))
    return ConfigNode(.table(entries))
  }

  private static func text(_ kind: String, _ temperature: Double, _ store: ParameterStore)
    -> String
  {
    """
    kind         \(kind)
    temperature  \(temperature)
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
