public import PairwiseConfig
internal import PairwiseData
internal import PairwiseTensor

/// Stages that hand each other files: `pairwise pipeline`.
///
/// A stage whose inputs (by content) and keys are as they were when its product was made is not run again, so that a
/// pipeline that was stopped at any moment, or changed at its end, goes on where it has to.
public struct Pipeline {
  /// Something that happens in a pipeline.
  public enum Event {
    /// A stage begins, or its product is there already. Rounds count from 1.
    case stage(name: String, kind: String, round: Int?, isDone: Bool)
    /// Something that happens in a training run.
    case training(TrainEvent)
    /// Work of a stage goes on.
    case progress(String, done: Int)
  }

  /// What one stage did.
  public struct Record: Sendable {
    public var name: String
    public var kind: String
    public var round: Int?
    /// Whether the product was there already.
    public var isKept: Bool
    public var seconds: Double
    public var figures: [(name: String, value: Double)]
    /// Files and folders it left, by the names of later stages.
    public var products: [(name: String, path: String)]
  }

  public let config: PipelineConfig
  private let resolved: ConfigNode
  private let configFolder: String
  private let notify: (Event) -> Void
  private let digests = InputDigests()

  /// - Parameters:
  ///   - resolved: the config as it was read, defaults and all.
  ///   - file: the config's file: paths lead from its folder.
  /// - Throws: `ConfigError` for a `$name` that no stage before makes.
  public init(
    _ config: PipelineConfig, resolved: ConfigNode, file: String,
    notify: @escaping (Event) -> Void = { _ in }
  ) throws(ConfigError) {
    (self.config, self.resolved) = (config, resolved)
    configFolder = PairwiseTraining.folder(of: file)
    self.notify = notify
    let problems = NameCheck(config, resolved).problems
    if !problems.isEmpty { throw ConfigError(file: file, problems: problems) }
  }

  public var folder: String { FileAccess.absolute(config.output + "/" + config.name) }

  /// Runs what has to be run.
  ///
  /// - Parameter anew: runs every stage, whatever is there.
  /// - Returns: what every stage did; also in `pipeline.json`.
  public func run(anew: Bool = false) throws -> [Record] {
    WorkerPool.shared.setThreads(config.threads)
    try FileAccess.createFolder(folder)
    let lock = try RunLock(RunFolder(path: folder))
    defer { _ = lock }
    var products: [String: String] = [:]
    var records: [Record] = []
    let nodes = ConfigNode.items(resolved["stages"])
    for (step, node) in zip(config.steps, nodes) {
      switch step {
      case .stage(let stage):
        let place = Place(folder: folder, round: nil, stream: stage.name, anew: anew)
        try run(stage, node, place, &products, &records)
      case .repeated(let rounds):
        try run(rounds, node, anew, &products, &records)
      }
    }
    try write(records)
    return records
  }

  private func run(
    _ rounds: RepeatedStages, _ node: ConfigNode, _ anew: Bool, _ products: inout [String: String],
    _ records: inout [Record]
  ) throws {
    for (name, source) in rounds.begin { products[name] = located(source, products) }
    let nodes = ConfigNode.items(node["stages"])
    for round in 1...rounds.times {
      let digits = String(round)
      let number = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
      let inner = "\(folder)/\(rounds.name)-\(number)"
      try FileAccess.createFolder(inner)
      for (stage, node) in zip(rounds.stages, nodes) {
        let place = Place(
          folder: inner, round: round, stream: "\(rounds.name).\(round).\(stage.name)", anew: anew)
        try run(stage, node, place, &products, &records)
      }
      // Imported forms of what only this round read.
      FileAccess.remove(inner + "/.cache")
    }
  }

  private func located(_ text: String, _ products: [String: String]) -> String {
    text.hasPrefix("$")
      ? products[String(text.dropFirst())] ?? text : locate(text, from: configFolder)
  }

  /// Where and when a stage is run.
  private struct Place {
    let folder: String
    let round: Int?
    /// Names its random numbers.
    let stream: String
    let anew: Bool
  }

  private func run(
    _ stage: any PipelineStage, _ node: ConfigNode, _ place: Place,
    _ products: inout [String: String], _ records: inout [Record]
  ) throws {
    let kind = type(of: stage).kind
    let trace = StageTrace(folder: place.folder, name: stage.name)
    func shop(mayResume: Bool) -> Workshop {
      Workshop(
        folder: place.folder, configFolder: configFolder, stream: place.stream, seed: config.seed,
        mayResume: mayResume, products: products, notify: notify)
    }
    let key = try key(of: stage, node, place, shop(mayResume: false))
    if !place.anew, let known = trace.record(key: key) {
      notify(.stage(name: stage.name, kind: kind, round: place.round, isDone: true))
      for product in known.products { products[product.name] = product.path }
      records.append(
        Record(
          name: stage.name, kind: kind, round: place.round, isKept: true, seconds: known.seconds,
          figures: known.figures, products: known.products))
      return
    }
    notify(.stage(name: stage.name, kind: kind, round: place.round, isDone: false))
    let started = RunEnvironment.monotonicSeconds()
    let mayResume = !place.anew && trace.began(key: key)
    try trace.begin(key: key)
    let result = try stage.run(shop(mayResume: mayResume))
    for product in result.products {
      products[product.name] = product.path
      digests.forget(product.path)
    }
    let record = Record(
      name: stage.name, kind: kind, round: place.round, isKept: false,
      seconds: RunEnvironment.monotonicSeconds() - started, figures: result.figures,
      products: result.products)
    try trace.end(key: key, record)
    records.append(record)
  }

  /// A hash of everything that a stage's product depends on.
  private func key(
    of stage: any PipelineStage, _ node: ConfigNode, _ place: Place, _ shop: Workshop
  ) throws -> String {
    var writer = JSONWriter()
    writer.write(node)
    var parts = ["1", "\(shop.seed)", writer.string]
    parts += try digests.parts(of: node, shop.path)
    if let recipe = try stage.recipe(shop) {
      writer.removeAll()
      writer.write(recipe.node.without(["run"]))
      parts.append(writer.string)
      let folder = recipe.folder
      parts += try digests.parts(of: recipe.node.without(["run"])) { locate($0, from: folder) }
    }
    return InputDigests.hash(parts)
  }

  private func write(_ records: [Record]) throws {
    var writer = JSONWriter()
    writer.write(Pipeline.node(records))
    writer.endLine()
    try FileAccess.replace(folder + "/pipeline.json", with: writer.bytes)
  }

  /// What stages did, as a tree.
  public static func node(_ records: [Record]) -> ConfigNode {
    ConfigNode(.table([.init(key: "stages", value: ConfigNode(.list(records.map(\.node))))]))
  }
}

extension Pipeline.Record {
  var node: ConfigNode {
    var entries: [ConfigNode.Entry] = [
      .init(key: "name", value: name.configNode), .init(key: "kind", value: kind.configNode),
    ]
    if let round { entries.append(.init(key: "round", value: round.configNode)) }
    entries += [
      .init(key: "kept", value: isKept.configNode),
      .init(key: "seconds", value: seconds.configNode),
      .init(
        key: "figures",
        value: ConfigNode(.table(figures.map { .init(key: $0.name, value: $0.value.configNode) }))),
      .init(
        key: "products",
        value: ConfigNode(.table(products.map { .init(key: $0.name, value: $0.path.configNode) }))),
    ]
    return ConfigNode(.table(entries))
  }
}

extension ConfigNode {
  /// The items of a list; none of anything else.
  static func items(_ node: ConfigNode?) -> [ConfigNode] {
    if case .list(let items)? = node?.value { items } else { [] }
  }

  /// The table without some keys.
  fileprivate func without(_ keys: [String]) -> ConfigNode {
    guard case .table(let entries) = value else { return self }
    return ConfigNode(.table(entries.filter { !keys.contains($0.key) }))
  }
}
