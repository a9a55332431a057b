internal import PairwiseConfig

/// `value is …`.
extension TemplateRenderer {
  mutating func test(
    _ name: String, _ value: TemplateValue, _ arguments: Arguments
  ) throws(TemplateFailure) -> Bool {
    if let kind = TemplateRenderer.isOfKind(name, value) { return kind }
    switch name {
    case "true", "false":
      guard case .bool(let flag) = value else { return false }
      return flag == (name == "true")
    case "odd", "even", "divisibleby":
      guard let integer = value.asInt else {
        throw TemplateFailure("'is \(name)' needs an integer, found \(value.words)")
      }
      let divisor = name == "divisibleby" ? try integerOperand(arguments) : 2
      guard divisor != 0 else { throw TemplateFailure("a division by 0") }
      // The quotient of the smallest integer and −1 is none, but −1 divides everything.
      let isDivisible = divisor == -1 || integer % divisor == 0
      return name == "odd" ? !isDivisible : isDivisible
    case "lower", "upper":
      let text = try text(of: value)
      let changed = name == "lower" ? try uppercased(text) : try lowercased(text)
      let kept = name == "lower" ? try lowercased(text) : try uppercased(text)
      return kept.hasSameBytes(as: text) && !changed.hasSameBytes(as: text)
    case "eq", "equalto", "==": return try areEqual(value, try operand(arguments, name))
    case "ne", "!=": return try !areEqual(value, try operand(arguments, name))
    case "lt", "lessthan": return try holds(.less, value, try operand(arguments, name))
    case "le": return try holds(.lessOrEqual, value, try operand(arguments, name))
    case "gt", "greaterthan": return try holds(.greater, value, try operand(arguments, name))
    case "ge": return try holds(.greaterOrEqual, value, try operand(arguments, name))
    case "in": return try contains(try operand(arguments, name), value)
    case "sameas":
      let other = try operand(arguments, name)
      switch (value, other) {
      case (.none, .none): return true
      case (.bool(let a), .bool(let b)): return a == b
      default: throw TemplateFailure("'is sameas' is supported for true, false and none only")
      }
    default:
      throw TemplateFailure("the test \(Wording.quoted(name)) is not supported")
    }
  }

  /// Tests of what kind of value something is; nil for other tests.
  private static func isOfKind(_ name: String, _ value: TemplateValue) -> Bool? {
    switch (name, value) {
    case ("defined", .undefined): false
    case ("defined", _): true
    case ("undefined", .undefined): true
    case ("undefined", _): false
    case ("none", .none): true
    case ("none", _): false
    case ("boolean", .bool): true
    case ("boolean", _): false
    case ("integer", .int): true
    case ("integer", _): false
    case ("float", .number): true
    case ("float", _): false
    // For Python a truth value is a number.
    case ("number", .int), ("number", .number), ("number", .bool): true
    case ("number", _): false
    case ("string", .string): true
    case ("string", _): false
    case ("mapping", .table): true
    case ("mapping", _): false
    case ("sequence", .string), ("sequence", .list), ("sequence", .table),
      ("sequence", .undefined):
      true
    case ("sequence", _): false
    case ("iterable", .string), ("iterable", .list), ("iterable", .table),
      ("iterable", .undefined), ("iterable", .loop):
      true
    case ("iterable", _): false
    case ("callable", .function), ("callable", .macro), ("callable", .method): true
    case ("callable", _): false
    default: nil
    }
  }

  private func operand(
    _ arguments: Arguments, _ name: String
  ) throws(TemplateFailure) -> TemplateValue {
    guard let operand = arguments.positional.first else {
      throw TemplateFailure("'is \(name)' needs a value to compare with")
    }
    return operand
  }

  private func integerOperand(_ arguments: Arguments) throws(TemplateFailure) -> Int {
    guard let divisor = try operand(arguments, "divisibleby").asInt else {
      throw TemplateFailure("'is divisibleby' needs an integer")
    }
    return divisor
  }
}
