internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseTensor

/// Directions in hidden states along which chosen and rejected completions differ, from pairs with features as
/// `pairwise embed` makes them.
///
/// A linear probe tells chosen from rejected states; the steering direction is the normalised difference of their means,
/// with the deviation that a shift is measured in. Groups have directions of their own, and cosines between them.
///
/// - Source: methods reference, §8.10.
public enum StatesFile {
  /// - Parameters:
  ///   - share: of the pairs, in a random order, that the probe is fitted to; the others judge it.
  ///   - penalty: λ of (λ/2)‖w‖² beside the probe's mean loss.
  /// - Throws: `DataError` if the pairs cannot be read or have no features, `EvaluationError` for options out of range or
  ///   states that do not differ.
  public static func run(
    _ path: String, split: String? = nil, groupColumn: String? = nil, share: Double = 0.6,
    penalty: Double = 1e-3
  ) throws -> AnalysisFigures {
    let file = try DataFile.open(path, dropInvalid: false, groupColumn: groupColumn, cache: nil)
    guard let width = file.source.featureWidth, !file.source.isUnpaired else {
      throw DataError(
        .invalid, file: path, "expected pairs with features, as pairwise embed makes them")
    }
    let states = try read(file.source, split, width, path)
    guard states.chosen.count >= 5 else {
      throw DataError(
        .invalid, file: path,
        "expected 5 pairs with a winner at least, found \(states.chosen.count)")
    }
    var found = AnalysisFigures("chosen and rejected states of \(states.chosen.count) pairs")
    found.note("n_pairs", states.chosen.count.configNode)
    let steering = try SteeringDirection(positives: states.chosen, negatives: states.rejected)
    try addProbe(states, steering, share, penalty, to: &found)
    found.add("deviation", "deviation along the steering direction", steering.deviation)
    try addGroups(states, file.source.groupNames, steering, to: &found)
    found.note("steering_direction", steering.direction.configNode)
    return found
  }

  private struct States {
    var chosen: [[Double]] = []
    var rejected: [[Double]] = []
    var groups: [Int] = []

    func side(_ side: [[Double]], of group: Int) -> [[Double]] {
      side.indices.filter { groups[$0] == group }.map { side[$0] }
    }
  }

  private static func read(
    _ source: any PairSource, _ split: String?, _ width: Int, _ path: String
  ) throws(DataError) -> States {
    let rows = try PairScorer.rows(of: split, source, path)
    let columns = source.columns.intersection([.group, .labelProbability])
    var states = States()
    var start = 0
    while start < rows.count {
      let end = min(rows.count, start + 4096)
      let block = try source.read(
        (start..<end).map { rows[$0] }, PairNeeds(features: true, columns: columns))
      let values = (block.features?.array ?? []).map { Double($0) }
      let ties = Set(block.ties)
      for pair in 0..<block.count where !ties.contains(pair) {
        let first = Array(values[2 * pair * width..<(2 * pair + 1) * width])
        let second = Array(values[(2 * pair + 1) * width..<(2 * pair + 2) * width])
        let firstWins = block.columns[.labelProbability].map { $0[pair] > 0.5 } ?? true
        states.chosen.append(firstWins ? first : second)
        states.rejected.append(firstWins ? second : first)
        states.groups.append(block.columns[.group].map { Int($0[pair]) } ?? -1)
      }
      start = end
    }
    return states
  }

  private static func addProbe(
    _ states: States, _ steering: SteeringDirection, _ share: Double, _ penalty: Double,
    to found: inout AnalysisFigures
  ) throws {
    var order = (0..<states.chosen.count).map { Int32($0) }
    var random = CounterRandom(seed: 0, stream: "probe")
    random.shuffle(&order)
    // Both sides of a pair are on the same side of the split.
    let rows = order.flatMap { [states.chosen[Int($0)], states.rejected[Int($0)]] }
    let labels = order.flatMap { _ in [true, false] }
    guard share > 0, share < 1 else {
      throw EvaluationError.outOfRange(
        "probe share", row: nil, found: "\(share)", expected: "between 0 and 1")
    }
    let count = 2 * Int((share * Double(order.count)).rounded())
    guard count > 0, count < rows.count else {
      throw EvaluationError.empty("pairs to fit or to check a probe on")
    }
    let probe = try LinearProbe(
      states: Array(rows[..<count]), labels: Array(labels[..<count]), penalty: penalty)
    let held = (count / 2..<order.count).map { place in
      let (chosen, rejected) = (rows[2 * place], rows[2 * place + 1])
      return probe.margin(chosen) > probe.margin(rejected)
    }
    found.add(
      "probe_accuracy_fitted", "probe: states on their side, fitted",
      probe.accuracy(states: Array(rows[..<count]), labels: Array(labels[..<count])))
    found.add(
      "probe_accuracy", "probe: states on their side, held out",
      probe.accuracy(states: Array(rows[count...]), labels: Array(labels[count...])))
    let right = held.count { $0 }
    found.add(
      "probe_pair_accuracy", "probe: pairs in order, held out", Double(right) / Double(held.count),
      try .wilson(successes: right, of: held.count))
    found.add(
      "probe_steering_cosine", "cosine of probe and steering direction",
      LinearProbe.cosine(probe.direction, steering.direction))
    found.note("probe_weights", probe.weights.configNode)
  }

  private static func addGroups(
    _ states: States, _ names: [String], _ all: SteeringDirection, to found: inout AnalysisFigures
  ) throws {
    var directions: [(name: String, direction: [Double])] = []
    for (group, name) in names.enumerated() {
      let chosen = states.side(states.chosen, of: group)
      if chosen.count < 20 { continue }
      let own = try SteeringDirection(
        positives: chosen, negatives: states.side(states.rejected, of: group))
      directions.append((name, own.direction))
      found.add(
        "cosine_all_\(name)", "cosine of all and \(name)",
        LinearProbe.cosine(all.direction, own.direction))
    }
    guard directions.count > 1 else { return }
    for (index, first) in directions.enumerated() {
      for second in directions[(index + 1)...] {
        found.add(
          "cosine_\(first.name)_\(second.name)", "cosine of \(first.name) and \(second.name)",
          LinearProbe.cosine(first.direction, second.direction))
      }
    }
    found.add("overlap", "sum of squared cosines", LinearProbe.overlap(directions.map(\.direction)))
    found.note(
      "group_directions",
      ConfigNode(
        .table(directions.map { .init(key: $0.name, value: $0.direction.configNode) })))
  }
}
