internal import PairwiseConfig

extension TemplateRenderer {
  mutating func evaluate(
    _ expression: TemplateExpression
  ) throws(TemplateFailure) -> TemplateValue {
    do throws(TemplateFailure) {
      try enter()
      let value = try value(of: expression)
      leave()
      return value
    } catch {
      throw error.at(expression.line)
    }
  }

  private mutating func value(
    of expression: TemplateExpression
  ) throws(TemplateFailure) -> TemplateValue {
    switch expression.kind {
    case .constant(let value): return value
    case .name(let name): return value(of: name)
    case .attribute(let object, let name): return try attribute(name, of: try evaluate(object))
    case .item(let object, let index):
      return try item(try evaluate(index), of: try evaluate(object))
    case .slice(let object, let from, let to, let step):
      return try slice(object, from, to, step)
    case .call(let function, let arguments): return try call(function, arguments)
    case .filter(let value, let name, let arguments):
      return try filter(name, try evaluate(value), try evaluate(arguments))
    case .test(let value, let name, let arguments):
      return .bool(try test(name, try evaluate(value), try evaluate(arguments)))
    case .unary(let operation, let operand): return try unary(operation, try evaluate(operand))
    case .binary(let operation, let left, let right):
      return try binary(operation, try evaluate(left), try evaluate(right))
    case .comparison(let first, let links): return try comparison(first, links)
    case .and(let left, let right):
      let value = try evaluate(left)
      return value.isTrue ? try evaluate(right) : value
    case .or(let left, let right):
      let value = try evaluate(left)
      return value.isTrue ? value : try evaluate(right)
    case .conditional(let condition, let then, let otherwise):
      if try evaluate(condition).isTrue { return try evaluate(then) }
      if let otherwise { return try evaluate(otherwise) }
      return .undefined("value of an 'if' without 'else'")
    case .list(let items, let isTuple): return try list(items, isTuple: isTuple)
    case .table(let entries): return try table(entries)
    }
  }

  private mutating func list(
    _ items: [TemplateExpression], isTuple: Bool
  ) throws(TemplateFailure) -> TemplateValue {
    var values: [TemplateValue] = []
    for item in items { values.append(try evaluate(item)) }
    return try list(values, isTuple: isTuple)
  }

  /// A list of values, paid for and checked.
  mutating func list(
    _ values: [TemplateValue], isTuple: Bool = false
  ) throws(TemplateFailure) -> TemplateValue {
    try budget.spend(items: values.count)
    return try checked(.list(values, isTuple: isTuple), holding: values)
  }

  private mutating func table(
    _ entries: [(key: TemplateExpression, value: TemplateExpression)]
  ) throws(TemplateFailure) -> TemplateValue {
    var values: [(key: String, value: TemplateValue)] = []
    for (key, value) in entries {
      guard case .string(let name) = try evaluate(key) else {
        throw TemplateFailure("keys of mappings have to be strings here")
      }
      let value = try evaluate(value)
      if let known = values.firstIndex(where: { $0.key.hasSameBytes(as: name) }) {
        values[known].value = value
      } else {
        values.append((name, value))
      }
    }
    return try table(values)
  }

  mutating func table(
    _ entries: [(key: String, value: TemplateValue)]
  ) throws(TemplateFailure) -> TemplateValue {
    try budget.spend(items: entries.count)
    return try checked(.table(TemplateTable(entries)), holding: entries.lazy.map(\.value))
  }

  // MARK: Attributes and items

  private mutating func attribute(
    _ name: String, of object: TemplateValue
  ) throws(TemplateFailure) -> TemplateValue {
    switch object {
    case .undefined(let what): throw TemplateFailure("\(what) is undefined, it has no '\(name)'")
    case .table(let table):
      try budget.spend(table.entries.count)
      if TemplateRenderer.tableMethods.contains(name) { return .method(name) }
      return table[name] ?? .undefined("attribute '\(Wording.printable(name))'")
    case .string where TemplateRenderer.stringMethods.contains(name): return .method(name)
    case .namespace(let index):
      return namespaces[index][name] ?? .undefined("attribute '\(Wording.printable(name))'")
    case .loop(let loop): return try TemplateRenderer.attribute(name, of: loop)
    default: return .undefined("attribute '\(Wording.printable(name))' of \(object.words)")
    }
  }

  private static func attribute(
    _ name: String, of loop: TemplateLoop
  ) throws(TemplateFailure) -> TemplateValue {
    let (index, count) = (loop.index, loop.items.count)
    switch name {
    case "index": return .int(index + 1)
    case "index0": return .int(index)
    case "revindex": return .int(count - index)
    case "revindex0": return .int(count - index - 1)
    case "first": return .bool(index == 0)
    case "last": return .bool(index == count - 1)
    case "length": return .int(count)
    // Jinja2 counts recursive calls of one loop, which there are none of here.
    case "depth": return .int(1)
    case "depth0": return .int(0)
    case "previtem":
      return index > 0 ? loop.items[index - 1] : .undefined("item before the first one")
    case "nextitem":
      return index + 1 < count ? loop.items[index + 1] : .undefined("item behind the last one")
    default: throw TemplateFailure("'loop.\(Wording.printable(name))' is not supported")
    }
  }

  mutating func item(
    _ index: TemplateValue, of object: TemplateValue
  ) throws(TemplateFailure) -> TemplateValue {
    switch (object, index) {
    case (.undefined(let what), _): throw TemplateFailure("\(what) is undefined, it has no items")
    case (.table(let table), .string(let key)):
      try budget.spend(bytes: 16 * table.entries.count + key.utf8.count)
      if let value = table[key] { return value }
      if TemplateRenderer.tableMethods.contains(key) { return .method(key) }
      return .undefined("item '\(Wording.printable(key))'")
    case (.namespace, .string(let name)), (.loop, .string(let name)):
      return try attribute(name, of: object)
    case (.list(let list), _):
      guard let index = index.asInt else { break }
      let place = index < 0 ? index + list.items.count : index
      return list.items.indices.contains(place) ? list.items[place] : .undefined("item \(index)")
    case (.string(let text), _):
      guard let index = index.asInt else { break }
      try budget.spend(bytes: text.utf8.count)
      let scalars = text.unicodeScalars
      let count = scalars.count
      let place = index < 0 ? index + count : index
      guard (0..<count).contains(place) else { return .undefined("character \(index)") }
      return .string(String(Character(scalars[scalars.index(scalars.startIndex, offsetBy: place)])))
    default: break
    }
    return .undefined("item of \(object.words)")
  }

  private mutating func slice(
    _ object: TemplateExpression, _ from: TemplateExpression?, _ to: TemplateExpression?,
    _ step: TemplateExpression?
  ) throws(TemplateFailure) -> TemplateValue {
    let object = try evaluate(object)
    let from = try bound(from)
    let to = try bound(to)
    let step = try bound(step) ?? 1
    switch object {
    case .list(let list):
      let places = try places(from, to, step, count: list.items.count)
      return try self.list(places.map { list.items[$0] }, isTuple: list.isTuple)
    case .string(let text):
      try budget.spend(items: text.utf8.count)
      let scalars = Array(text.unicodeScalars)
      var result = String.UnicodeScalarView()
      for place in try places(from, to, step, count: scalars.count) {
        result.append(scalars[place])
      }
      return .string(String(result))
    case .undefined(let what): throw TemplateFailure("\(what) is undefined, it cannot be sliced")
    default: throw TemplateFailure("\(object.words) cannot be sliced")
    }
  }

  private mutating func bound(
    _ expression: TemplateExpression?
  ) throws(TemplateFailure) -> Int? {
    guard let expression else { return nil }
    let value = try evaluate(expression)
    if case .none = value { return nil }
    guard let bound = value.asInt else {
      throw TemplateFailure("a slice needs integers, found \(value.words)")
    }
    return bound
  }

  /// The places a slice picks, as Python counts them.
  private mutating func places(
    _ from: Int?, _ to: Int?, _ step: Int, count: Int
  ) throws(TemplateFailure) -> [Int] {
    guard step != 0 else { throw TemplateFailure("the step of a slice cannot be 0") }
    func place(_ index: Int, _ range: ClosedRange<Int>) -> Int {
      let place = index < 0 ? index + count : index
      return min(max(place, range.lowerBound), range.upperBound)
    }
    let range = step > 0 ? 0...count : -1...(count - 1)
    let start = from.map { place($0, range) } ?? (step > 0 ? 0 : count - 1)
    let end = to.map { place($0, range) } ?? (step > 0 ? count : -1)
    // A longer step picks the same places and cannot overflow.
    let stepped = min(max(step, -count - 1), count + 1)
    let places = Array(stride(from: start, to: end, by: stepped))
    try budget.spend(items: places.count)
    return places
  }

  // MARK: Calls

  /// What is passed, evaluated.
  struct Arguments {
    var positional: [TemplateValue] = []
    var named: [(name: String, value: TemplateValue)] = []

    /// The argument at a place or under a name.
    func value(_ place: Int, _ name: String) -> TemplateValue? {
      if place < positional.count { return positional[place] }
      return named.first { $0.name == name }?.value
    }

    var isEmpty: Bool { positional.isEmpty && named.isEmpty }
  }

  private mutating func evaluate(
    _ arguments: TemplateArguments
  ) throws(TemplateFailure) -> Arguments {
    var values = Arguments()
    for argument in arguments.positional { values.positional.append(try evaluate(argument)) }
    for (name, argument) in arguments.named { values.named.append((name, try evaluate(argument))) }
    return values
  }

  private mutating func call(
    _ function: TemplateExpression, _ arguments: TemplateArguments
  ) throws(TemplateFailure) -> TemplateValue {
    if case .attribute(let object, let name) = function.kind {
      let object = try evaluate(object)
      let arguments = try evaluate(arguments)
      return try method(name, of: object, arguments)
    }
    let value = try evaluate(function)
    let arguments = try evaluate(arguments)
    switch value {
    case .macro(let index): return try call(macro: index, arguments.positional, arguments.named)
    case .function(let function): return try call(function, arguments)
    case .undefined(let what): throw TemplateFailure("function \(what) is not supported")
    default: throw TemplateFailure("\(value.words) cannot be called")
    }
  }

  private mutating func call(
    _ function: TemplateFunction, _ arguments: Arguments
  ) throws(TemplateFailure) -> TemplateValue {
    switch function {
    case .raiseException:
      let message = arguments.value(0, "message") ?? .undefined("message")
      let words = Wording.printable(try text(of: message))
      throw TemplateFailure("the template refuses the conversation: \(words)")
    case .namespace:
      var names: [String: TemplateValue] = [:]
      for (name, value) in try entries(arguments) { names[name] = value }
      _ = try checked(.none, holding: names.values)
      namespaces.append(names)
      return .namespace(namespaces.count - 1)
    case .dict: return try table(try entries(arguments))
    case .range: return try range(arguments)
    }
  }

  /// What `dict` and `namespace` take: a mapping, named values, or both.
  private func entries(
    _ arguments: Arguments
  ) throws(TemplateFailure) -> [(key: String, value: TemplateValue)] {
    var entries: [(key: String, value: TemplateValue)] = []
    if let first = arguments.positional.first {
      guard case .table(let table) = first, arguments.positional.count == 1 else {
        throw TemplateFailure("expected a mapping or named values, found \(first.words)")
      }
      entries = table.entries
    }
    for (name, value) in arguments.named {
      entries.removeAll { $0.key.hasSameBytes(as: name) }
      entries.append((name, value))
    }
    return entries
  }

  private mutating func range(_ arguments: Arguments) throws(TemplateFailure) -> TemplateValue {
    let numbers = arguments.positional.compactMap(\.asInt)
    guard numbers.count == arguments.positional.count, (1...3).contains(numbers.count),
      arguments.named.isEmpty
    else { throw TemplateFailure("'range' takes 1 to 3 integers") }
    let step = numbers.count == 3 ? numbers[2] : 1
    let (start, end) = numbers.count == 1 ? (0, numbers[0]) : (numbers[0], numbers[1])
    guard step != 0 else { throw TemplateFailure("the step of 'range' cannot be 0") }
    let (distance, overflow) = end.subtractingReportingOverflow(start)
    guard !overflow, distance > -100_000, distance < 100_000 else {
      throw TemplateFailure("'range' is limited to 100000 numbers")
    }
    guard distance != 0, (distance > 0) == (step > 0) else { return try list([]) }
    let (length, width) = (distance.magnitude, step.magnitude)
    let count = Int((length - 1) / width) + 1
    try budget.spend(items: count)
    return try list((0..<count).map { .int(start + $0 * step) })
  }
}
