internal import PairwiseConfig

/// Turns tokens into statements. Statements the subset lacks are refused by name; names of filters, tests
/// and functions are looked up only where a rendering comes to them, as in Jinja2.
struct TemplateParser {
  private let tokens: [TemplateToken]
  private let file: String
  private var index = 0
  /// Constructs inside one another.
  private var nesting = 0
  private var loops = 0

  /// Deepest nesting of expressions, and of statements: what is parsed is walked by recursion.
  private static let maxDepth = 100

  init(_ tokens: [TemplateToken], file: String) {
    self.tokens = tokens
    self.file = file
  }

  mutating func run() throws(TextError) -> [TemplateStatement] {
    try statements(until: [], openedAt: 1)
  }

  // MARK: Tokens

  var current: TemplateToken { tokens[index] }
  var following: TemplateToken { tokens[min(index + 1, tokens.count - 1)] }

  /// Never moves past the end.
  mutating func advance() { index = min(index + 1, tokens.count - 1) }

  mutating func skip(sign: String) -> Bool {
    guard current.isSign(sign) else { return false }
    advance()
    return true
  }

  mutating func skip(name: String) -> Bool {
    guard current.isName(name) else { return false }
    advance()
    return true
  }

  mutating func expect(sign: String) throws(TextError) {
    guard skip(sign: sign) else {
      throw error("expected '\(sign)', found \(current.words)")
    }
  }

  mutating func expectName() throws(TextError) -> String {
    guard case .name(let name) = current.kind else {
      throw error("expected a name, found \(current.words)")
    }
    advance()
    return name
  }

  func error(_ message: String, line: Int? = nil) -> TextError {
    TextError(file: file, place: "line \(line ?? current.line)", message)
  }

  /// Goes one level down; `leave` comes back.
  mutating func enter() throws(TextError) {
    nesting += 1
    guard nesting <= TemplateParser.maxDepth else {
      throw error("more than \(TemplateParser.maxDepth) constructs inside one another")
    }
  }

  mutating func leave() { nesting -= 1 }

  func checked(
    _ kind: TemplateExpression.Kind, _ line: Int, depth: Int
  ) throws(TextError) -> TemplateExpression {
    guard depth < 2 * TemplateParser.maxDepth else {
      throw error("an expression of more than \(2 * TemplateParser.maxDepth) links", line: line)
    }
    return TemplateExpression(kind: kind, line: line, depth: depth + 1)
  }

  // MARK: Statements

  /// Statements up to a block that begins with one of the names, which is left at its name; all of them
  /// without names.
  private mutating func statements(
    until ends: [String], openedAt opened: Int
  ) throws(TextError) -> [TemplateStatement] {
    try enter()
    var result: [TemplateStatement] = []
    while true {
      let token = current
      switch token.kind {
      case .data(let text):
        advance()
        result.append(TemplateStatement(kind: .text(text), line: token.line))
      case .variableBegin:
        advance()
        let value = try tuple()
        guard current.kind == .variableEnd else { throw unexpectedInside("'}}'") }
        advance()
        result.append(TemplateStatement(kind: .output(value), line: token.line))
      case .blockBegin:
        advance()
        if case .name(let name) = current.kind, ends.contains(name) {
          leave()
          return result
        }
        let kind = try statement()
        guard current.kind == .blockEnd else { throw unexpectedInside("'%}'") }
        advance()
        result.append(TemplateStatement(kind: kind, line: token.line))
      default:
        guard ends.isEmpty else {
          throw error(
            "expected \(Wording.alternatives(ends.map { "'{% \($0) %}'" })), found the end of the template",
            line: opened)
        }
        leave()
        return result
      }
    }
  }

  private func unexpectedInside(_ end: String) -> TextError {
    error("expected \(end), found \(current.words)")
  }

  private mutating func endOfBlock() throws(TextError) {
    guard current.kind == .blockEnd else { throw unexpectedInside("'%}'") }
    advance()
  }

  private mutating func statement() throws(TextError) -> TemplateStatement.Kind {
    let line = current.line
    let name = try expectName()
    switch name {
    case "if": return try branches(line)
    case "for": return try loop(line)
    case "set": return try assignment(line)
    case "macro": return try macro(line)
    case "with": return try with(line)
    case "generation":
      try endOfBlock()
      return .scope([], try body(until: "endgeneration", line))
    case "break", "continue":
      guard loops > 0 else { throw error("'\(name)' outside a loop", line: line) }
      return name == "break" ? .leaveLoop : .nextTurn
    case "else", "elif", "endif", "endfor", "endset", "endmacro", "endwith", "endgeneration",
      "endraw":
      throw error("'{% \(name) %}' has nothing to end here", line: line)
    default:
      throw error(
        "the statement \(Wording.quoted(name)) is not supported in chat templates here", line: line)
    }
  }

  /// Statements up to `end`, whose name is passed over.
  private mutating func body(
    until end: String, _ line: Int
  ) throws(TextError) -> [TemplateStatement] {
    let body = try statements(until: [end], openedAt: line)
    advance()
    return body
  }

  private mutating func branches(_ line: Int) throws(TextError) -> TemplateStatement.Kind {
    var branches: [(condition: TemplateExpression?, body: [TemplateStatement])] = []
    var condition: TemplateExpression? = try tuple(isConditional: false)
    while true {
      try endOfBlock()
      let ends = condition == nil ? ["endif"] : ["elif", "else", "endif"]
      branches.append((condition, try statements(until: ends, openedAt: line)))
      if skip(name: "elif") {
        condition = try tuple(isConditional: false)
      } else if skip(name: "else") {
        condition = nil
      } else {
        advance()
        return .branches(branches)
      }
    }
  }

  private mutating func loop(_ line: Int) throws(TextError) -> TemplateStatement.Kind {
    let target = try self.target()
    guard skip(name: "in") else { throw error("expected 'in', found \(current.words)") }
    let items = try tuple(isConditional: false)
    var condition: TemplateExpression?
    if skip(name: "if") { condition = try expression() }
    if current.isName("recursive") { throw error("recursive loops are not supported") }
    try endOfBlock()
    loops += 1
    let body = try statements(until: ["endfor", "else"], openedAt: line)
    loops -= 1
    var otherwise: [TemplateStatement] = []
    if skip(name: "else") {
      try endOfBlock()
      otherwise = try self.body(until: "endfor", line)
    } else {
      advance()
    }
    return .loop(target, over: items, where: condition, body: body, otherwise: otherwise)
  }

  private mutating func assignment(_ line: Int) throws(TextError) -> TemplateStatement.Kind {
    let target = try self.target(takesAttributes: true)
    if skip(sign: "=") { return .assign(target, try tuple()) }
    guard current.kind == .blockEnd else { throw error("expected '=', found \(current.words)") }
    advance()
    return .capture(target, try body(until: "endset", line))
  }

  /// One name, an attribute of a namespace, or several of them with commas.
  private mutating func target(
    takesAttributes: Bool = false
  ) throws(TextError) -> TemplateTarget {
    var parts: [TemplateTarget] = []
    let isBracketed = skip(sign: "(")
    repeat {
      if !parts.isEmpty, current.isName("in") || current.isSign("=") || current.isSign(")") {
        break
      }
      let line = current.line
      let name = try expectName()
      guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
        throw error("'\(name)' cannot be assigned to", line: line)
      }
      if takesAttributes, skip(sign: ".") {
        parts.append(.attribute(of: name, try expectName()))
      } else {
        parts.append(.name(name))
      }
    } while skip(sign: ",")
    if isBracketed { try expect(sign: ")") }
    return parts.count == 1 ? parts[0] : .tuple(parts)
  }

  private mutating func macro(_ line: Int) throws(TextError) -> TemplateStatement.Kind {
    var macro = TemplateMacro(name: try expectName(), parameters: [], body: [])
    try expect(sign: "(")
    while !current.isSign(")") {
      if !macro.parameters.isEmpty { try expect(sign: ",") }
      let name = try expectName()
      if skip(sign: "=") {
        macro.parameters.append((name, try expression()))
      } else if macro.parameters.last?.standard != nil {
        throw error("a parameter without default after one with a default")
      } else {
        macro.parameters.append((name, nil))
      }
    }
    advance()
    try endOfBlock()
    let outer = loops
    loops = 0
    macro.body = try body(until: "endmacro", line)
    loops = outer
    return .macro(macro)
  }

  private mutating func with(_ line: Int) throws(TextError) -> TemplateStatement.Kind {
    var values: [(name: String, value: TemplateExpression)] = []
    while current.kind != .blockEnd {
      if !values.isEmpty { try expect(sign: ",") }
      let name = try expectName()
      try expect(sign: "=")
      values.append((name, try expression()))
    }
    try endOfBlock()
    return .scope(values, try body(until: "endwith", line))
  }
}
