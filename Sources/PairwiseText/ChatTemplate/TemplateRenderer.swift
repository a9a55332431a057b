internal import PairwiseConfig

/// Carries out the statements of a template.
struct TemplateRenderer {
  /// Whether a loop goes on behind a statement.
  enum Flow { case goesOn, leavesLoop, nextTurn }

  private(set) var output = ""
  var budget: TemplateBudget
  /// Names from the outermost scope to the innermost.
  private var scopes: [[String: TemplateValue]]
  var namespaces: [[String: TemplateValue]] = []
  /// With the number of scopes each one sees.
  private var macros: [(macro: TemplateMacro, scopes: Int)] = []
  private var depth = 0

  /// Evaluations inside one another, which bounds recursive macros and so the stack.
  private static let maxDepth = 400
  /// Lists and mappings inside one another.
  private static let maxDataDepth = 32

  init(_ names: [String: TemplateValue], _ limits: ChatTemplate.Limits) {
    scopes = [names, [:]]
    budget = TemplateBudget(limits)
  }

  mutating func enter() throws(TemplateFailure) {
    try budget.spend(1)
    depth += 1
    guard depth <= TemplateRenderer.maxDepth else {
      throw TemplateFailure("more than \(TemplateRenderer.maxDepth) evaluations inside one another")
    }
  }

  mutating func leave() { depth -= 1 }

  // MARK: Names

  func value(of name: String) -> TemplateValue {
    for scope in scopes.reversed() {
      if let value = scope[name] { return value }
    }
    return .undefined("'\(Wording.printable(name))'")
  }

  private mutating func set(_ name: String, _ value: TemplateValue) {
    scopes[scopes.count - 1][name] = value
  }

  private mutating func assign(
    _ target: TemplateTarget, _ value: TemplateValue
  ) throws(TemplateFailure) {
    switch target {
    case .name(let name): set(name, value)
    case .attribute(let object, let name):
      guard case .namespace(let index) = self.value(of: object) else {
        throw TemplateFailure(
          "attributes can only be set on a namespace, '\(object)' is \(self.value(of: object).words)"
        )
      }
      guard value.isData else {
        throw TemplateFailure("a namespace cannot hold \(value.words)")
      }
      namespaces[index][name] = value
    case .tuple(let targets):
      let values = try items(of: value)
      guard values.count == targets.count else {
        throw TemplateFailure("expected \(targets.count) values, found \(values.count)")
      }
      for (target, value) in zip(targets, values) { try assign(target, value) }
    }
  }

  // MARK: Statements

  mutating func run(_ statements: [TemplateStatement]) throws(TemplateFailure) -> Flow {
    for statement in statements {
      do throws(TemplateFailure) {
        let flow = try run(statement)
        if flow != .goesOn { return flow }
      } catch {
        throw error.at(statement.line)
      }
    }
    return .goesOn
  }

  private mutating func run(_ statement: TemplateStatement) throws(TemplateFailure) -> Flow {
    try enter()
    defer { leave() }
    switch statement.kind {
    case .text(let text): try write(text)
    case .output(let expression): try write(try text(of: try evaluate(expression)))
    case .branches(let branches):
      for branch in branches {
        let holds = try branch.condition.map { condition throws(TemplateFailure) in
          try evaluate(condition).isTrue
        }
        if holds ?? true { return try run(branch.body) }
      }
    case .loop(let target, let items, let condition, let body, let otherwise):
      return try loop(target, items, condition, body, otherwise)
    case .assign(let target, let expression): try assign(target, try evaluate(expression))
    case .capture(let target, let body):
      let text = try captured { renderer throws(TemplateFailure) in
        _ = try renderer.scoped([:], body)
      }
      try assign(target, .string(text))
    case .scope(let values, let body):
      var names: [String: TemplateValue] = [:]
      for (name, expression) in values { names[name] = try evaluate(expression) }
      return try scoped(names, body)
    case .macro(let macro):
      macros.append((macro, scopes.count))
      set(macro.name, .macro(macros.count - 1))
    case .leaveLoop: return .leavesLoop
    case .nextTurn: return .nextTurn
    }
    return .goesOn
  }

  private mutating func write(_ text: String) throws(TemplateFailure) {
    try budget.output(bytes: text.utf8.count)
    output += text
  }

  private mutating func scoped(
    _ names: [String: TemplateValue], _ body: [TemplateStatement]
  ) throws(TemplateFailure) -> Flow {
    scopes.append(names)
    defer { scopes.removeLast() }
    return try run(body)
  }

  /// What a piece of template writes, as a value instead of output.
  private mutating func captured(
    _ body: (inout TemplateRenderer) throws(TemplateFailure) -> Void
  ) throws(TemplateFailure) -> String {
    let outer = output
    output = ""
    try body(&self)
    let text = output
    output = outer
    return text
  }

  private mutating func loop(
    _ target: TemplateTarget, _ source: TemplateExpression, _ condition: TemplateExpression?,
    _ body: [TemplateStatement], _ otherwise: [TemplateStatement]
  ) throws(TemplateFailure) -> Flow {
    var items = try items(of: try evaluate(source))
    if let condition {
      var kept: [TemplateValue] = []
      for item in items {
        scopes.append([:])
        defer { scopes.removeLast() }
        try assign(target, item)
        if try evaluate(condition).isTrue { kept.append(item) }
      }
      items = kept
    }
    if items.isEmpty { return try scoped([:], otherwise) }
    for index in items.indices {
      try budget.spend(1)
      scopes.append(["loop": .loop(TemplateLoop(items: items, index: index))])
      defer { scopes.removeLast() }
      try assign(target, items[index])
      if try run(body) == .leavesLoop { break }
    }
    return .goesOn
  }

  // MARK: Macros

  mutating func call(
    macro index: Int, _ positional: [TemplateValue], _ named: [(name: String, value: TemplateValue)]
  ) throws(TemplateFailure) -> TemplateValue {
    try enter()
    defer { leave() }
    let (macro, visible) = macros[index]
    guard positional.count <= macro.parameters.count else {
      throw TemplateFailure(
        "macro '\(macro.name)' takes \(macro.parameters.count) arguments, found \(positional.count)"
      )
    }
    var names: [String: TemplateValue] = [:]
    for (parameter, value) in zip(macro.parameters, positional) { names[parameter.name] = value }
    for (name, value) in named {
      guard names[name] == nil, macro.parameters.contains(where: { $0.name == name }) else {
        throw TemplateFailure("macro '\(macro.name)' takes no argument '\(name)' here")
      }
      names[name] = value
    }
    let hidden = Array(scopes[min(visible, scopes.count)...])
    scopes.removeLast(hidden.count)
    scopes.append(names)
    defer {
      scopes.removeLast()
      scopes += hidden
    }
    for parameter in macro.parameters where names[parameter.name] == nil {
      if let standard = parameter.standard {
        set(parameter.name, try evaluate(standard))
      } else {
        set(parameter.name, .undefined("'\(parameter.name)'"))
      }
    }
    return .string(
      try captured { renderer throws(TemplateFailure) in _ = try renderer.run(macro.body) })
  }

  // MARK: Data

  /// A list or mapping if it is plain data and not nested too deep.
  mutating func checked(
    _ value: TemplateValue, holding items: some Sequence<TemplateValue>
  ) throws(TemplateFailure) -> TemplateValue {
    for item in items where !item.isData {
      throw TemplateFailure("lists and mappings cannot hold \(item.words)")
    }
    guard value.depth <= TemplateRenderer.maxDataDepth else {
      throw TemplateFailure(
        "lists or mappings nested more than \(TemplateRenderer.maxDataDepth) deep")
    }
    return value
  }

  /// What a loop over a value goes through: items, keys of a mapping, characters of a string.
  mutating func items(of value: TemplateValue) throws(TemplateFailure) -> [TemplateValue] {
    switch value {
    case .list(let list):
      try budget.spend(1)
      return list.items
    case .table(let table):
      try budget.spend(items: table.entries.count)
      return table.entries.map { .string($0.key) }
    case .string(let text):
      try budget.spend(items: text.utf8.count)
      return text.unicodeScalars.map { .string(String(Character($0))) }
    case .undefined: return []
    default: throw TemplateFailure("\(value.words) cannot be gone through")
    }
  }
}
