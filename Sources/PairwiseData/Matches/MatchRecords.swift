/// Matches between named items as columns: who met whom, and who won.
public struct MatchRecords: Sendable, Equatable {
  /// Names in the order of their first match.
  public internal(set) var items: [String] = []
  /// Indices into `items`, `[m]`.
  public internal(set) var first: [Int32] = []
  public internal(set) var second: [Int32] = []
  /// 1: the first won, −1: the second, 0: a tie; `[m]`.
  public internal(set) var outcomes: [Int8] = []
  /// How often each counts, ≥ 0, `[m]`; nil where no row has a weight.
  public internal(set) var weights: [Double]?

  /// Reads a file of matches, one a line.
  ///
  /// JSON Lines, or CSV with a header where the name ends in `.csv`. Each row names two items, `model_a` and
  /// `model_b` (or `a` and `b`), and says who won: `winner` is `model_a`, `model_b`, `tie` or `tie (bothbad)`, as
  /// Chatbot Arena writes it, or `label` is 1, −1 or 0 for a tie. An optional `weight` says how often the match
  /// counts; where it is missing in some rows, it is 1 there. Other columns are passed over.
  ///
  /// - Throws: what is wrong with the file, with the line.
  public static func read(_ path: String) throws(DataError) -> MatchRecords {
    var builder = MatchBuilder(path)
    if path.lowercased().hasSuffix(".csv") {
      try builder.readCSV()
    } else {
      try builder.readLines()
    }
    return try builder.finished()
  }
}

/// Puts rows together.
struct MatchBuilder {
  /// What a row may say. A name of the first list and its place there is the same column as that of the second.
  enum Column: Int, CaseIterable {
    case first
    case second
    case winner
    case label
    case weight

    static let names: [[String]] = [
      ["model_a", "a"], ["model_b", "b"], ["winner"], ["label"], ["weight"],
    ]

    static func named(_ bytes: Span<UInt8>) -> Column? {
      for (index, names) in names.enumerated() {
        for name in names where ByteText.equal(bytes, name) { return Column(rawValue: index) }
      }
      return nil
    }
  }

  let path: String
  private var records = MatchRecords()
  private var names = ByteNames()
  private var weights: [Double] = []
  private var hasWeights = false

  init(_ path: String) { self.path = path }

  /// Adds a row from the bytes of its cells, by `Column`; nil where the row has none.
  mutating func add(
    _ bytes: Span<UInt8>, _ cells: [Range<Int>?], line: Int
  ) throws(DataError) {
    func place(_ column: Column) -> Range<Int>? {
      guard let range = cells[column.rawValue], !range.isEmpty else { return nil }
      return range
    }
    guard let a = place(.first), let b = place(.second) else {
      let (column, other) = place(.first) == nil ? ("model_a", "a") : ("model_b", "b")
      throw error(line, "has no '\(column)' (or '\(other)')")
    }
    let first = names.index(of: bytes.extracting(a))
    let second = names.index(of: bytes.extracting(b))
    guard first != second else {
      throw error(
        line, "\(ByteText.quoted(bytes.extracting(a))) meets itself; expected two items")
    }
    let outcome: Int8
    switch (place(.winner), place(.label)) {
    case (let winner?, nil): outcome = try self.outcome(winner: bytes.extracting(winner), line)
    case (nil, let label?): outcome = try self.outcome(label: bytes.extracting(label), line)
    case (nil, nil): throw error(line, "has no 'winner' and no 'label'")
    default: throw error(line, "has a 'winner' and a 'label'; expected one of them")
    }
    records.first.append(first)
    records.second.append(second)
    records.outcomes.append(outcome)
    if let cell = place(.weight) {
      let written = ByteText.string(bytes.extracting(cell))
      guard let weight = Double(written), weight >= 0, weight <= 1e6 else {
        throw error(line, "weight: found '\(written)', expected a number in 0 … 1e6")
      }
      weights.append(weight)
      hasWeights = true
    } else {
      weights.append(1)
    }
  }

  private func outcome(winner: Span<UInt8>, _ line: Int) throws(DataError) -> Int8 {
    if ByteText.equal(winner, "model_a") || ByteText.equal(winner, "a") { return 1 }
    if ByteText.equal(winner, "model_b") || ByteText.equal(winner, "b") { return -1 }
    for tie in ["tie", "tie (bothbad)", "both_bad", "bothbad"] where ByteText.equal(winner, tie) {
      return 0
    }
    throw error(
      line,
      "winner: found \(ByteText.quoted(winner)), expected model_a, model_b, tie or tie (bothbad)")
  }

  private func outcome(label: Span<UInt8>, _ line: Int) throws(DataError) -> Int8 {
    switch Double(ByteText.string(label)) {
    case 1: return 1
    case -1: return -1
    case 0: return 0
    default:
      throw error(line, "label: found \(ByteText.quoted(label)), expected 1, -1 or 0 for a tie")
    }
  }

  func error(_ line: Int, _ message: String) -> DataError {
    DataError(.invalid, file: path, place: "line \(line)", message)
  }

  /// The matches, with names as texts.
  func finished() throws(DataError) -> MatchRecords {
    guard !records.first.isEmpty else {
      throw DataError(.invalid, file: path, "holds no matches, expected one a line")
    }
    var result = records
    result.items = try names.texts(path)
    result.weights = hasWeights ? weights : nil
    return result
  }
}
