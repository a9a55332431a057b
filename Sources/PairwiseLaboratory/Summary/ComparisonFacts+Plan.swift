internal import PairwiseConfig
internal import PairwiseTraining

extension ComparisonFacts {
  /// What a config that was read says about its comparison.
  public init(_ plan: ComparePlan) {
    let subject =
      plan.problems.first.map { "\(type(of: $0).name): \(type(of: $0).summary)" }
      ?? plan.config.data.flatMap { $0["train"]?.inline }.map { "pairs of \($0)" } ?? "a dataset"
    let short = ComparisonGrid.names(plan.axes.map(\.key))
    self.init(
      name: plan.config.name, subject: subject,
      objectives: plan.labels.enumerated().map { index, known in
        Objective(
          label: known.label,
          name: plan.config.objectives.indices.contains(index)
            ? plan.config.objectives[index]["name"]?.inline ?? "" : known.label,
          parameters: short.reduce(known.parameters) { text, axis in
            text.replacing(" $\(axis.key)", with: " = \(axis.name)")
          })
      },
      baseline: plan.baseline, measures: plan.measures, primary: plan.measures.first?.name ?? "",
      grid: plan.axes.map { axis in
        GridKey(key: axis.key, values: axis.values.map(\.withoutPlaces))
      },
      level: plan.config.level)
    differences = ConfigDifference(plan.configs).rows
  }
}
