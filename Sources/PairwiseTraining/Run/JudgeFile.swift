internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation

/// Biases of a judge from its recorded verdicts on pairs: towards its own completions, towards a place, towards a cue.
///
/// JSON Lines, each row a comparison of A and B. `verdict` is the judge's with A shown first: `a`, `b` or `tie`, or a
/// number, its score of A less that of B; `verdict_swapped` the same with B shown first, and `verdict_cue` with a cue
/// that supports the side `cue`. `gold` is what others say, one verdict or a list. `generator_a` and `generator_b` say
/// who wrote them.
///
/// - Source: methods reference, §8.8.
public enum JudgeFile {
  private struct Row {
    var verdict: Double
    var swapped: Double?
    var withCue: Double?
    var cue: Double?
    var gold: [Int] = []
    var generators: (String, String)?
  }

  /// Every bias that the rows say something about.
  ///
  /// - Parameter own: the generator that is the judge itself; nil: no self-preference.
  /// - Throws: `DataError` for what is wrong with the file, with its line, and where there is nothing to say.
  public static func run(_ path: String, own: String? = nil) throws -> AnalysisFigures {
    var rows: [Row] = []
    var objects = try JSONObjects(path: path)
    while let object = try objects.next() { rows.append(try row(object)) }
    if rows.isEmpty { throw DataError(.invalid, file: path, "holds no rows") }
    var found = AnalysisFigures("a judge's verdicts on \(rows.count) pairs")
    found.note("n_pairs", rows.count.configNode)
    if let own { try addOwn(own, rows, path, to: &found) }
    try addPosition(rows, to: &found)
    try addCue(rows, to: &found)
    guard !found.figures.isEmpty else {
      throw DataError(
        .invalid, file: path,
        "expected verdict_swapped, or verdict_cue with cue and gold, or gold with generators and --own"
      )
    }
    return found
  }

  private static func addOwn(
    _ own: String, _ rows: [Row], _ path: String, to found: inout AnalysisFigures
  ) throws {
    var (margins, gold): ([(Double, Double)], [[Int]]) = ([], [])
    for row in rows {
      guard let (a, b) = row.generators, (a == own) != (b == own), !row.gold.isEmpty else {
        continue
      }
      let sign = a == own ? 1.0 : -1
      margins.append((sign * row.verdict, sign * (row.swapped ?? row.verdict)))
      gold.append(row.gold.map { Int(sign) * $0 })
    }
    guard !margins.isEmpty else {
      throw DataError(
        .invalid, file: path, "no row with gold compares a completion of '\(own)' with another's")
    }
    let bias = try SelfPreference(margins: margins, gold: gold)
    found.note("self_preference_pairs", margins.count.configNode)
    found.add("self_preference_own", "own completions preferred by the judge, %", bias.own)
    found.add("self_preference_gold", "own completions preferred by gold, %", bias.gold)
    found.add(
      "self_preference", "self-preference (the difference)", bias.bias,
      try .mean(of: bias.gaps, using: Bootstrap()))
  }

  private static func addPosition(_ rows: [Row], to found: inout AnalysisFigures) throws {
    let verdicts = rows.compactMap { row in row.swapped.map { (row.verdict, $0) } }
    if verdicts.isEmpty { return }
    func shown(_ value: Double) -> PositionBias.Verdict {
      value > 0 ? .first : value < 0 ? .second : .tie
    }
    // With B shown first a verdict for A is one for the second.
    let bias = try PositionBias(verdicts.map { (shown($0), shown(-$1)) })
    found.note("position_pairs", verdicts.count.configNode)
    found.add("consistency", "same winner in both orders", bias.consistency)
    found.add("primacy", "the first shown wins in both orders", bias.primacy)
    found.add("recency", "the second shown wins in both orders", bias.recency)
    found.add("position_ties", "a tie in either order", bias.ties)
  }

  private static func addCue(_ rows: [Row], to found: inout AnalysisFigures) throws {
    let pairs = rows.compactMap { row -> (without: Bool, with: Bool, supportsRight: Bool)? in
      let truth = row.gold.reduce(0) { $0 + $1.signum() }
      guard let with = row.withCue, let cue = row.cue, truth != 0 else { return nil }
      let sign = Double(truth.signum())
      return (sign * row.verdict > 0, sign * with > 0, sign * cue > 0)
    }
    if pairs.isEmpty { return }
    let bias = try CueBias(pairs)
    found.note("cue_pairs", pairs.count.configNode)
    for (key, words, part) in [
      ("right", "the right side", bias.supportsRight),
      ("wrong", "the wrong side", bias.supportsWrong),
    ] {
      guard let part else { continue }
      found.add(
        "accuracy_without_cue_\(key)", "accuracy without the cue for \(words)", part.without)
      found.add("accuracy_with_cue_\(key)", "accuracy with it", part.with)
      found.add("cue_\(key)", "change by a cue for \(words)", part.change, part.interval)
    }
  }

  // MARK: Rows

  private static func row(_ object: JSONObjects.Object) throws(DataError) -> Row {
    guard let node = object["verdict"] else {
      throw DataError(
        .invalid, file: object.file, place: "line \(object.line)", "has no verdict")
    }
    var row = Row(verdict: try verdict(node, "verdict", object))
    row.swapped = try object["verdict_swapped"].map { node throws(DataError) in
      try verdict(node, "verdict_swapped", object)
    }
    row.withCue = try object["verdict_cue"].map { node throws(DataError) in
      try verdict(node, "verdict_cue", object)
    }
    row.cue = try object["cue"].map { node throws(DataError) in try verdict(node, "cue", object) }
    if let gold = object["gold"] {
      let items: [ConfigNode] = if case .list(let items) = gold.value { items } else { [gold] }
      for item in items {
        let value = try verdict(item, "gold", object)
        row.gold.append(value > 0 ? 1 : value < 0 ? -1 : 0)
      }
    }
    if case .string(let a)? = object["generator_a"]?.value,
      case .string(let b)? = object["generator_b"]?.value
    {
      row.generators = (a, b)
    }
    return row
  }

  /// Above 0 for A, below for B.
  private static func verdict(
    _ node: ConfigNode, _ key: String, _ object: JSONObjects.Object
  ) throws(DataError) -> Double {
    switch node.value {
    case .string("a"), .string("A"): return 1
    case .string("b"), .string("B"): return -1
    case .string("tie"): return 0
    case .int(let value): return Double(value)
    case .number(let value) where value.isFinite: return value
    default:
      throw DataError(
        .invalid, file: object.file, place: "line \(object.line)",
        "\(key): expected a, b, tie or a number, found \(node.kind)")
    }
  }
}
