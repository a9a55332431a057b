internal import PairwiseConfig
public import PairwiseData
public import PairwiseEvaluation

/// Prompts with scored candidates, and the best of each.
///
/// JSON Lines: `{"prompt": "…", "completions": ["…", "…"], "scores": [0.2, 1.4], "gold": [0.1, 0.9]}`. A candidate's
/// score may be a list: of the members of an ensemble, or of several rewards. `gold` judges what was chosen;
/// `completions` and `prompt` are carried along. All three may be missing.
public struct CandidateFile: Sendable {
  /// What to make one score of several.
  public enum Combination: Sendable, Equatable {
    /// A single score a candidate.
    case single
    case ensemble(RewardEnsemble)
    /// Rewards weighted by a user's direction.
    case direction(RewardDirection)
  }

  /// One prompt.
  public struct Row: Sendable {
    public var line: Int
    public var prompt: String?
    public var completions: [String]?
    /// `[candidates]`.
    public var scores: [Double]
    public var gold: [Double]?

    /// The candidate with the highest score, the first of equals.
    public var best: Int {
      scores.indices.max { (scores[$0], -$0) < (scores[$1], -$1) } ?? 0
    }
  }

  public let path: String
  public let rows: [Row]

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - scoreKey: where a row has its scores, and `goldKey` what they are judged by.
  /// - Throws: what is wrong with it, with the line.
  public init(
    _ path: String, scoreKey: String = "scores", goldKey: String = "gold",
    combination: Combination = .single
  ) throws(DataError) {
    var rows: [Row] = []
    var objects = try JSONObjects(path: path)
    while let object = try objects.next() {
      rows.append(try Self.row(object, scoreKey, goldKey, combination))
    }
    if rows.isEmpty { throw DataError(.invalid, file: path, "holds no rows") }
    if let first = rows.first,
      let other = rows.first(where: { ($0.gold == nil) != (first.gold == nil) })
    {
      throw DataError(
        .invalid, file: path, place: "line \(other.line): \(goldKey)",
        "expected in all rows or in none")
    }
    (self.path, self.rows) = (path, rows)
  }

  private static func row(
    _ object: JSONObjects.Object, _ scoreKey: String, _ goldKey: String,
    _ combination: Combination
  ) throws(DataError) -> Row {
    func refuse(_ key: String, _ message: String) -> DataError {
      DataError(.invalid, file: object.file, place: "line \(object.line): \(key)", message)
    }
    func list<Value: ConfigValue>(_ key: String, _ type: Value.Type) throws(DataError) -> [Value]? {
      guard let node = object[key] else { return nil }
      do throws(ConfigMismatch) {
        return try [Value].read(node)
      } catch {
        throw refuse(key, "expected a list, \(error.found) found")
      }
    }
    guard object[scoreKey] != nil else { throw refuse(scoreKey, "is missing") }
    let scores: [Double]
    do {
      scores = try combined(object[scoreKey] ?? ConfigNode(.null), combination)
    } catch {
      throw refuse(scoreKey, "\(error)")
    }
    let gold = try list(goldKey, Double.self)
    let completions = try list("completions", String.self)
    for (key, count) in [(goldKey, gold?.count), ("completions", completions?.count)] {
      if let count, count != scores.count {
        throw refuse(key, "found \(count), expected \(scores.count), one a score")
      }
    }
    var prompt: String?
    if case .string(let text)? = object["prompt"]?.value { prompt = text }
    return Row(
      line: object.line, prompt: prompt, completions: completions, scores: scores, gold: gold)
  }

  /// Why scores cannot be used, in words.
  private struct Unusable: Error, CustomStringConvertible {
    var description: String
  }

  private static func combined(
    _ node: ConfigNode, _ combination: Combination
  ) throws -> [Double] {
    guard case .list(let items) = node.value, !items.isEmpty else {
      throw Unusable(description: "expected a list of one score or more")
    }
    if combination == .single {
      guard let scores = try? [Double].read(node), scores.allSatisfy({ abs($0) <= 1e90 }) else {
        throw Unusable(
          description: "expected a number a candidate; lists take --ensemble or --direction")
      }
      return scores
    }
    guard let lists = try? items.map({ try [Double].read($0) }), let width = lists.first?.count,
      width > 0, lists.allSatisfy({ $0.count == width && $0.allSatisfy { abs($0) <= 1e90 } })
    else { throw Unusable(description: "expected a list of equally many numbers a candidate") }
    switch combination {
    case .single: return []
    case .ensemble(let ensemble):
      return try ensemble.combined((0..<width).map { member in lists.map { $0[member] } })
    case .direction(let direction):
      guard direction.vector.count == width else {
        throw Unusable(
          description:
            "found \(width) rewards, expected \(direction.vector.count) as the direction has")
      }
      return lists.map { direction.score($0) }
    }
  }

  /// Best-of-n for several n at once; nil without gold scores.
  ///
  /// - Throws: `EvaluationError` for an n above the fewest candidates.
  public func curve(_ sizes: [Int]? = nil) throws(EvaluationError) -> BestOfNCurve? {
    let prompts = rows.compactMap { row in row.gold.map { (proxy: row.scores, gold: $0) } }
    guard prompts.count == rows.count else { return nil }
    return try BestOfNCurve(prompts, sizes: sizes)
  }

  /// Writes the best candidate of each prompt: `prompt`, `completion`, `index`, `score`, `gold`, a line each.
  public func write(to path: String) throws(DataError) {
    var bytes: [UInt8] = []
    for row in rows {
      var writer = JSONWriter()
      writer.beginObject()
      if let prompt = row.prompt {
        writer.key("prompt")
        writer.value(prompt)
      }
      if let completions = row.completions {
        writer.key("completion")
        writer.value(completions[row.best])
      }
      writer.key("index")
      writer.value(row.best)
      writer.key("score")
      writer.value(row.scores[row.best])
      if let gold = row.gold {
        writer.key("gold")
        writer.value(gold[row.best])
      }
      writer.endObject()
      bytes += writer.bytes
      bytes.append(0x0A)
    }
    try FileAccess.replace(path, with: bytes)
  }
}
