public import PairwiseConfig

extension ComparedRun {
  /// The line as JSON.
  public var node: ConfigNode {
    var entries: [ConfigNode.Entry] = [
      .init(key: "id", value: id.configNode),
      .init(key: "objective", value: objective.configNode),
      .init(
        key: "settings",
        value: ConfigNode(.table(settings.map { .init(key: $0.key, value: $0.value) }))),
      .init(key: "seed", value: seed.configNode),
      .init(key: "steps", value: steps.configNode),
      .init(
        key: "measures",
        value: ConfigNode(
          .table(measures.map { .init(key: $0.name, value: $0.value.configNode) }))),
      .init(
        key: "curves",
        value: ConfigNode(
          .table(
            curves.map { curve in
              .init(
                key: curve.name,
                value: ConfigNode(
                  .table([
                    .init(key: "steps", value: curve.steps.configNode),
                    .init(key: "values", value: curve.values.configNode),
                  ])))
            }))),
      .init(key: "seconds", value: seconds.configNode),
    ]
    if let failure { entries.append(.init(key: "failure", value: failure.configNode)) }
    return ConfigNode(.table(entries))
  }

  /// Reads what `node` wrote; nil if it is something else.
  public init?(_ node: ConfigNode) {
    guard case .string(let id)? = node["id"]?.value,
      case .string(let objective)? = node["objective"]?.value,
      case .table(let settings)? = node["settings"]?.value,
      case .int(let seed)? = node["seed"]?.value, case .int(let steps)? = node["steps"]?.value,
      case .table(let measures)? = node["measures"]?.value,
      case .table(let curves)? = node["curves"]?.value,
      let seconds = node["seconds"].flatMap({ try? Double.read($0) })
    else { return nil }
    var values: [(name: String, value: Double)] = []
    for entry in measures {
      guard let value = try? Double.read(entry.value) else { return nil }
      values.append((entry.key, value))
    }
    var lines: [Curve] = []
    for entry in curves {
      guard let steps = entry.value["steps"].flatMap({ try? [Int].read($0) }),
        let values = entry.value["values"].flatMap({ try? [Double].read($0) }),
        steps.count == values.count, steps.first ?? 0 >= 0,
        zip(steps, steps.dropFirst()).allSatisfy({ $0 < $1 })
      else { return nil }
      lines.append(Curve(name: entry.key, steps: steps, values: values))
    }
    var failure: String?
    switch node["failure"]?.value {
    case nil: break
    case .string(let text)?: failure = text
    default: return nil
    }
    guard seed >= 0, steps >= 0 else { return nil }
    self.init(
      objective: objective, settings: settings.map { .init(key: $0.key, value: $0.value) },
      seed: seed, steps: steps, measures: values, curves: lines, seconds: seconds,
      failure: failure)
    self.id = id
  }
}
