internal import PairwiseConfig

/// Whether every `$name` of a pipeline is made by a stage before it, and every name is given once.
struct NameCheck {
  private(set) var problems: [Problem] = []
  private var known: Set<String> = []

  init(_ config: PipelineConfig, _ resolved: ConfigNode) {
    let nodes = ConfigNode.items(resolved["stages"])
    for (index, (step, node)) in zip(config.steps, nodes).enumerated() {
      let path = "stages[\(index)]"
      switch step {
      case .stage(let stage): add(stage, node, path)
      case .repeated(let rounds):
        for (name, source) in rounds.begin {
          check(source.configNode, "\(path).begin.\(name)")
          known.insert(name)
        }
        let inner = ConfigNode.items(node["stages"])
        // A name of `begin` is what a stage of each round makes anew.
        let begun = Set(rounds.begin.map(\.name))
        for (place, (stage, node)) in zip(rounds.stages, inner).enumerated() {
          add(stage, node, "\(path).stages[\(place)]", replacing: begun)
        }
      }
    }
  }

  private mutating func add(
    _ stage: any PipelineStage, _ node: ConfigNode, _ path: String,
    replacing: Set<String> = []
  ) {
    // What a stage reads of itself, the round before left; it may be absent in the first.
    check(node, path, besides: Set(stage.products))
    for product in stage.products {
      if known.contains(product), !replacing.contains(product) {
        report("\(path).name", "$\(product) is made by an earlier stage already")
      }
      known.insert(product)
    }
  }

  private mutating func check(_ node: ConfigNode, _ path: String, besides own: Set<String> = []) {
    switch node.value {
    case .string(let text) where text.hasPrefix("$"):
      let name = String(text.dropFirst())
      if known.contains(name) || own.contains(name) { return }
      let names = known.sorted().map { "$\($0)" }.joined(separator: ", ")
      report(
        path,
        "\(text) is made by no stage before; \(names.isEmpty ? "none is" : "there is \(names)")")
    case .list(let items):
      for (index, item) in items.enumerated() { check(item, "\(path)[\(index)]", besides: own) }
    case .table(let entries):
      for entry in entries { check(entry.value, "\(path).\(entry.key)", besides: own) }
    default: break
    }
  }

  private mutating func report(_ path: String, _ message: String) {
    problems.append(.custom(path: path, place: .none, message: message))
  }
}
