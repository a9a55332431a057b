/// What a key's value may be, as a test, in words and as JSON Schema keywords.
public struct Allowed<Value: ConfigValue>: Sendable {
  let contains: @Sendable (Value) -> Bool
  /// The whole expectation: `a number > 0`.
  let words: String
  /// Replaces or joins the type's own keywords.
  let keywords: [ConfigNode.Entry]

  private init(
    _ words: String, _ keywords: [ConfigNode.Entry],
    _ contains: @escaping @Sendable (Value) -> Bool
  ) {
    self.words = words
    self.keywords = keywords
    self.contains = contains
  }

  /// Every value of the type.
  public static var any: Allowed { Allowed(Value.words.one, []) { _ in true } }

  /// One of a few values.
  public static func oneOf(_ values: [Value]) -> Allowed {
    let words = Wording.alternatives(values.map { Wording.text($0.configNode) })
    return Allowed(words, [.init("enum", .list(values.map(\.configNode)))]) {
      values.contains($0)
    }
  }

  /// A list whose items are all allowed and whose number of items is in `count`.
  public static func each<Item: ConfigValue>(
    _ item: Allowed<Item>, count: ClosedRange<Int> = 0...Int.max
  ) -> Allowed where Value == [Item] {
    var keywords: [ConfigNode.Entry] = [
      .init("items", .table(Item.schemaKeywords.merging(item.keywords)))
    ]
    var words = Value.words.one
    if item.words != Item.words.one { words += ", each \(item.words)" }
    if count.lowerBound > 0 { keywords.append(.init("minItems", .int(count.lowerBound))) }
    if count.upperBound < .max { keywords.append(.init("maxItems", .int(count.upperBound))) }
    switch (count.lowerBound, count.upperBound) {
    case (0, .max): break
    case (let low, .max): words += ", at least \(low) of them"
    case (let low, let high) where low == high: words += ", exactly \(low) of them"
    case (let low, let high): words += ", \(low) to \(high) of them"
    }
    return Allowed(words, keywords) { items in
      count.contains(items.count) && items.allSatisfy(item.contains)
    }
  }

  /// A range's words and keywords: `an integer >= 1`.
  private static func bounded(
    _ words: String, _ keywords: [(String, Value)],
    _ contains: @escaping @Sendable (Value) -> Bool
  ) -> Allowed {
    let entries = keywords.map { ConfigNode.Entry(key: $0.0, value: $0.1.configNode) }
    return Allowed("\(Value.words.one) \(words)", entries, contains)
  }

  private static func text(_ value: Value) -> String { Wording.text(value.configNode) }
}

extension Allowed where Value: Comparable {
  public static func greater(than bound: Value) -> Allowed {
    bounded("> \(text(bound))", [("exclusiveMinimum", bound)]) { $0 > bound }
  }

  public static func atLeast(_ bound: Value) -> Allowed {
    bounded(">= \(text(bound))", [("minimum", bound)]) { $0 >= bound }
  }

  public static func range(_ range: Range<Value>) -> Allowed {
    bounded(
      "in \(text(range.lowerBound)) ..< \(text(range.upperBound))",
      [("minimum", range.lowerBound), ("exclusiveMaximum", range.upperBound)]
    ) { range.contains($0) }
  }

  public static func closed(_ range: ClosedRange<Value>) -> Allowed {
    bounded(
      "in \(text(range.lowerBound)) ... \(text(range.upperBound))",
      [("minimum", range.lowerBound), ("maximum", range.upperBound)]
    ) { range.contains($0) }
  }

  /// Between two bounds that are themselves refused.
  public static func between(_ low: Value, _ high: Value) -> Allowed {
    bounded(
      "> \(text(low)) and < \(text(high))",
      [("exclusiveMinimum", low), ("exclusiveMaximum", high)]
    ) { low < $0 && $0 < high }
  }
}

extension Allowed where Value == String {
  /// A string with at least one character.
  public static var nonEmpty: Allowed {
    Allowed("a non-empty string", [.init("minLength", .int(1))]) { !$0.isEmpty }
  }

  /// Any string, announced as one of `names`: the reader looks the name up itself.
  static func anyName(of names: [String]) -> Allowed {
    Allowed(names.count == 1 ? names[0] : "one of \(names.joined(separator: ", "))", []) { _ in true
    }
  }
}

extension [ConfigNode.Entry] {
  /// These entries with those of `others` in their stead or behind them.
  func merging(_ others: [ConfigNode.Entry]) -> [ConfigNode.Entry] {
    let kept = filter { entry in !others.contains { $0.key == entry.key } }
    return kept + others
  }
}
