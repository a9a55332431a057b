/// A value while a template is rendered.
enum TemplateValue: Sendable {
  /// What a missing name, attribute or item gives; keeps what was missing, for messages.
  case undefined(String)
  case none
  case bool(Bool)
  case int(Int)
  case number(Double)
  case string(String)
  case list(TemplateList)
  case table(TemplateTable)
  /// Attributes that can be set across scopes: index into the renderer's namespaces.
  case namespace(Int)
  /// `loop` inside a loop.
  case loop(TemplateLoop)
  /// Index into the renderer's macros.
  case macro(Int)
  case function(TemplateFunction)
  /// A method of a string or table that is looked at, not called.
  case method(String)

  /// Lists and tables inside one another, this one included.
  var depth: Int {
    switch self {
    case .list(let list): list.depth
    case .table(let table): table.depth
    default: 0
    }
  }

  /// The kind in words for messages.
  var words: String {
    switch self {
    case .undefined(let name): "undefined \(name)"
    case .none: "none"
    case .bool: "a truth value"
    case .int, .number: "a number"
    case .string: "a string"
    case .list(let list): list.isTuple ? "a tuple" : "a list"
    case .table: "a mapping"
    case .namespace: "a namespace"
    case .loop: "a loop"
    case .macro: "a macro"
    case .function, .method: "a function"
    }
  }

  /// Python's truth: empty, zero, none and undefined are false.
  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let flag): flag
    case .int(let value): value != 0
    case .number(let value): value != 0
    case .string(let text): !text.isEmpty
    case .list(let list): !list.items.isEmpty
    case .table(let table): !table.entries.isEmpty
    case .namespace, .loop, .macro, .function, .method: true
    }
  }

  /// Whether lists and tables may hold it. Only plain data, so that nothing can hold itself.
  var isData: Bool {
    switch self {
    case .undefined, .none, .bool, .int, .number, .string, .list, .table: true
    case .namespace, .loop, .macro, .function, .method: false
    }
  }

  /// Numbers as Python compares them: true is 1.
  var asInt: Int? {
    switch self {
    case .bool(let flag): flag ? 1 : 0
    case .int(let value): value
    default: nil
    }
  }

  var asNumber: Double? {
    if case .number(let value) = self { return value }
    return asInt.map(Double.init)
  }

  static func list(_ items: [TemplateValue], isTuple: Bool = false) -> TemplateValue {
    .list(TemplateList(items: items, isTuple: isTuple))
  }
}

struct TemplateList: Sendable {
  let items: [TemplateValue]
  let isTuple: Bool
  let depth: Int

  init(items: [TemplateValue], isTuple: Bool) {
    self.items = items
    self.isTuple = isTuple
    depth = 1 + (items.lazy.map(\.depth).max() ?? 0)
  }
}

/// Keys and values in order. Keys are strings.
struct TemplateTable: Sendable {
  let entries: [(key: String, value: TemplateValue)]
  let depth: Int

  init(_ entries: [(key: String, value: TemplateValue)]) {
    self.entries = entries
    depth = 1 + (entries.lazy.map(\.value.depth).max() ?? 0)
  }

  subscript(key: String) -> TemplateValue? {
    entries.first { $0.key.hasSameBytes(as: key) }?.value
  }
}

/// Where a loop stands.
struct TemplateLoop: Sendable {
  let items: [TemplateValue]
  let index: Int
}

/// Functions a template finds without defining them.
enum TemplateFunction: String, Sendable {
  case raiseException = "raise_exception"
  case namespace
  case range
  case dict
}

extension String {
  /// Swift's `==` takes canonically equivalent texts for the same; templates compare code points.
  func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
