/// A config was refused: every problem it has, in the order of its lines.
public struct ConfigError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of failure, for the exit code.
  public enum Kind: Sendable, Equatable {
    /// The content is wrong (exit 78).
    case invalid
    /// The file is missing or may not be read (exit 66).
    case missing
    /// Reading failed (exit 74).
    case unreadable
  }

  public var kind: Kind
  /// The file, as the user named it.
  public var file: String
  public private(set) var problems: [Problem]

  public init(_ kind: Kind = .invalid, file: String, problems: [Problem]) {
    self.kind = kind
    self.file = file
    self.problems = problems.inFileOrder()
  }

  /// One line a problem: `Configs/dpo.yaml:14: objective.bta: unknown key; did you mean 'beta'?`.
  public var description: String {
    problems.map { text(of: $0) }.joined(separator: "\n")
  }

  /// The problem as one line, with file, line and key path.
  public func text(of problem: Problem) -> String {
    if problem.place == .override { return "--set \(problem.path): \(problem.message)" }
    let line = problem.place.line > 0 ? ":\(problem.place.line)" : ""
    let path = problem.path.isEmpty ? "" : "\(problem.path): "
    return "\(file)\(line): \(path)\(problem.message)"
  }
}

/// One thing that is wrong with a config. Paths are dotted from the root: `objective.beta`,
/// `model.hidden[2]`; a problem of the document as a whole has an empty one.
public enum Problem: Error, Equatable, Sendable {
  case unknownKey(path: String, place: Place, closest: String?, known: [String])
  /// The place is that of the section that lacks the key.
  case missingKey(path: String, place: Place, allowed: String)
  case wrongType(path: String, place: Place, found: String, expected: String)
  case outOfRange(path: String, place: Place, value: String, allowed: String)
  /// A choice or a variant's discriminator that names nothing.
  case unknownName(path: String, place: Place, name: String, closest: String?, known: [String])
  case custom(path: String, place: Place, message: String)

  public var path: String {
    switch self {
    case .unknownKey(let path, _, _, _), .missingKey(let path, _, _), .wrongType(let path, _, _, _),
      .outOfRange(let path, _, _, _), .unknownName(let path, _, _, _, _), .custom(let path, _, _):
      path
    }
  }

  public var place: Place {
    switch self {
    case .unknownKey(_, let place, _, _), .missingKey(_, let place, _),
      .wrongType(_, let place, _, _), .outOfRange(_, let place, _, _),
      .unknownName(_, let place, _, _, _), .custom(_, let place, _):
      place
    }
  }

  /// What was found and expected: lower case, no full stop.
  public var message: String {
    switch self {
    case .unknownKey(_, _, let closest?, _):
      "unknown key; did you mean '\(closest)'?"
    case .unknownKey(_, _, nil, let known):
      known.isEmpty
        ? "unknown key; no keys are known here" : "unknown key; known keys: \(list(known))"
    case .missingKey(_, _, let allowed):
      "missing key; expected \(allowed)"
    case .wrongType(_, _, let found, let expected):
      "expected \(expected), found \(found)"
    case .outOfRange(_, _, let value, let allowed):
      "expected \(allowed), found \(value)"
    case .unknownName(_, _, let name, let closest?, let known):
      // A long list would bury the answer.
      "unknown name \(Wording.quoted(name)); did you mean '\(closest)'?"
        + (known.count > 12 ? "" : " (known: \(list(known)))")
    case .unknownName(_, _, let name, nil, let known):
      "unknown name \(Wording.quoted(name)); known: \(list(known))"
    case .custom(_, _, let message):
      message
    }
  }

  private func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}

extension Place {
  /// A value given on the command line with `--set`.
  public static let override = Place(line: -1, column: 0)
}

extension [Problem] {
  /// By line and column, overrides last; problems of one place keep their order.
  fileprivate func inFileOrder() -> [Problem] {
    enumerated().sorted { a, b in
      let (left, right) = (a.element.place, b.element.place)
      if (left == .override) != (right == .override) { return right == .override }
      return (left.line, left.column, Int32(clamping: a.offset))
        < (right.line, right.column, Int32(clamping: b.offset))
    }.map(\.element)
  }
}
