/// A part of a config: declares its keys while it reads them.
///
/// ```swift
/// struct Optimizer: ConfigSection {
///   var learningRate: Double
///   init(from reader: inout SectionReader) {
///     learningRate = reader.value(
///       "learning_rate", default: 1e-3, .greater(than: 0), "Step size at the peak of the schedule.")
///   }
/// }
/// ```
/// The initialiser never throws. A wrong value is noted and replaced by the default or fallback, so that
/// reading goes on to the next problem. It also runs without any input, to describe its keys; so every
/// key has to be declared on every path through it.
public protocol ConfigSection {
  init(from reader: inout SectionReader)
}

/// Reads the keys of one table, and notes what is wrong and what the keys mean.
public struct SectionReader {
  enum Mode { case decoding, describing }

  /// The dotted path of the section; empty at the root.
  public let path: String
  let mode: Mode
  /// The section as it was given.
  let node: ConfigNode
  /// Where to report what the section lacks.
  let place: Place
  /// Declared so far, in order.
  var known: [String] = []
  var problems: [Problem] = []
  var resolved: [ConfigNode.Entry] = []
  var descriptions: [KeyDescription] = []

  init(_ mode: Mode, path: String, node: ConfigNode, place: Place) {
    self.mode = mode
    self.path = path
    self.node = node
    self.place = place
  }

  // MARK: Keys

  /// The value under `key`, or `default` if the key is absent or its value wrong.
  public mutating func value<Value: ConfigValue>(
    _ key: String, default fallback: Value, _ allowed: Allowed<Value>, _ doc: String
  ) -> Value {
    declare(key) {
      KeyDescription(
        key, allowed, default: fallback.configNode, isRequired: false, doc)
    }
    let result = entry(key).flatMap { read($0, allowed) } ?? fallback
    resolved.append(ConfigNode.Entry(key: key, value: result.configNode))
    return result
  }

  /// The value under `key`; nil if the key is absent, null or wrong.
  public mutating func optional<Value: ConfigValue>(
    _ key: String, _ type: Value.Type, _ allowed: Allowed<Value>, _ doc: String
  ) -> Value? {
    declare(key) {
      KeyDescription(key, allowed, default: ConfigNode(.null), isRequired: false, doc)
    }
    var result: Value?
    if let entry = entry(key), entry.value.value != .null { result = read(entry, allowed) }
    resolved.append(ConfigNode.Entry(key: key, value: result?.configNode ?? ConfigNode(.null)))
    return result
  }

  /// The value under `key`; nil if it is null, `default` if the key is absent or its value wrong.
  public mutating func optional<Value: ConfigValue>(
    _ key: String, _ type: Value.Type, default fallback: Value, _ allowed: Allowed<Value>,
    _ doc: String
  ) -> Value? {
    declare(key) {
      KeyDescription(
        key, allowed, default: fallback.configNode, isRequired: false, doc)
    }
    var result: Value? = fallback
    if let entry = entry(key) {
      result = entry.value.value == .null ? nil : read(entry, allowed) ?? fallback
    }
    resolved.append(ConfigNode.Entry(key: key, value: result?.configNode ?? ConfigNode(.null)))
    return result
  }

  /// The value under `key`. Its absence is a problem; `fallback` lets reading go on.
  public mutating func required<Value: ConfigValue>(
    _ key: String, fallback: Value, _ allowed: Allowed<Value>, _ doc: String
  ) -> Value {
    declare(key) { KeyDescription(key, allowed, default: nil, isRequired: true, doc) }
    guard let entry = entry(key) else {
      problems.append(.missingKey(path: path(to: key), place: place, allowed: allowed.words))
      return fallback
    }
    let result = read(entry, allowed) ?? fallback
    resolved.append(ConfigNode.Entry(key: key, value: result.configNode))
    return result
  }

  /// One of the cases of an enumeration, by raw value.
  public mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, default fallback: Choice, _ doc: String
  ) -> Choice where Choice.RawValue == String {
    let names = Choice.allCases.map(\.rawValue)
    declare(key) {
      KeyDescription(
        key, .oneOf(names), default: fallback.rawValue.configNode, isRequired: false, doc)
    }
    var result = fallback
    if let entry = entry(key), let name = read(entry, Allowed<String>.anyName(of: names)) {
      if let named = Choice(rawValue: name) {
        result = named
      } else {
        reportUnknownName(name, path: path(to: key), place: entry.value.place, known: names)
      }
    }
    resolved.append(ConfigNode.Entry(key: key, value: result.rawValue.configNode))
    return result
  }

  /// One of the cases of an enumeration, by raw value. Its absence is a problem; `fallback` lets reading
  /// go on.
  public mutating func requiredChoice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, fallback: Choice, _ doc: String
  ) -> Choice where Choice.RawValue == String {
    let names = Choice.allCases.map(\.rawValue)
    if contains(key) || mode == .describing {
      let result = choice(key, default: fallback, doc)
      if mode == .describing {
        descriptions[descriptions.count - 1] = KeyDescription(
          key, .oneOf(names), default: nil, isRequired: true, doc)
      }
      return result
    }
    known.append(key)
    problems.append(
      .missingKey(
        path: path(to: key), place: place, allowed: Allowed<String>.anyName(of: names).words))
    return fallback
  }

  /// One of the cases of an enumeration, by raw value; nil if the key is absent or null.
  public mutating func optionalChoice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _ type: Choice.Type, _ doc: String
  ) -> Choice? where Choice.RawValue == String {
    let names = Choice.allCases.map(\.rawValue)
    declare(key) {
      KeyDescription(
        key, .oneOf(names), default: ConfigNode(.null), isRequired: false, doc)
    }
    var result: Choice?
    if let entry = entry(key), entry.value.value != .null,
      let name = read(entry, Allowed<String>.anyName(of: names))
    {
      result = Choice(rawValue: name)
      if result == nil {
        reportUnknownName(name, path: path(to: key), place: entry.value.place, known: names)
      }
    }
    resolved.append(
      ConfigNode.Entry(key: key, value: result?.rawValue.configNode ?? ConfigNode(.null)))
    return result
  }

  // MARK: Keys that take every value of their type

  /// `value` for a key that takes every value of its type.
  public mutating func value<Value: ConfigValue>(
    _ key: String, default fallback: Value, _ doc: String
  ) -> Value {
    value(key, default: fallback, .any, doc)
  }

  /// `optional` for a key that takes every value of its type.
  public mutating func optional<Value: ConfigValue>(
    _ key: String, _ type: Value.Type, _ doc: String
  ) -> Value? {
    optional(key, type, .any, doc)
  }

  /// `required` for a key that takes every value of its type.
  public mutating func required<Value: ConfigValue>(
    _ key: String, fallback: Value, _ doc: String
  ) -> Value {
    required(key, fallback: fallback, .any, doc)
  }

  // MARK: Checks across keys

  /// Whether the section as given has the key.
  public func contains(_ key: String) -> Bool { entry(key) != nil }

  /// Whether the section as given has the key with null.
  public func isNull(_ key: String) -> Bool { entry(key)?.value.value == .null }

  /// Notes a problem that no single key shows, at `key` if that is present and at the section otherwise.
  ///
  /// A dotted key (`trainer.batch_size`) reaches into the section's own sections. Nothing is noted where
  /// the key already has a problem: the value checked was then a fallback.
  public mutating func report(_ key: String, _ message: String) {
    let path = path(to: key)
    guard !problems.contains(where: { $0.path.covers(path) }) else { return }
    var place = place
    var table = node
    for part in key.split(separator: ".") {
      guard case .table(let entries) = table.value,
        let entry = entries.first(where: { $0.key == part })
      else { break }
      place = entry.place
      table = entry.value
    }
    problems.append(.custom(path: path, place: place, message: message))
  }

  // MARK: Inside

  /// Remembers a key of this section; what it means only if somebody asks.
  mutating func declare(_ key: String, _ description: () -> KeyDescription) {
    precondition(
      !known.contains(key), "config: key '\(path(to: key))' is declared twice in one section")
    known.append(key)
    if mode == .describing { descriptions.append(description()) }
  }

  /// Remembers another name of the key declared last.
  mutating func declareOtherName(_ name: String) {
    precondition(
      !known.contains(name), "config: key '\(path(to: name))' is declared twice in one section")
    known.append(name)
  }

  func entry(_ key: String) -> ConfigNode.Entry? {
    guard case .table(let entries) = node.value else { return nil }
    return entries.first { $0.key == key }
  }

  func path(to key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The value of an entry, or nil after noting what is wrong with it.
  mutating func read<Value: ConfigValue>(
    _ entry: ConfigNode.Entry, _ allowed: Allowed<Value>
  ) -> Value? {
    let path = path(to: entry.key)
    let value: Value
    do throws(ConfigMismatch) {
      value = try Value.read(entry.value)
    } catch {
      // The range belongs to the whole value, so it is named only if that is what was wrong.
      let isWhole = error.subpath.isEmpty && error.expected == Value.words.one
      problems.append(
        .wrongType(
          path: path + error.subpath, place: error.place, found: error.found,
          expected: isWhole ? allowed.words : error.expected))
      return nil
    }
    guard allowed.contains(value) else {
      problems.append(
        .outOfRange(
          path: path, place: entry.value.place, value: Wording.text(entry.value),
          allowed: allowed.words))
      return nil
    }
    return value
  }

  mutating func reportUnknownName(_ name: String, path: String, place: Place, known: [String]) {
    problems.append(
      .unknownName(
        path: path, place: place, name: name, closest: nearestName(to: name, among: known),
        known: known))
  }

  /// Notes the keys nobody declared. A missing key that was only misspelt is one problem, not two.
  mutating func finish() {
    guard case .table(let entries) = node.value else { return }
    for entry in entries where !known.contains(entry.key) {
      let absent = known.filter { key in !entries.contains { $0.key == key } }
      var closest = nearestName(to: entry.key, among: absent)
      if let closest {
        let meant = path(to: closest)
        problems.removeAll { $0.isMissingKey && meant.covers($0.path) }
      } else {
        closest = nearestName(to: entry.key, among: known)
      }
      problems.append(
        .unknownKey(
          path: path(to: Wording.printable(entry.key)), place: entry.place, closest: closest,
          known: known))
    }
  }
}

extension String {
  /// Whether this key path is `other` or leads to it.
  fileprivate func covers(_ other: String) -> Bool {
    self == other || other.hasPrefix(self + ".")
  }
}

extension Problem {
  fileprivate var isMissingKey: Bool { if case .missingKey = self { true } else { false } }
}
