/// What is wrong with numbers handed over for evaluation.
///
/// The codes in the comments are those of the methods reference, §0.5.
public enum EvaluationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Two columns that belong together differ in length (`E_SHAPE`).
  case lengthsDiffer(String, found: Int, expected: Int)
  /// There is nothing to take a mean over (`E_EMPTY`).
  case empty(String)
  /// A number is NaN or infinite (`E_NONFINITE`).
  case notFinite(String, row: Int, found: Double)
  /// A number or a setting is outside its legal range (`E_RANGE`).
  case outOfRange(String, row: Int?, found: String, expected: String)
  /// Comparisons do not tie all items together, so that no finite ratings exist (`E_DISCONNECTED`).
  case disconnected(String, String, parts: Int)
  /// The likelihood has no finite maximum (`E_SEPARABLE`).
  case separable(String)

  public var description: String {
    switch self {
    case .lengthsDiffer(let what, let found, let expected):
      "\(what): found \(found) values, expected \(expected), one a pair"
    case .empty(let what):
      "\(what): found no pairs, expected at least one"
    case .notFinite(let what, let row, let found):
      "\(what): row \(row): found \(found), expected a finite number"
    case .outOfRange(let what, .some(let row), let found, let expected):
      "\(what): row \(row): found \(found), expected \(expected)"
    case .outOfRange(let what, .none, let found, let expected):
      "\(what): found \(found), expected \(expected)"
    case .disconnected(let what, let who, let parts):
      "\(what): \(who), so that no finite ratings exist; found \(parts) groups of items that beat each "
        + "other along chains, expected 1, or a regularization above 0"
    case .separable(let what):
      "\(what): found every row predicted without error, so that no finite weights fit best; "
        + "expected a row that contradicts them, or a prior"
    }
  }
}
