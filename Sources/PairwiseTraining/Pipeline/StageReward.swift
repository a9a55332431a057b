internal import Glibc
internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseModels
internal import PairwiseText

/// A reward of completions that a stage computes.
struct StageReward: Sendable {
  enum Origin: Sendable {
    /// Of a model, or the length.
    case margin(MarginRewardSection)
    /// log π(y|x) under a policy, nats.
    case logProbability(model: String)
    /// Rewards of texts that are known one by one: `[prompts][texts]`, or one row for all prompts.
    case table(texts: [String], prompts: [String], values: [[Double]])
    /// Of completions that are numbers: Σ height·exp(−((x − centre)/width)²).
    case bumps(centres: [Double], widths: [Double], heights: [Double])
  }

  var name: String
  var origin: Origin

  static var options: [VariantOption<StageReward>] {
    let margins = MarginRewardSection.options.map { option in
      VariantOption<StageReward>(option.name, option.doc) { reader in
        let section = option.read(&reader)
        return StageReward(name: section.name, origin: .margin(section))
      }
    }
    return margins + [logProbability, table, bumps]
  }

  private static func name(_ reader: inout SectionReader) -> String {
    reader.required("name", fallback: "reward", .nonEmpty, "What the reward is called.")
  }

  private static let logProbability = VariantOption<StageReward>(
    "log_prob", "the log-probability under a policy, summed over the tokens"
  ) { reader in
    StageReward(
      name: name(&reader),
      origin: .logProbability(
        model: reader.required("model", fallback: "model", .nonEmpty, "The policy.")))
  }

  private static let table = VariantOption<StageReward>(
    "table", "rewards of texts that are known one by one"
  ) { reader in
    let name = name(&reader)
    let texts = reader.required(
      "texts", fallback: ["a"], .each(.nonEmpty, count: 1...4096), "The completions.")
    let prompts = reader.value(
      "prompts", default: [String](), .each(.any, count: 0...65_536),
      "Prompts with rewards of their own; an empty list: all prompts are one.")
    let values = reader.required(
      "values", fallback: [[0.0]], .each(.each(.any, count: 1...4096), count: 1...65_536),
      "A list of rewards for each prompt, in the order of texts; one list where prompts are one.")
    if values.count != max(1, prompts.count) {
      reader.report("values", "expected \(max(1, prompts.count)) lists, found \(values.count)")
    } else if let row = values.first(where: { $0.count != texts.count }) {
      reader.report("values", "expected lists of \(texts.count) numbers, found \(row.count)")
    }
    return StageReward(
      name: name, origin: .table(texts: texts, prompts: prompts, values: values))
  }

  private static let bumps = VariantOption<StageReward>(
    "bumps", "of completions that are numbers: bell curves over the number line"
  ) { reader in
    let name = name(&reader)
    func list(_ key: String, _ doc: String) -> [Double] {
      reader.required(key, fallback: [1.0], .each(.any, count: 1...64), doc)
    }
    let centres = list("centers", "Where the curves peak.")
    let widths = list("widths", "Where each has fallen to 1/e, from its peak.")
    let heights = list("heights", "The reward at each peak.")
    if widths.count != centres.count || heights.count != centres.count {
      reader.report("centers", "expected as many centers as widths and heights")
    }
    if widths.contains(where: { !($0 > 0) }) { reader.report("widths", "must be above 0") }
    return StageReward(
      name: name, origin: .bumps(centres: centres, widths: widths, heights: heights))
  }
}

/// A reward with its models loaded.
struct StageJudge {
  private enum Rule {
    case length(scale: Double)
    case scored(PairScorer)
    case table([String: [String: Double]], anyPrompt: Bool)
    case bumps([(centre: Double, width: Double, height: Double)])
  }

  let name: String
  private let rule: Rule

  init(_ reward: StageReward, _ shop: Workshop) throws(DataError) {
    name = reward.name
    switch reward.origin {
    case .margin(let section):
      switch try MarginRewards.Rule(section, locate: shop.path) {
      case .length(let scale): rule = .length(scale: scale)
      case .scored(let scorer): rule = .scored(scorer)
      }
    case .logProbability(let model):
      let scorer = PairScorer(try ModelDirectory.load(shop.path(model)).model)
      guard scorer.model is any PolicyModel else {
        throw DataError(.invalid, file: model, "is a reward model, expected a policy")
      }
      rule = .scored(scorer)
    case .table(let texts, let prompts, let values):
      var table: [String: [String: Double]] = [:]
      for (index, row) in values.enumerated() {
        table[prompts.isEmpty ? "" : prompts[index]] = Dictionary(
          zip(texts, row).map { ($0, $1) }, uniquingKeysWith: { $1 })
      }
      rule = .table(table, anyPrompt: prompts.isEmpty)
    case .bumps(let centres, let widths, let heights):
      rule = .bumps(centres.indices.map { (centres[$0], widths[$0], heights[$0]) })
    }
  }

  /// Rewards of every completion of every row.
  ///
  /// - Parameter completions: of each row.
  func values(_ rows: StageRows, _ completions: [[String]]) throws(DataError) -> [[Double]] {
    if case .scored(let scorer) = rule { return try scored(scorer, rows, completions) }
    var result: [[Double]] = []
    for (row, texts) in completions.enumerated() {
      switch rule {
      case .length(let scale):
        result.append(try rows.numbers("tokens", row, count: texts.count).map { scale * $0 })
      default:
        var values: [Double] = []
        for text in texts { values.append(try value(of: text, rows, row)) }
        result.append(values)
      }
    }
    return result
  }

  private func value(of text: String, _ rows: StageRows, _ row: Int) throws(DataError) -> Double {
    switch rule {
    case .length, .scored: return 0
    case .table(let table, let anyPrompt):
      var prompt = ""
      if !anyPrompt, case .plain(let text) = rows.rows[row].prompt { prompt = text }
      if let value = table[prompt]?[text] { return value }
      throw rows.refusal(
        row, "reward \(name) knows no \(Wording.quoted(String(text.prefix(60)))) for this prompt")
    case .bumps(let bumps):
      guard let x = Double(text), x.isFinite else {
        throw rows.refusal(
          row, "reward \(name): expected a number, found \(Wording.quoted(String(text.prefix(60))))"
        )
      }
      return bumps.reduce(0) { sum, bump in
        let distance = (x - bump.centre) / bump.width
        return sum + bump.height * Glibc.exp(-distance * distance)
      }
    }
  }

  private func scored(
    _ scorer: PairScorer, _ rows: StageRows, _ completions: [[String]]
  ) throws(DataError) -> [[Double]] {
    var records: [PreferenceRecord] = []
    for (row, texts) in completions.enumerated() {
      for text in texts {
        var record = PreferenceRecord(origin: row)
        record.prompt = rows.rows[row].prompt
        switch rows.rows[row].prompt {
        case .plain: record.chosen = .plain(text)
        case .messages:
          record.chosen = .messages([ChatMessage(role: "assistant", content: text)])
        }
        record.isDesirable = true
        records.append(record)
      }
    }
    var values: [Double] = []
    for start in stride(from: 0, to: records.count, by: 64) {
      let source = try InMemoryPairs(Array(records[start..<min(records.count, start + 64)]))
      if let problem = scorer.problem(withRows: source) {
        throw DataError(.invalid, file: rows.path, "reward \(name): \(problem)")
      }
      let block = try source.read(Array(0..<source.count), scorer.needs)
      values += try scorer.bound(to: source).scoreCompletions(block).scores.map(Double.init)
    }
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw rows.refusal(records[bad].origin, "reward \(name) is not finite")
    }
    var next = 0
    return completions.map { texts in
      defer { next += texts.count }
      return Array(values[next..<next + texts.count])
    }
  }
}
