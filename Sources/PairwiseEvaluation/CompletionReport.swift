public import PairwiseConfig

/// How well rewards of single completions tell desirable from undesirable ones.
///
/// A reward r is read as the log-odds that its completion is desirable: accuracy counts r > 0 of desirable and
/// r < 0 of undesirable ones, log loss is softplus(−r) or softplus(r). The area under the curve needs no such
/// reading: it asks how often a desirable completion has the larger reward.
public struct CompletionReport: Sendable {
  public var desirable: Moments
  public var undesirable: Moments
  /// Nil unless there are both kinds.
  public var area: AreaUnderCurve?
  public var areaInterval: Interval?
  /// Every row as a pair of its reward and 0: accuracy, calibration and the rest.
  public var report: EvaluationReport

  public var count: Int { desirable.count + undesirable.count }

  /// - Parameter temperature: divides rewards before they are read as log-odds; nil: fitted to these rows.
  /// - Throws: `EvaluationError` for no rows, or a reward that is not finite or above `PairScores.largestScore`.
  public init(
    desirable: [Double], undesirable: [Double], temperature: Temperature? = nil
  ) throws(EvaluationError) {
    let none = [Double](repeating: 0, count: desirable.count)
    let zero = [Double](repeating: 0, count: undesirable.count)
    let rows = try PairScores(chosen: desirable + zero, rejected: none + undesirable)
    var options = EvaluationReport.Options()
    options.temperature = temperature
    report = try EvaluationReport(rows, options: options)
    (self.desirable, self.undesirable) = (Moments(), Moments())
    for reward in desirable { self.desirable.add(reward) }
    for reward in undesirable { self.undesirable.add(reward) }
    area = AreaUnderCurve(above: desirable, below: undesirable)
    areaInterval = try area?.interval(level: options.bootstrap.level)
  }

  /// As `pairwise evaluate` writes it: keys in a fixed order, absent where nothing is known.
  ///
  /// `margin_*` are of rewards turned so that right is positive: r of desirable completions, −r of others.
  public var node: ConfigNode {
    var table = NodeTable()
    table.add("n_completions", count)
    table.add("n_desirable", desirable.count)
    table.add("n_undesirable", undesirable.count)
    table.add("auc", area?.value)
    table.add("auc", areaInterval)
    table.add("reward_desirable_mean", desirable.mean)
    table.add("reward_undesirable_mean", undesirable.mean)
    var all = desirable
    all.merge(undesirable)
    table.add("reward_mean", all.mean)
    table.add("reward_std", all.populationStandardDeviation)
    table.add("reward_min", all.minimum)
    table.add("reward_max", all.maximum)
    let ours: Set = ["n_pairs", "n_undecided", "chosen_mean", "rejected_mean", "accuracy_half"]
    guard case .table(let entries) = report.node.value else { return table.node }
    for entry in entries where !ours.contains(entry.key) && !entry.key.hasPrefix("reward_") {
      table.add(entry.key, entry.value)
    }
    return table.node
  }
}
