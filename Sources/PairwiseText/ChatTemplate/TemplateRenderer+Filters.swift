internal import PairwiseConfig

/// `value | …`.
extension TemplateRenderer {
  mutating func filter(
    _ name: String, _ value: TemplateValue, _ arguments: Arguments
  ) throws(TemplateFailure) -> TemplateValue {
    switch name {
    case "default", "d":
      let standard = arguments.value(0, "default_value") ?? .string("")
      let takesFalse = arguments.value(1, "boolean")?.isTrue ?? false
      if case .undefined = value { return standard }
      return takesFalse && !value.isTrue ? standard : value
    case "length", "count": return .int(try length(of: value))
    case "tojson": return .string(try json(value, arguments))
    case "int", "float", "abs": return try number(name, value, arguments)
    case "string": return .string(try text(of: value))
    case "safe":
      // Nothing is escaped, so a text marked safe is the text.
      return .string(try text(of: value))
    case "trim", "upper", "lower", "title", "capitalize", "replace", "indent":
      return .string(try textFilter(name, try text(of: value), arguments))
    case "first", "last", "list", "reverse", "join", "select", "reject", "selectattr",
      "rejectattr", "map", "unique", "items", "dictsort":
      return try listFilter(name, value, arguments)
    default:
      throw TemplateFailure("the filter \(Wording.quoted(name)) is not supported")
    }
  }

  private mutating func textFilter(
    _ name: String, _ text: String, _ arguments: Arguments
  ) throws(TemplateFailure) -> String {
    switch name {
    case "trim":
      return try stripped(text, .both, try optionalString(arguments, 0, "chars", of: name))
    case "upper": return try uppercased(text)
    case "lower": return try lowercased(text)
    case "capitalize": return try capitalized(text)
    case "replace":
      return try replaced(
        text, try string(arguments, 0, "old", of: name), try string(arguments, 1, "new", of: name),
        limit: try integer(arguments, 2, "count", of: name) ?? -1)
    case "indent": return try indented(text, arguments)
    default:
      // The filter, other than the method, begins words behind white space, hyphens and brackets.
      try budget.spend(bytes: text.utf8.count)
      var result = ""
      var isInside = false
      for scalar in text.unicodeScalars {
        result +=
          isInside ? scalar.properties.lowercaseMapping : scalar.properties.uppercaseMapping
        isInside = !(scalar.isTemplateSpace || "-({[<".unicodeScalars.contains(scalar))
      }
      return result
    }
  }

  private mutating func indented(
    _ text: String, _ arguments: Arguments
  ) throws(TemplateFailure) -> String {
    var margin = "    "
    if case .string(let given) = arguments.value(0, "width") {
      margin = given
    } else if let width = try integer(arguments, 0, "width", of: "indent") {
      guard (0...1000).contains(width) else {
        throw TemplateFailure("'indent' is limited to 1000 blanks")
      }
      margin = String(repeating: " ", count: width)
    }
    let first = arguments.value(1, "first")?.isTrue ?? false
    let blank = arguments.value(2, "blank")?.isTrue ?? false
    var result = ""
    // Scalars, because a line break after a return is one character for Swift.
    let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      try budget.spend(bytes: line.count + margin.utf8.count)
      if index > 0 { result.unicodeScalars.append("\n") }
      if index == 0 ? first : (blank || !line.isEmpty) { result += margin }
      result.unicodeScalars.append(contentsOf: line)
    }
    return result
  }

  private mutating func length(of value: TemplateValue) throws(TemplateFailure) -> Int {
    switch value {
    case .string(let text):
      try budget.spend(bytes: text.utf8.count)
      return text.unicodeScalars.count
    case .list(let list): return list.items.count
    case .table(let table): return table.entries.count
    case .undefined: return 0
    default: throw TemplateFailure("\(value.words) has no length")
    }
  }

  private func number(
    _ name: String, _ value: TemplateValue, _ arguments: Arguments
  ) throws(TemplateFailure) -> TemplateValue {
    if name == "abs" {
      switch value {
      case .int(let integer) where integer > .min: return .int(abs(integer))
      case .number(let number): return .number(abs(number))
      default: throw TemplateFailure("'abs' needs a number, found \(value.words)")
      }
    }
    guard name == "int" else {
      if let number = value.asNumber { return .number(number) }
      if case .string(let text) = value, let number = Double(text) { return .number(number) }
      return arguments.value(0, "default") ?? .number(0)
    }
    if arguments.value(1, "base") != nil {
      throw TemplateFailure("'int' with a base is not supported")
    }
    if let integer = value.asInt { return .int(integer) }
    var number = value.asNumber
    if case .string(let text) = value {
      let digits = String(
        String.UnicodeScalarView(text.unicodeScalars.filter { !$0.isTemplateSpace }))
      if let integer = Int(digits) { return .int(integer) }
      number = Double(digits)
    }
    if let number, let integer = Int(exactly: number.rounded(.towardZero)) { return .int(integer) }
    return arguments.value(0, "default") ?? .int(0)
  }
}
