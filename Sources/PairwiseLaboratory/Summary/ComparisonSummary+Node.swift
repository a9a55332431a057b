public import PairwiseConfig
internal import PairwiseEvaluation

extension ComparisonSummary {
  /// The document of `summary.json`.
  public var node: ConfigNode {
    .table([
      ("recommendation", recommendation.configNode), ("sentences", sentences.configNode),
      ("method", method.configNode), ("comparison", facts.node), ("seeds", seeds.configNode),
      ("ranks", ranksNode), ("winners", winnersNode),
      ("cells", .list(cells.map(node))), ("differences", .list(differences.map(node))),
    ])
  }

  private var ranksNode: ConfigNode {
    guard let ranks, let best else { return ConfigNode(.null) }
    return .table([
      ("p_alike", ranks.pValue?.configNode ?? ConfigNode(.null)),
      ("best", label(best.objective).configNode), ("level", best.level.map(label).configNode),
      (
        "objectives",
        .list(
          facts.objectives.indices.map { index in
            .table([
              ("objective", label(index).configNode), ("mean_rank", ranks.means[index].configNode),
              ("ci", node(ranks.intervals[index])),
            ])
          })
      ),
    ])
  }

  private var winnersNode: ConfigNode {
    .list(
      zip(grid.conditions, winners).map { place, winner in
        .table([
          ("settings", node(place.settings)),
          ("best", winner.map { label($0.objective).configNode } ?? ConfigNode(.null)),
          ("level", (winner?.level.map(label) ?? []).configNode),
        ])
      })
  }

  private func node(_ cell: Cell) -> ConfigNode {
    .table([
      ("objective", label(cell.objective).configNode),
      ("settings", node(grid.points[cell.point].settings)),
      ("measure", facts.measures[cell.measure].name.configNode),
      ("mean", cell.mean?.configNode ?? ConfigNode(.null)), ("ci", node(cell.interval)),
      ("standard_deviation", cell.deviation?.configNode ?? ConfigNode(.null)),
      ("runs", cell.count.configNode), ("failed", cell.failures.configNode),
    ])
  }

  private func node(_ difference: Difference) -> ConfigNode {
    var entries: [(key: String, value: ConfigNode)] = [
      ("objective", label(difference.objective).configNode)
    ]
    switch difference.place {
    case .point(let point): entries.append(("settings", node(grid.points[point].settings)))
    case .condition(let condition):
      entries.append(("settings", node(grid.conditions[condition].settings)))
      entries.append(("tuned", true.configNode))
    case .everywhere: entries.append(("everywhere", true.configNode))
    }
    let paired = difference.paired
    entries += [
      ("measure", facts.measures[difference.measure].name.configNode),
      ("mean", difference.mean.configNode), ("baseline", difference.baseline.configNode),
      ("difference", paired.mean.configNode), ("ci", node(paired.interval)),
      ("runs", paired.count.configNode), ("above", paired.above.configNode),
      ("below", paired.below.configNode),
      ("effect_size", paired.effectSize?.configNode ?? ConfigNode(.null)),
      ("test", paired.test.rawValue.configNode),
      ("p", paired.pValue?.configNode ?? ConfigNode(.null)),
      ("p_holm", difference.adjusted?.configNode ?? ConfigNode(.null)),
      ("p_benjamini_hochberg", difference.falseDiscovery?.configNode ?? ConfigNode(.null)),
      ("verdict", difference.verdict.rawValue.configNode),
    ]
    return .table(entries)
  }

  private func node(_ interval: Interval?) -> ConfigNode {
    interval.map { [$0.low, $0.high].configNode } ?? ConfigNode(.null)
  }

  private func node(_ settings: [ComparedRun.Setting]) -> ConfigNode {
    .table(settings.map { ($0.key, $0.value) })
  }
}
