public import PairwiseConfig

/// The report as `pairwise evaluate` writes it: keys in a fixed order, absent where nothing is known.
extension EvaluationReport {
  /// An ordered table; an interval is `NAME_ci: [low, high]` with `NAME_ci_method` beside it.
  public var node: ConfigNode {
    var table = NodeTable()
    table.add("n_pairs", statistics.count)
    if statistics.undecided > 0 { table.add("n_undecided", statistics.undecided) }
    table.add("accuracy", statistics.accuracy)
    table.add("accuracy", accuracyInterval)
    table.add("accuracy_half", statistics.accuracyHalf)
    table.add("tie_rate", statistics.tieRate)
    table.add("log_loss", statistics.logLoss)
    table.add("log_loss", logLossInterval)
    table.add("brier", statistics.brier)
    table.add("brier", brierInterval)
    table.add("ece", calibration.expectedError)
    table.add("mce", calibration.maximumError)
    table.add("ci_level", marginInterval.level)
    addScores(to: &table)
    addWeighted(to: &table)
    table.add("calibration", calibrationNode)
    if let groups { table.add("groups", groups.node) }
    if let sections { table.add("sections", sections.node) }
    if let generic { table.add("generic", generic.node) }
    if let contexts { table.add("contexts", contexts.node) }
    if let lengths { table.add("lengths", lengths.node) }
    if let policy { table.add("policy", policy.node) }
    return table.node
  }

  private func addScores(to table: inout NodeTable) {
    let rewards = statistics.rewards
    table.add("margin_mean", statistics.margin.mean)
    table.add("margin_mean", marginInterval)
    table.add("margin_std", statistics.margin.populationStandardDeviation)
    var quantiles = NodeTable()
    for (fraction, value) in zip(Self.quantileFractions, marginQuantiles) {
      quantiles.add("\(fraction)", value)
    }
    table.add("margin_quantiles", quantiles.node)
    table.add("margin_histogram", marginHistogram.node)
    table.add("chosen_mean", statistics.chosen.mean)
    table.add("rejected_mean", statistics.rejected.mean)
    table.add("reward_mean", rewards.mean)
    table.add("reward_std", rewards.populationStandardDeviation)
    table.add("reward_min", rewards.minimum)
    table.add("reward_max", rewards.maximum)
  }

  private func addWeighted(to table: inout NodeTable) {
    guard isWeighted else { return }
    table.add("weight_sum", statistics.weightSum)
    table.add("weighted_accuracy", statistics.weightedAccuracy)
    table.add("weighted_accuracy", weightedAccuracyInterval)
    table.add("weighted_log_loss", statistics.weightedLogLoss)
  }

  private var calibrationNode: ConfigNode {
    var table = NodeTable()
    switch calibration.binning {
    case .equalWidth(let range):
      table.add("binning", "equal_width")
      table.add("range", range.rawValue)
    case .quantile:
      table.add("binning", "quantile")
    }
    table.add("bins", calibration.bins.count)
    table.add("temperature", temperature.value)
    table.add("inverse_temperature", temperature.inverse)
    table.add("temperature_outcome", temperature.outcome.rawValue)
    table.add("temperature_fitted_on", temperatureIsFittedHere ? "these pairs" : "the model's own")
    table.add("before", calibration.node)
    table.add("after", calibrated.node)
    return table.node
  }
}

extension Calibration {
  var node: ConfigNode {
    var table = NodeTable()
    table.add("log_loss", logLoss)
    table.add("brier", brier)
    table.add("ece", expectedError)
    table.add("mce", maximumError)
    table.add(
      "reliability",
      bins.map { bin in
        var row = NodeTable()
        row.add("low", bin.low)
        row.add("high", bin.high)
        row.add("n", bin.count)
        row.add("confidence", bin.confidence)
        row.add("accuracy", bin.accuracy)
        return row.node
      })
    return table.node
  }
}

extension Histogram {
  var node: ConfigNode {
    var table = NodeTable()
    table.add("edges", edges.map { ConfigNode(.number($0)) })
    table.add("counts", counts.map { ConfigNode(.int($0)) })
    return table.node
  }
}

extension GroupReport {
  var node: ConfigNode {
    var table = NodeTable()
    table.add("mean", mean)
    table.add("macro_mean", macroMean)
    if let worst {
      table.add("worst", worst.name)
      table.add("worst_accuracy", worst.accuracy)
    }
    table.add("gap", gap)
    table.add("min_group", minimumCount)
    table.add("n_unknown", unknown)
    table.add(
      "groups",
      groups.map { group in
        var row = NodeTable()
        row.add("name", group.name)
        row.add("n", group.count)
        row.add("accuracy", group.accuracy)
        row.add("accuracy", group.interval)
        return row.node
      })
    return table.node
  }
}

extension LengthSplit {
  var node: ConfigNode {
    var table = NodeTable()
    for (name, part) in [
      ("chosen_longer", longer), ("chosen_shorter", shorter), ("equal", equal),
    ] {
      var row = NodeTable()
      row.add("n", part.count)
      row.add("accuracy", part.accuracy)
      row.add("accuracy", part.interval)
      table.add(name, row.node)
    }
    table.add("longer_is_better_accuracy", baseline)
    return table.node
  }
}
