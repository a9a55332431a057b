internal import PairwiseConfig

extension TemplateRenderer {
  static let tableMethods: Set<String> = ["get", "items", "keys", "values"]
  static let stringMethods: Set<String> = [
    "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith",
    "replace", "upper", "lower", "title", "capitalize", "find", "count", "join", "isdigit",
    "isspace", "removeprefix", "removesuffix",
  ]

  mutating func method(
    _ name: String, of object: TemplateValue, _ arguments: Arguments
  ) throws(TemplateFailure) -> TemplateValue {
    switch object {
    case .string(let text) where TemplateRenderer.stringMethods.contains(name):
      return try method(name, of: text, arguments)
    case .table(let table) where TemplateRenderer.tableMethods.contains(name):
      return try method(name, of: table, arguments)
    case .loop(let loop) where name == "cycle":
      guard !arguments.positional.isEmpty else {
        throw TemplateFailure("'loop.cycle' needs values")
      }
      return arguments.positional[loop.index % arguments.positional.count]
    case .undefined(let what):
      throw TemplateFailure("\(what) is undefined, it has no method '\(Wording.printable(name))'")
    default:
      throw TemplateFailure(
        "method '\(Wording.printable(name))' of \(object.words) is not supported")
    }
  }

  private mutating func method(
    _ name: String, of table: TemplateTable, _ arguments: Arguments
  ) throws(TemplateFailure) -> TemplateValue {
    switch name {
    case "get":
      let key = try string(arguments, 0, "key", of: "get")
      try budget.spend(bytes: 16 * table.entries.count + key.utf8.count)
      return table[key] ?? arguments.value(1, "default") ?? .none
    case "keys": return try list(table.entries.map { .string($0.key) })
    case "values": return try list(table.entries.map(\.value))
    default:
      return try list(table.entries.map { .list([.string($0.key), $0.value], isTuple: true) })
    }
  }

  private mutating func method(
    _ name: String, of text: String, _ arguments: Arguments
  ) throws(TemplateFailure) -> TemplateValue {
    switch name {
    case "strip", "lstrip", "rstrip":
      let side: Side = name == "strip" ? .both : name == "lstrip" ? .start : .end
      return .string(
        try stripped(text, side, try optionalString(arguments, 0, "chars", of: name)))
    case "split", "rsplit":
      return try split(
        text, try optionalString(arguments, 0, "sep", of: name),
        limit: try integer(arguments, 1, "maxsplit", of: name) ?? -1, fromEnd: name == "rsplit")
    case "splitlines": return try lines(text)
    case "startswith", "endswith": return .bool(try hasEnd(name, text, arguments))
    case "removeprefix", "removesuffix":
      let part = try string(arguments, 0, "part", of: name)
      guard try hasEnd(name == "removeprefix" ? "startswith" : "endswith", text, arguments) else {
        return .string(text)
      }
      try budget.spend(bytes: text.utf8.count)
      let bytes = Array(text.utf8)
      let kept =
        name == "removeprefix"
        ? bytes.dropFirst(part.utf8.count) : bytes.dropLast(part.utf8.count)
      return .string(String(decoding: kept, as: UTF8.self))
    case "replace":
      return .string(
        try replaced(
          text, try string(arguments, 0, "old", of: name),
          try string(arguments, 1, "new", of: name),
          limit: try integer(arguments, 2, "count", of: name) ?? -1))
    case "upper": return .string(try uppercased(text))
    case "lower": return .string(try lowercased(text))
    case "title": return .string(try titled(text))
    case "capitalize": return .string(try capitalized(text))
    case "count": return .int(try count(of: try string(arguments, 0, "sub", of: name), in: text))
    case "find": return .int(try place(of: try string(arguments, 0, "sub", of: name), in: text))
    case "join":
      return try joined(try items(of: arguments.value(0, "iterable") ?? .none), by: text)
    default:
      try budget.spend(bytes: text.utf8.count)
      let scalars = text.unicodeScalars
      return .bool(
        !scalars.isEmpty
          && scalars.allSatisfy {
            name == "isspace" ? $0.isTemplateSpace : $0.properties.numericType == .decimal
          })
    }
  }

  /// Whether a text begins or ends with another, or with one of a tuple.
  private mutating func hasEnd(
    _ name: String, _ text: String, _ arguments: Arguments
  ) throws(TemplateFailure) -> Bool {
    var parts = [arguments.value(0, "prefix") ?? .none]
    if case .list(let list) = parts[0], list.isTuple { parts = list.items }
    for part in parts {
      guard case .string(let part) = part else {
        throw TemplateFailure("'\(name)' needs a string, found \(part.words)")
      }
      try budget.spend(bytes: part.utf8.count)
      let holds =
        name == "startswith"
        ? text.utf8.starts(with: part.utf8)
        : text.utf8.reversed().starts(with: part.utf8.reversed())
      if holds { return true }
    }
    return false
  }

  /// The place of a part in code points, or −1.
  private mutating func place(of part: String, in text: String) throws(TemplateFailure) -> Int {
    let bytes = Array(text.utf8)
    guard let place = try find(Array(part.utf8), in: bytes, from: 0) else { return -1 }
    return bytes[..<place].lazy.filter { $0 & 0xC0 != 0x80 }.count
  }

  /// The items as text with a separator between them.
  mutating func joined(
    _ items: [TemplateValue], by separator: String
  ) throws(TemplateFailure) -> TemplateValue {
    var result = ""
    for (index, item) in items.enumerated() {
      let text = try text(of: item)
      try budget.spend(bytes: text.utf8.count + separator.utf8.count)
      if index > 0 { result += separator }
      result += text
    }
    return .string(result)
  }

  // MARK: Arguments

  func string(
    _ arguments: Arguments, _ place: Int, _ name: String, of function: String
  ) throws(TemplateFailure) -> String {
    guard let text = try optionalString(arguments, place, name, of: function) else {
      throw TemplateFailure("'\(function)' needs a string")
    }
    return text
  }

  func optionalString(
    _ arguments: Arguments, _ place: Int, _ name: String, of function: String
  ) throws(TemplateFailure) -> String? {
    switch arguments.value(place, name) {
    case nil, .some(.none): return nil
    case .string(let text): return text
    case .some(let value):
      throw TemplateFailure("'\(function)' needs a string, found \(value.words)")
    }
  }

  func integer(
    _ arguments: Arguments, _ place: Int, _ name: String, of function: String
  ) throws(TemplateFailure) -> Int? {
    guard let value = arguments.value(place, name) else { return nil }
    if case .none = value { return nil }
    guard let integer = value.asInt else {
      throw TemplateFailure("'\(function)' needs an integer, found \(value.words)")
    }
    return integer
  }
}
