internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation

/// What switched factors of an experiment do to an outcome: rows of JSON Lines with the factors as true and false (or 1
/// and 0, or 1 and −1) and the outcome as a number (or true and false).
///
/// - Source: methods reference, §8.9.
public enum FactorFile {
  /// Coefficients on ±1 codes with intervals from resampling rows.
  ///
  /// - Parameters:
  ///   - factors: names of the columns, one at least.
  ///   - interactions: pairs of them, as `A:B`.
  /// - Throws: `DataError` for what is wrong with the file or the names, `EvaluationError` for rows that cannot tell the
  ///   terms apart.
  public static func run(
    _ path: String, factors: [String], outcome: String, interactions: [String] = []
  ) throws -> AnalysisFigures {
    guard !factors.isEmpty, Set(factors).count == factors.count else {
      throw DataError(.invalid, file: path, "expected --factor, each column once")
    }
    let pairs = try interactions.map { text throws(DataError) -> (Int, Int) in
      let names = text.split(separator: ":").map { String($0) }
      guard names.count == 2, let a = factors.firstIndex(of: names[0]),
        let b = factors.firstIndex(of: names[1]), a != b
      else {
        throw DataError(
          .invalid, file: path, "interaction '\(text)': expected two of the factors as A:B")
      }
      return (a, b)
    }
    var (levels, outcomes): ([[Bool]], [Double]) = ([], [])
    var objects = try JSONObjects(path: path)
    while let object = try objects.next() {
      levels.append(try factors.map { name throws(DataError) in try level(name, object) })
      outcomes.append(try number(outcome, object))
    }
    if levels.isEmpty { throw DataError(.invalid, file: path, "holds no rows") }
    let effects = try FactorialEffects(
      factors: factors, levels: levels, outcomes: outcomes, interactions: pairs,
      using: Bootstrap())
    var found = AnalysisFigures(
      "\(outcome) by factors, coefficients on ±1 codes, \(levels.count) rows")
    found.note("rows", levels.count.configNode)
    for term in effects.terms {
      found.add(term.name, term.name, term.coefficient, term.interval)
    }
    found.note(
      "effects",
      ConfigNode(
        .table(
          effects.terms.dropFirst().map { .init(key: $0.name, value: $0.effect.configNode) })))
    return found
  }

  private static func refused(
    _ key: String, _ object: JSONObjects.Object, _ expected: String
  ) -> DataError {
    let found = object[key].map { "found \($0.kind)" } ?? "found none"
    return DataError(
      .invalid, file: object.file, place: "line \(object.line)",
      "\(key): expected \(expected), \(found)")
  }

  private static func level(_ key: String, _ object: JSONObjects.Object) throws(DataError) -> Bool {
    switch object[key]?.value {
    case .bool(let isOn): return isOn
    case .int(1), .number(1): return true
    case .int(0), .int(-1), .number(0), .number(-1): return false
    default: throw refused(key, object, "true or false")
    }
  }

  private static func number(_ key: String, _ object: JSONObjects.Object) throws(DataError)
    -> Double
  {
    switch object[key]?.value {
    case .bool(let isOn): return isOn ? 1 : 0
    case .int(let value): return Double(value)
    case .number(let value) where value.isFinite: return value
    default: throw refused(key, object, "a number")
    }
  }
}
