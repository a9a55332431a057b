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
    if let heldOut { entries.append(.init(key: "held_out", value: heldOut)) }
    return ConfigNode(.table(entries))
  }
}
