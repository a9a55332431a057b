/// `tojson` as transformers defines it: Python's `json.dumps` with `ensure_ascii` off.
extension TemplateRenderer {
  mutating func json(
    _ value: TemplateValue, _ arguments: Arguments
  ) throws(TemplateFailure) -> String {
    var style = JSONStyle()
    style.isASCII = arguments.value(0, "ensure_ascii")?.isTrue ?? false
    style.sortsKeys = arguments.value(3, "sort_keys")?.isTrue ?? false
    if case .string(let text) = arguments.value(1, "indent") {
      style.indent = text
    } else if let width = try integer(arguments, 1, "indent", of: "tojson") {
      guard width <= 100 else { throw TemplateFailure("'tojson' indents by at most 100 blanks") }
      style.indent = String(repeating: " ", count: max(0, width))
    }
    if style.indent != nil { style.itemSeparator = "," }
    if case .list(let separators) = arguments.value(2, "separators") {
      guard separators.items.count == 2, case .string(let item) = separators.items[0],
        case .string(let key) = separators.items[1]
      else { throw TemplateFailure("'separators' of 'tojson' needs two strings") }
      (style.itemSeparator, style.keySeparator) = (item, key)
    }
    var result = ""
    try append(value, to: &result, style, level: 0)
    return result
  }

  struct JSONStyle {
    var indent: String?
    var itemSeparator = ", "
    var keySeparator = ": "
    var isASCII = false
    var sortsKeys = false

    func lineBreak(_ level: Int) -> String {
      indent.map { "\n" + String(repeating: $0, count: level) } ?? ""
    }
  }

  private mutating func append(
    _ value: TemplateValue, to result: inout String, _ style: JSONStyle, level: Int
  ) throws(TemplateFailure) {
    let before = result.utf8.count
    switch value {
    case .none: result += "null"
    case .bool(let flag): result += flag ? "true" : "false"
    case .int(let integer): result += String(integer)
    case .number(let number): result += number.description
    case .string(let text): append(quoted: text, to: &result, style)
    case .list(let list):
      if list.items.isEmpty {
        result += "[]"
        return try budget.spend(1)
      }
      result += "["
      for (index, item) in list.items.enumerated() {
        try separate(index, &result, style, level: level + 1)
        try append(item, to: &result, style, level: level + 1)
      }
      result += style.lineBreak(level) + "]"
      return try budget.spend(items: list.items.count)
    case .table(let table):
      return try append(table, to: &result, style, level: level)
    default: throw TemplateFailure("'tojson' cannot write \(value.words)")
    }
    try budget.spend(bytes: result.utf8.count - before)
  }

  /// What stands before an item.
  private mutating func separate(
    _ index: Int, _ result: inout String, _ style: JSONStyle, level: Int
  ) throws(TemplateFailure) {
    try budget.spend(
      bytes: style.itemSeparator.utf8.count + (style.indent?.utf8.count ?? 0) * level)
    if index > 0 { result += style.itemSeparator }
    result += style.lineBreak(level)
  }

  private mutating func append(
    _ table: TemplateTable, to result: inout String, _ style: JSONStyle, level: Int
  ) throws(TemplateFailure) {
    try budget.spend(items: table.entries.count)
    if table.entries.isEmpty {
      result += "{}"
      return
    }
    let entries =
      style.sortsKeys
      ? table.entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      : table.entries
    result += "{"
    for (index, entry) in entries.enumerated() {
      try separate(index, &result, style, level: level + 1)
      try budget.spend(bytes: entry.key.utf8.count + style.keySeparator.utf8.count)
      append(quoted: entry.key, to: &result, style)
      result += style.keySeparator
      try append(entry.value, to: &result, style, level: level + 1)
    }
    result += style.lineBreak(level) + "}"
  }

  private func append(quoted text: String, to result: inout String, _ style: JSONStyle) {
    var view = String.UnicodeScalarView("\"".unicodeScalars)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": view.append(contentsOf: "\\\"".unicodeScalars)
      case "\\": view.append(contentsOf: "\\\\".unicodeScalars)
      case "\n": view.append(contentsOf: "\\n".unicodeScalars)
      case "\r": view.append(contentsOf: "\\r".unicodeScalars)
      case "\t": view.append(contentsOf: "\\t".unicodeScalars)
      case "\u{08}": view.append(contentsOf: "\\b".unicodeScalars)
      case "\u{0C}": view.append(contentsOf: "\\f".unicodeScalars)
      default:
        if scalar.value < 0x20 || style.isASCII && scalar.value > 0x7F {
          for unit in String(Character(scalar)).utf16 {
            view.append(contentsOf: escape(unit).unicodeScalars)
          }
        } else {
          view.append(scalar)
        }
      }
    }
    view.append("\"")
    result.unicodeScalars.append(contentsOf: view)
  }

  private func escape(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
