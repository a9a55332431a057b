public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation

/// `kind: advantages`: how much better than expected each completion was, a row a completion, for `ppo`.
///
/// With constraints the advantage is (N − Σλ)·A₀ + Σ λᵢAᵢ: A₀ of the sum `by`, Aᵢ of each constrained reward, and the
/// multipliers λ move so that each reward stays at its threshold.
///
/// - Source: Moskovitz et al. 2023, arXiv 2310.04373, for the constraints.
public struct AdvantagesStage: PipelineStage {
  public static let kind = "advantages"
  public static let summary = "completions one a row, with how much better than expected each was"

  enum Baseline: String, CaseIterable { case batch, prompt, value, none }

  public let name: String
  private let data: String
  private let column: String
  private let oldLogps: String
  private let baseline: Baseline
  private let normalizes: Bool
  private let constraints: [String]
  private let thresholds: [Double]
  private let squash: ConstraintMultipliers.Squash
  private let learningRate: Double
  private let state: String?
  private let valueRate: Double
  private let values: String?

  public var products: [String] {
    [name] + (constraints.isEmpty ? [] : ["\(name).multipliers"])
      + (baseline == .value ? ["\(name).values"] : [])
  }

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    data = reader.artefact("data", "Rows with scored completions.")
    column = reader.value("by", default: "rewards", .nonEmpty, "The column of rewards.")
    oldLogps = reader.value(
      "old_logps", default: "old_logps", .nonEmpty,
      "The column of log-probs under the policy that drew the completions (a reward of kind log_prob)."
    )
    baseline = reader.choice(
      "baseline", default: .batch,
      "What is expected: the mean of all rewards (batch), of the prompt's other ones (prompt), what was learned of the "
        + "prompt in earlier rounds (value), or nothing.")
    normalizes = reader.value(
      "normalize", default: true, "Divides advantages by their standard deviation.")
    constraints = reader.value(
      "constraints", default: [], .each(.nonEmpty, count: 0...64),
      "Columns of rewards that are to stay at a threshold.")
    thresholds = reader.value(
      "thresholds", default: [], .each(.any, count: 0...64), "The threshold of each.")
    squash = reader.choice(
      "squash", default: .sigmoid,
      "Multipliers in 0 ... 1 (sigmoid: at least the threshold), -1 ... 1 (tanh: at the threshold), or as they are."
    )
    learningRate = reader.value(
      "multiplier_rate", default: 0.01, .greater(than: 0), "Step size of the multipliers.")
    state = reader.optional(
      "multipliers", String.self, .nonEmpty,
      "Multipliers of the round before, as in $advantages.multipliers; null: where they start.")
    valueRate = reader.value(
      "value_rate", default: 0.5, .closed(0...1),
      "How far a prompt's value moves to the mean of its rewards in a round.")
    values = reader.optional(
      "values", String.self, .nonEmpty,
      "Values that the round before left, as in $advantages.values; null: the mean of the batch.")
    if values != nil, baseline != .value {
      reader.report("values", "means nothing without baseline: value")
    }
    if thresholds.count != constraints.count {
      reader.report(
        "thresholds", "expected \(constraints.count) numbers, found \(thresholds.count)")
    }
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    let rows = try StageRows(shop.path(data))
    var texts: [[String]] = []
    for row in rows.rows.indices { texts.append(try rows.completions(row)) }
    func values(_ key: String) throws -> [[Double]] {
      try rows.rows.indices.map { try rows.numbers(key, $0, count: texts[$0].count) }
    }
    var critic = PromptValues(rate: valueRate)
    if baseline == .value { try critic.read(self.values.map(shop.path)) }
    let prompts = rows.rows.map { PromptValues.key($0.prompt) }
    func gains(_ key: String) throws -> [Double] {
      let rewards = try values(key)
      guard baseline == .value else { return centred(rewards).flatMap { $0 } }
      return scaled(critic.advantages(rewards, of: prompts, reward: key)).flatMap { $0 }
    }
    var advantages = try gains(column)
    var multipliers: ConstraintMultipliers?
    var figures: [(name: String, value: Double)] = []
    if !constraints.isEmpty {
      var lambda = try ConstraintMultipliers(
        thresholds: thresholds, squash: squash, raw: try raw(shop))
      lambda.learningRate = learningRate
      let components = try constraints.map { try values($0) }
      let own = try constraints.map { try gains($0) }
      advantages = lambda.mixed(
        reference: advantages,
        components: advantages.indices.map { place in own.map { $0[place] } })
      figures = zip(constraints, lambda.values).map { ("weight of \($0)", $1) }
      try lambda.update(
        means: components.map { column in
          column.joined().reduce(0, +) / Double(advantages.count)
        })
      multipliers = lambda
    }
    let output = shop.file(name)
    try write(rows, texts, try values(oldLogps), advantages, to: output)
    var products: [(name: String, path: String)] = [(name, output)]
    if let multipliers {
      products.append(("\(name).multipliers", try write(multipliers, shop)))
    }
    if baseline == .value {
      let path = "\(shop.folder)/\(name).values.json"
      try critic.write(to: path)
      products.append(("\(name).values", path))
    }
    let size = advantages.reduce(0) { $0 + abs($1) } / Double(max(1, advantages.count))
    figures += [("completions", Double(advantages.count)), ("mean size", size)]
    return StageResult(products: products, figures: figures)
  }

  private func write(_ multipliers: ConstraintMultipliers, _ shop: Workshop) throws -> String {
    let path = "\(shop.folder)/\(name).multipliers.json"
    var writer = JSONWriter()
    writer.write(ConfigNode(.table([.init(key: "raw", value: multipliers.raw.configNode)])))
    try FileAccess.replace(path, with: writer.bytes)
    return path
  }

  /// Multipliers that the round before left.
  private func raw(_ shop: Workshop) throws -> [Double]? {
    guard let state else { return nil }
    let path = shop.path(state)
    // In the first round there may be none.
    if path.hasPrefix("$") { return nil }
    let node = try JSON.parse(try FileAccess.read(path, limit: 1 << 20))
    guard let list = node["raw"], let raw = try? [Double].read(list), raw.count == thresholds.count
    else {
      throw DataError(.invalid, file: path, "expected \(thresholds.count) multipliers")
    }
    return raw
  }

  private func centred(_ rewards: [[Double]]) -> [[Double]] {
    let all = rewards.flatMap { $0 }
    let mean = all.reduce(0, +) / Double(max(1, all.count))
    let centred = rewards.map { row -> [Double] in
      switch baseline {
      case .none, .value: return row
      case .batch: return row.map { $0 - mean }
      case .prompt:
        let sum = row.reduce(0, +)
        return row.map { row.count > 1 ? $0 - (sum - $0) / Double(row.count - 1) : 0 }
      }
    }
    return scaled(centred)
  }

  private func scaled(_ centred: [[Double]]) -> [[Double]] {
    guard normalizes else { return centred }
    let values = centred.flatMap { $0 }
    let middle = values.reduce(0, +) / Double(max(1, values.count))
    let square = values.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
    let deviation = (square / Double(max(1, values.count))).squareRoot()
    // Equal rewards teach nothing.
    return deviation > 1e-8 ? centred.map { $0.map { $0 / deviation } } : centred
  }

  private func write(
    _ rows: StageRows, _ texts: [[String]], _ old: [[Double]], _ advantages: [Double],
    to path: String
  ) throws {
    var made: [(prompt: PreferenceText, columns: [ConfigNode.Entry])] = []
    for row in texts.indices {
      for (place, text) in texts[row].enumerated() {
        made.append(
          (
            rows.rows[row].prompt,
            [
              .init(key: "completion", value: text.configNode),
              // Rounding may lift the log-prob of a sure completion above 0.
              .init(key: "old_logps", value: min(0, old[row][place]).configNode),
              .init(key: "advantages", value: advantages[made.count].configNode),
            ]
          ))
      }
    }
    try StageRows.write(made, to: path)
  }
}
