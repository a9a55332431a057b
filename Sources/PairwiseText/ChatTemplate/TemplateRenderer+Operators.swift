extension TemplateRenderer {
  func unary(
    _ operation: TemplateExpression.UnaryOperator, _ value: TemplateValue
  ) throws(TemplateFailure) -> TemplateValue {
    if operation == .not { return .bool(!value.isTrue) }
    if let integer = value.asInt {
      if operation == .plus { return .int(integer) }
      let (negative, overflow) = (0).subtractingReportingOverflow(integer)
      guard !overflow else { throw TemplateRenderer.tooLarge }
      return .int(negative)
    }
    guard case .number(let number) = value else {
      throw TemplateFailure("expected a number, found \(value.words)")
    }
    return .number(operation == .plus ? number : -number)
  }

  mutating func binary(
    _ operation: TemplateExpression.BinaryOperator, _ left: TemplateValue, _ right: TemplateValue
  ) throws(TemplateFailure) -> TemplateValue {
    if operation == .concatenate {
      return try joined(try text(of: left), try text(of: right))
    }
    switch (operation, left, right) {
    case (.add, .string(let a), .string(let b)): return try joined(a, b)
    case (.add, .list(let a), .list(let b)) where a.isTuple == b.isTuple:
      try budget.spend(items: a.items.count + b.items.count)
      return try list(a.items + b.items, isTuple: a.isTuple)
    case (.multiply, .string(let text), _):
      if let count = right.asInt { return try repeated(text, count) }
    case (.multiply, _, .string(let text)):
      if let count = left.asInt { return try repeated(text, count) }
    case (.modulo, .string, _): throw TemplateFailure("formatting with '%' is not supported")
    default: break
    }
    if let a = left.asInt, let b = right.asInt, operation != .divide {
      return .int(try TemplateRenderer.integers(operation, a, b))
    }
    guard let a = left.asNumber, let b = right.asNumber else {
      throw TemplateFailure(
        "'\(operation.rawValue)' does not join \(left.words) and \(right.words)")
    }
    return .number(try TemplateRenderer.numbers(operation, a, b))
  }

  private mutating func joined(
    _ a: String, _ b: String
  ) throws(TemplateFailure) -> TemplateValue {
    try budget.spend(bytes: a.utf8.count + b.utf8.count)
    return .string(a + b)
  }

  private mutating func repeated(
    _ text: String, _ count: Int
  ) throws(TemplateFailure) -> TemplateValue {
    let (bytes, overflow) = text.utf8.count.multipliedReportingOverflow(by: max(0, count))
    guard !overflow else { throw TemplateRenderer.tooLarge }
    try budget.spend(bytes: bytes)
    // An empty text may be repeated any number of times.
    return .string(bytes == 0 ? "" : String(repeating: text, count: count))
  }

  static let tooLarge = TemplateFailure("a number does not fit 64 bits")

  /// Division and remainder go towards minus infinity, as in Python.
  private static func integers(
    _ operation: TemplateExpression.BinaryOperator, _ a: Int, _ b: Int
  ) throws(TemplateFailure) -> Int {
    let result: (partialValue: Int, overflow: Bool)
    switch operation {
    case .add: result = a.addingReportingOverflow(b)
    case .subtract: result = a.subtractingReportingOverflow(b)
    case .multiply: result = a.multipliedReportingOverflow(by: b)
    case .floorDivide, .modulo:
      guard b != 0 else { throw TemplateFailure("a division by 0") }
      if b == -1 {
        result = operation == .modulo ? (0, false) : (0).subtractingReportingOverflow(a)
      } else {
        let remainder = a % b
        let isBelow = remainder != 0 && (remainder < 0) != (b < 0)
        result =
          operation == .modulo
          ? (isBelow ? remainder + b : remainder, false) : (a / b - (isBelow ? 1 : 0), false)
      }
    default:
      throw TemplateFailure("'\(operation.rawValue)' on integers is not supported")
    }
    guard !result.overflow else { throw tooLarge }
    return result.partialValue
  }

  private static func numbers(
    _ operation: TemplateExpression.BinaryOperator, _ a: Double, _ b: Double
  ) throws(TemplateFailure) -> Double {
    switch operation {
    case .add: return a + b
    case .subtract: return a - b
    case .multiply: return a * b
    case .divide, .floorDivide:
      guard b != 0 else { throw TemplateFailure("a division by 0") }
      return operation == .divide ? a / b : (a / b).rounded(.down)
    default:
      throw TemplateFailure("'\(operation.rawValue)' on fractions is not supported")
    }
  }

  // MARK: Comparisons

  mutating func comparison(
    _ first: TemplateExpression, _ links: [(TemplateExpression.Comparison, TemplateExpression)]
  ) throws(TemplateFailure) -> TemplateValue {
    var left = try evaluate(first)
    for (comparison, expression) in links {
      let right = try evaluate(expression)
      guard try holds(comparison, left, right) else { return .bool(false) }
      left = right
    }
    return .bool(true)
  }

  mutating func holds(
    _ comparison: TemplateExpression.Comparison, _ a: TemplateValue, _ b: TemplateValue
  ) throws(TemplateFailure) -> Bool {
    switch comparison {
    case .equal: try areEqual(a, b)
    case .notEqual: try !areEqual(a, b)
    case .isIn: try contains(b, a)
    case .isNotIn: try !contains(b, a)
    case .less: try order(a, b) < 0
    case .lessOrEqual: try order(a, b) <= 0
    case .greater: try order(a, b) > 0
    case .greaterOrEqual: try order(a, b) >= 0
    }
  }

  mutating func areEqual(
    _ a: TemplateValue, _ b: TemplateValue
  ) throws(TemplateFailure) -> Bool {
    try budget.spend(1)
    if let a = a.asInt, let b = b.asInt { return a == b }
    if let a = a.asNumber, let b = b.asNumber { return a == b }
    switch (a, b) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.string(let a), .string(let b)):
      try budget.spend(bytes: min(a.utf8.count, b.utf8.count))
      return a.hasSameBytes(as: b)
    case (.list(let a), .list(let b)):
      guard a.isTuple == b.isTuple, a.items.count == b.items.count else { return false }
      for (a, b) in zip(a.items, b.items) where try !areEqual(a, b) { return false }
      return true
    case (.table(let a), .table(let b)):
      guard a.entries.count == b.entries.count else { return false }
      for (key, value) in a.entries {
        guard let other = b[key], try areEqual(value, other) else { return false }
      }
      return true
    case (.namespace(let a), .namespace(let b)): return a == b
    default: return false
    }
  }

  /// Below, at or above 0 as `a` comes before, with or after `b`.
  private mutating func order(
    _ a: TemplateValue, _ b: TemplateValue
  ) throws(TemplateFailure) -> Int {
    if let a = a.asInt, let b = b.asInt { return a < b ? -1 : a == b ? 0 : 1 }
    if let a = a.asNumber, let b = b.asNumber { return a < b ? -1 : a == b ? 0 : 1 }
    guard case .string(let a) = a, case .string(let b) = b else {
      throw TemplateFailure("\(a.words) and \(b.words) have no order")
    }
    try budget.spend(bytes: min(a.utf8.count, b.utf8.count))
    // UTF-8 keeps the order of code points.
    if a.utf8.lexicographicallyPrecedes(b.utf8) { return -1 }
    return a.hasSameBytes(as: b) ? 0 : 1
  }

  mutating func contains(
    _ container: TemplateValue, _ value: TemplateValue
  ) throws(TemplateFailure) -> Bool {
    switch (container, value) {
    case (.string(let text), .string(let part)):
      return try find(Array(part.utf8), in: Array(text.utf8), from: 0) != nil
    case (.list(let list), _):
      for item in list.items where try areEqual(item, value) { return true }
      return false
    case (.table(let table), .string(let key)):
      try budget.spend(table.entries.count)
      return table[key] != nil
    case (.table, _), (.undefined, _): return false
    default: throw TemplateFailure("'in' does not look for \(value.words) in \(container.words)")
    }
  }

  // MARK: Text

  /// What `{{ … }}` prints.
  mutating func text(of value: TemplateValue) throws(TemplateFailure) -> String {
    switch value {
    case .undefined: return ""
    case .none: return "None"
    case .bool(let flag): return flag ? "True" : "False"
    case .int(let integer): return String(integer)
    case .number(let number): return number.description
    case .string(let text): return text
    default:
      throw TemplateFailure(
        "printing \(value.words) is not supported; 'tojson' writes data as text")
    }
  }

  /// The first place at or behind `start` where `part` stands.
  mutating func find(
    _ part: [UInt8], in text: [UInt8], from start: Int
  ) throws(TemplateFailure) -> Int? {
    guard let first = part.first else { return start <= text.count ? start : nil }
    guard text.count - part.count >= start else { return nil }
    var work = 0
    for place in start...(text.count - part.count) where text[place] == first {
      var matched = 1
      while matched < part.count, text[place + matched] == part[matched] { matched += 1 }
      work += matched
      if work > 1 << 12 {
        try budget.spend(bytes: work)
        work = 0
      }
      if matched == part.count {
        try budget.spend(bytes: place - start)
        return place
      }
    }
    try budget.spend(bytes: text.count - start)
    return nil
  }
}
