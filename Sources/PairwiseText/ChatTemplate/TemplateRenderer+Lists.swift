internal import PairwiseConfig

/// Filters that work on lists.
extension TemplateRenderer {
  mutating func listFilter(
    _ name: String, _ value: TemplateValue, _ arguments: Arguments
  ) throws(TemplateFailure) -> TemplateValue {
    switch name {
    case "items":
      if case .undefined = value { return try list([]) }
      return try method("items", of: value, Arguments())
    case "dictsort":
      guard case .table(let table) = value, arguments.isEmpty else {
        throw TemplateFailure("'dictsort' is supported for mappings and without arguments only")
      }
      try budget.spend(items: table.entries.count)
      let keys = table.entries.map { ($0.key.lowercased(), $0.key, $0.value) }
      let sorted = keys.enumerated().sorted { a, b in
        let (left, right) = (a.element.0.utf8, b.element.0.utf8)
        if left.elementsEqual(right) { return a.offset < b.offset }
        return left.lexicographicallyPrecedes(right)
      }
      return try list(
        sorted.map { .list([.string($0.element.1), $0.element.2], isTuple: true) })
    default: break
    }
    let items = try items(of: value)
    try budget.spend(items: items.count)
    switch name {
    case "first": return items.first ?? .undefined("first item of an empty list")
    case "last": return items.last ?? .undefined("last item of an empty list")
    case "list": return try list(items)
    case "reverse":
      if case .string = value { return try joined(items.reversed(), by: "") }
      return try list(items.reversed())
    case "join":
      var parts = items
      if let attribute = arguments.value(1, "attribute") {
        parts = try parts.map { item throws(TemplateFailure) in try member(attribute, of: item) }
      }
      return try joined(parts, by: try optionalString(arguments, 0, "d", of: name) ?? "")
    case "map": return try list(try mapped(items, arguments))
    case "unique": return try list(try distinct(items))
    default: return try list(try picked(name, items, arguments))
    }
  }

  /// `select` and `reject` by a test, and the same by a test of an attribute.
  private mutating func picked(
    _ name: String, _ items: [TemplateValue], _ arguments: Arguments
  ) throws(TemplateFailure) -> [TemplateValue] {
    let isByAttribute = name.hasSuffix("attr")
    let keeps = name.hasPrefix("select")
    var rest = arguments.positional[...]
    var attribute: TemplateValue?
    if isByAttribute {
      guard let first = rest.popFirst() else {
        throw TemplateFailure("'\(name)' needs the name of an attribute")
      }
      attribute = first
    }
    var testName: String?
    if let first = rest.popFirst() {
      guard case .string(let text) = first else {
        throw TemplateFailure("'\(name)' needs the name of a test, found \(first.words)")
      }
      testName = text
    }
    let operands = Arguments(positional: Array(rest))
    var kept: [TemplateValue] = []
    for item in items {
      try budget.spend(1)
      let value = try attribute.map { attribute throws(TemplateFailure) in
        try member(attribute, of: item)
      }
      let holds =
        try testName.map { testName throws(TemplateFailure) in
          try test(testName, value ?? item, operands)
        } ?? (value ?? item).isTrue
      if holds == keeps { kept.append(item) }
    }
    return kept
  }

  /// `map('upper')` and `map(attribute='role')`.
  private mutating func mapped(
    _ items: [TemplateValue], _ arguments: Arguments
  ) throws(TemplateFailure) -> [TemplateValue] {
    var result: [TemplateValue] = []
    if arguments.positional.isEmpty, let attribute = arguments.value(0, "attribute") {
      let standard = arguments.value(1, "default")
      for item in items {
        let value = try member(attribute, of: item)
        if case .undefined = value {
          result.append(standard ?? value)
        } else {
          result.append(value)
        }
      }
      return result
    }
    guard case .string(let name)? = arguments.positional.first, name != "map" else {
      throw TemplateFailure("'map' needs the name of a filter or an attribute")
    }
    let rest = Arguments(
      positional: Array(arguments.positional.dropFirst()), named: arguments.named)
    for item in items {
      try budget.spend(1)
      result.append(try filter(name, item, rest))
    }
    return result
  }

  private mutating func distinct(
    _ items: [TemplateValue]
  ) throws(TemplateFailure) -> [TemplateValue] {
    var kept: [TemplateValue] = []
    for item in items {
      var isKnown = false
      for other in kept {
        isKnown = try areSameIgnoringCase(item, other)
        if isKnown { break }
      }
      if !isKnown { kept.append(item) }
    }
    return kept
  }

  private mutating func areSameIgnoringCase(
    _ a: TemplateValue, _ b: TemplateValue
  ) throws(TemplateFailure) -> Bool {
    if case .string(let a) = a, case .string(let b) = b {
      return try areEqual(.string(try lowercased(a)), .string(try lowercased(b)))
    }
    return try areEqual(a, b)
  }

  /// An attribute of an item by name, `a.b` for one inside another, or an item by number.
  private mutating func member(
    _ attribute: TemplateValue, of item: TemplateValue
  ) throws(TemplateFailure) -> TemplateValue {
    var value = item
    var parts: [TemplateValue] = [attribute]
    if case .string(let path) = attribute {
      parts = path.split(separator: ".", omittingEmptySubsequences: false).map { part in
        Int(part).map { .int($0) } ?? .string(String(part))
      }
    }
    for part in parts { value = try self.item(part, of: value) }
    return value
  }
}
