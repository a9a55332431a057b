internal import PairwiseConfig

/// Expressions, each level binding tighter than the one before it, in the order of Jinja2's grammar.
extension TemplateParser {
  mutating func expression() throws(TextError) -> TemplateExpression { try conditional() }

  /// One expression, or several with commas as a tuple.
  mutating func tuple(
    isConditional: Bool = true, isBracketed: Bool = false
  ) throws(TextError) -> TemplateExpression {
    let line = current.line
    if isBracketed, current.isSign(")") {
      return try checked(.list([], isTuple: true), line, depth: 0)
    }
    let first = isConditional ? try conditional() : try or()
    guard current.isSign(",") else { return first }
    var items = [first]
    while skip(sign: ",") {
      if current.isSign(")") || current.kind == .blockEnd || current.kind == .variableEnd { break }
      items.append(isConditional ? try conditional() : try or())
    }
    return try checked(
      .list(items, isTuple: true), line, depth: items.lazy.map(\.depth).max() ?? 0)
  }

  private mutating func conditional() throws(TextError) -> TemplateExpression {
    try enter()
    defer { leave() }
    var result = try or()
    while current.isName("if") {
      let line = current.line
      advance()
      let condition = try or()
      var otherwise: TemplateExpression?
      if skip(name: "else") { otherwise = try conditional() }
      result = try checked(
        .conditional(condition, then: result, otherwise: otherwise), line,
        depth: max(condition.depth, result.depth, otherwise?.depth ?? 0))
    }
    return result
  }

  private mutating func or() throws(TextError) -> TemplateExpression {
    var left = try and()
    while current.isName("or") {
      let line = current.line
      advance()
      let right = try and()
      left = try checked(.or(left, right), line, depth: max(left.depth, right.depth))
    }
    return left
  }

  private mutating func and() throws(TextError) -> TemplateExpression {
    var left = try not()
    while current.isName("and") {
      let line = current.line
      advance()
      let right = try not()
      left = try checked(.and(left, right), line, depth: max(left.depth, right.depth))
    }
    return left
  }

  private mutating func not() throws(TextError) -> TemplateExpression {
    guard current.isName("not") else { return try comparison() }
    let line = current.line
    advance()
    try enter()
    defer { leave() }
    let value = try not()
    return try checked(.unary(.not, value), line, depth: value.depth)
  }

  private mutating func comparison() throws(TextError) -> TemplateExpression {
    let line = current.line
    let first = try sum()
    var links: [(TemplateExpression.Comparison, TemplateExpression)] = []
    while let comparison = comparisonSign() { links.append((comparison, try sum())) }
    if links.isEmpty { return first }
    let depth = max(first.depth, links.lazy.map(\.1.depth).max() ?? 0)
    return try checked(.comparison(first, links), line, depth: depth)
  }

  /// The sign that stands here, passed over.
  private mutating func comparisonSign() -> TemplateExpression.Comparison? {
    let signs: [(String, TemplateExpression.Comparison)] = [
      ("==", .equal), ("!=", .notEqual), ("<", .less), ("<=", .lessOrEqual), (">", .greater),
      (">=", .greaterOrEqual),
    ]
    for (sign, comparison) in signs where skip(sign: sign) { return comparison }
    if skip(name: "in") { return .isIn }
    if current.isName("not"), following.isName("in") {
      advance()
      advance()
      return .isNotIn
    }
    return nil
  }

  private mutating func sum() throws(TextError) -> TemplateExpression {
    try chain(["+": .add, "-": .subtract]) { parser throws(TextError) in
      try parser.chain(["~": .concatenate]) { parser throws(TextError) in
        try parser.chain(
          ["*": .multiply, "/": .divide, "//": .floorDivide, "%": .modulo]
        ) { parser throws(TextError) in
          try parser.chain(["**": .power]) { parser throws(TextError) in try parser.unary() }
        }
      }
    }
  }

  /// Operands joined by signs of one level, from the left.
  private mutating func chain(
    _ signs: [String: TemplateExpression.BinaryOperator],
    _ operand: (inout TemplateParser) throws(TextError) -> TemplateExpression
  ) throws(TextError) -> TemplateExpression {
    var left = try operand(&self)
    while case .sign(let sign) = current.kind, let operation = signs[sign] {
      let line = current.line
      advance()
      let right = try operand(&self)
      left = try checked(
        .binary(operation, left, right), line, depth: max(left.depth, right.depth))
    }
    return left
  }

  private mutating func unary(takesFilters: Bool = true) throws(TextError) -> TemplateExpression {
    try enter()
    defer { leave() }
    let line = current.line
    var result: TemplateExpression
    if skip(sign: "-") {
      let value = try unary(takesFilters: false)
      result = try checked(.unary(.minus, value), line, depth: value.depth)
    } else if skip(sign: "+") {
      let value = try unary(takesFilters: false)
      result = try checked(.unary(.plus, value), line, depth: value.depth)
    } else {
      result = try primary()
    }
    result = try postfix(result)
    return takesFilters ? try filtered(result) : result
  }

  private mutating func primary() throws(TextError) -> TemplateExpression {
    let token = current
    advance()
    switch token.kind {
    case .name(let name):
      switch name {
      case "true", "True": return try checked(.constant(.bool(true)), token.line, depth: 0)
      case "false", "False": return try checked(.constant(.bool(false)), token.line, depth: 0)
      case "none", "None": return try checked(.constant(.none), token.line, depth: 0)
      default: return try checked(.name(name), token.line, depth: 0)
      }
    case .string(var text):
      while case .string(let more) = current.kind {
        text += more
        advance()
      }
      return try checked(.constant(.string(text)), token.line, depth: 0)
    case .integer(let value): return try checked(.constant(.int(value)), token.line, depth: 0)
    case .number(let value): return try checked(.constant(.number(value)), token.line, depth: 0)
    case .sign("("):
      let value = try tuple(isBracketed: true)
      try expect(sign: ")")
      return value
    case .sign("["): return try list(token.line)
    case .sign("{"): return try table(token.line)
    default: throw error("expected a value, found \(token.words)", line: token.line)
    }
  }

  private mutating func list(_ line: Int) throws(TextError) -> TemplateExpression {
    var items: [TemplateExpression] = []
    while !current.isSign("]") {
      if !items.isEmpty {
        try expect(sign: ",")
        if current.isSign("]") { break }
      }
      items.append(try expression())
    }
    advance()
    return try checked(
      .list(items, isTuple: false), line, depth: items.lazy.map(\.depth).max() ?? 0)
  }

  private mutating func table(_ line: Int) throws(TextError) -> TemplateExpression {
    var entries: [(key: TemplateExpression, value: TemplateExpression)] = []
    while !current.isSign("}") {
      if !entries.isEmpty {
        try expect(sign: ",")
        if current.isSign("}") { break }
      }
      let key = try expression()
      try expect(sign: ":")
      entries.append((key, try expression()))
    }
    advance()
    let depth = entries.lazy.map { max($0.key.depth, $0.value.depth) }.max() ?? 0
    return try checked(.table(entries), line, depth: depth)
  }

  // MARK: Behind a value

  private mutating func postfix(
    _ value: TemplateExpression
  ) throws(TextError) -> TemplateExpression {
    var value = value
    while true {
      let line = current.line
      if skip(sign: ".") {
        if case .integer(let index) = current.kind {
          advance()
          let item = try checked(.constant(.int(index)), line, depth: 0)
          value = try checked(.item(value, item), line, depth: value.depth)
        } else {
          value = try checked(.attribute(value, try expectName()), line, depth: value.depth)
        }
      } else if skip(sign: "[") {
        value = try subscripted(value, line)
      } else if current.isSign("(") {
        value = try called(value)
      } else {
        return value
      }
    }
  }

  private mutating func called(_ value: TemplateExpression) throws(TextError) -> TemplateExpression
  {
    let line = current.line
    let arguments = try self.arguments()
    return try checked(.call(value, arguments), line, depth: max(value.depth, arguments.depth))
  }

  private mutating func subscripted(
    _ value: TemplateExpression, _ line: Int
  ) throws(TextError) -> TemplateExpression {
    var parts: [TemplateExpression?] = [nil]
    if !current.isSign(":") { parts[0] = try expression() }
    while skip(sign: ":") {
      guard parts.count < 3 else { throw error("expected ']', found ':'") }
      parts.append(current.isSign(":") || current.isSign("]") ? nil : try expression())
    }
    try expect(sign: "]")
    let depth = max(value.depth, parts.lazy.map { $0?.depth ?? 0 }.max() ?? 0)
    if parts.count == 1, let index = parts[0] {
      return try checked(.item(value, index), line, depth: depth)
    }
    return try checked(
      .slice(value, from: parts[0], to: parts[1], step: parts.count > 2 ? parts[2] : nil), line,
      depth: depth)
  }

  private mutating func filtered(
    _ value: TemplateExpression
  ) throws(TextError) -> TemplateExpression {
    var value = value
    while true {
      let line = current.line
      if skip(sign: "|") {
        let name = try expectName()
        let arguments = current.isSign("(") ? try self.arguments() : TemplateArguments()
        value = try checked(
          .filter(value, name, arguments), line, depth: max(value.depth, arguments.depth))
      } else if skip(name: "is") {
        value = try tested(value, line)
      } else if current.isSign("(") {
        value = try called(value)
      } else {
        return value
      }
    }
  }

  /// A test may take its one argument without brackets: `is divisibleby 2`.
  private mutating func tested(
    _ value: TemplateExpression, _ line: Int
  ) throws(TextError) -> TemplateExpression {
    let isNegated = skip(name: "not")
    let name = try expectName()
    var arguments = TemplateArguments()
    if current.isSign("(") {
      arguments = try self.arguments()
    } else if beginsArgument {
      if current.isName("is") { throw error("tests cannot be chained with 'is'") }
      arguments.positional = [try postfix(try primary())]
    }
    let test = try checked(
      .test(value, name, arguments), line, depth: max(value.depth, arguments.depth))
    return isNegated ? try checked(.unary(.not, test), line, depth: test.depth) : test
  }

  private var beginsArgument: Bool {
    switch current.kind {
    case .name(let name): !["else", "or", "and"].contains(name)
    case .string, .integer, .number: true
    case .sign(let sign): sign == "[" || sign == "{"
    default: false
    }
  }

  private mutating func arguments() throws(TextError) -> TemplateArguments {
    try expect(sign: "(")
    var arguments = TemplateArguments()
    while !current.isSign(")") {
      if !arguments.positional.isEmpty || !arguments.named.isEmpty {
        try expect(sign: ",")
        if current.isSign(")") { break }
      }
      if current.isSign("*") || current.isSign("**") {
        throw error("arguments unpacked with \(current.words) are not supported")
      }
      if case .name(let name) = current.kind, following.isSign("=") {
        advance()
        advance()
        arguments.named.append((name, try expression()))
      } else {
        guard arguments.named.isEmpty else {
          throw error("an argument without name after one with a name")
        }
        arguments.positional.append(try expression())
      }
    }
    advance()
    return arguments
  }
}
