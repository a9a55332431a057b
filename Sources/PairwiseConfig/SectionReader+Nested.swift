/// One form that a variant can take, chosen by the discriminator's value.
public struct VariantOption<Value>: Sendable {
  public let name: String
  /// Other names it answers to; the resolved config has `name`.
  public let aliases: [String]
  public let doc: String
  /// Declares and reads the option's own keys, as a `ConfigSection`'s initialiser does.
  public let read: @Sendable (inout SectionReader) -> Value

  public init(
    _ name: String, aliases: [String] = [], _ doc: String,
    read: @escaping @Sendable (inout SectionReader) -> Value
  ) {
    self.name = name
    self.aliases = aliases
    self.doc = doc
    self.read = read
  }
}

extension SectionReader {
  /// A section under `key`. An absent one reads as an empty table, so its required keys are reported.
  public mutating func section<Section: ConfigSection>(
    _ key: String, _ type: Section.Type, _ doc: String
  ) -> Section {
    var inner = reader(for: key)
    let result = Section(from: &inner)
    inner.finish()
    declare(key) { KeyDescription(key, section: inner.descriptions, doc) }
    absorb(inner, under: key)
    return result
  }

  /// A section under `key` whose keys depend on one of them, as `{name: dpo, beta: 0.1}`.
  ///
  /// - Parameters:
  ///   - name: the option where the discriminator is absent; nil makes it a required key.
  ///   - list: what a list in place of the table is short for.
  /// - Returns: nil when no option could be told, which has then been noted.
  public mutating func variant<Value>(
    _ key: String, discriminator: String, options: [VariantOption<Value>], default name: String?,
    list: KeyDescription.ListForm? = nil, _ doc: String
  ) -> Value? {
    precondition(!options.isEmpty, "config: variant '\(path(to: key))' has no options")
    var inner = reader(for: key, list: list, discriminator)
    if mode == .describing {
      let described = options.map { ($0, inner.describe($0, discriminator: discriminator)) }
      let keys = described.map { option, result in
        KeyDescription.Option(
          name: option.name, aliases: option.aliases, doc: option.doc, keys: result.keys)
      }
      declare(key) {
        KeyDescription(
          key, discriminator: discriminator, options: keys, default: name, list: list, doc)
      }
      return (described.first { $0.0.name == name } ?? described[0]).1.value
    }
    let result = inner.readVariant(discriminator: discriminator, options: options, default: name)
    declare(key) { KeyDescription(key, section: [], doc) }
    absorb(inner, under: key)
    return result
  }

  /// A list of sections under `key` whose keys depend on one of them.
  ///
  /// - Parameter isRequired: whether the key must be there with an element at least; else it may be absent
  ///   or empty.
  public mutating func variants<Value>(
    _ key: String, discriminator: String, options: [VariantOption<Value>],
    isRequired: Bool = true, _ doc: String
  ) -> [Value] {
    if mode == .describing {
      let keys = options.map { option in
        KeyDescription.Option(
          name: option.name, aliases: option.aliases, doc: option.doc,
          keys: describe(option, discriminator: discriminator).keys)
      }
      declare(key) {
        KeyDescription(
          key, listOf: discriminator, options: keys, isRequired: isRequired, doc)
      }
      return []
    }
    let allowed = "a list of tables with '\(discriminator)'"
    declare(key) { KeyDescription(key, section: [], doc) }
    guard let entry = entry(key) else {
      if isRequired {
        problems.append(.missingKey(path: path(to: key), place: place, allowed: allowed))
      } else {
        resolved.append(ConfigNode.Entry(key: key, value: ConfigNode(.list([]))))
      }
      return []
    }
    guard case .list(let items) = entry.value.value, !(items.isEmpty && isRequired) else {
      problems.append(
        .wrongType(
          path: path(to: key), place: entry.value.place, found: Wording.described(entry.value),
          expected: allowed))
      return []
    }
    var values: [Value] = []
    var shown: [ConfigNode] = []
    for (index, item) in items.enumerated() {
      let itemPath = "\(path(to: key))[\(index)]"
      guard case .table = item.value else {
        problems.append(
          .wrongType(
            path: itemPath, place: item.place, found: Wording.described(item), expected: "a table"))
        continue
      }
      var inner = SectionReader(mode, path: itemPath, node: item, place: item.place)
      let value = inner.readVariant(
        discriminator: discriminator, options: options, default: nil)
      if let value { values.append(value) }
      problems += inner.problems
      shown.append(ConfigNode(.table(inner.resolved)))
    }
    resolved.append(ConfigNode.Entry(key: key, value: ConfigNode(.list(shown))))
    return values
  }

  /// A reader for the table under `key`; anything but a table has been noted and reads as empty.
  ///
  /// - Parameter list: what a list is short for.
  private mutating func reader(
    for key: String, list: KeyDescription.ListForm? = nil, _ discriminator: String = ""
  ) -> SectionReader {
    let path = path(to: key)
    let empty = ConfigNode(.table([]))
    guard mode == .decoding, let entry = entry(key) else {
      return SectionReader(mode, path: path, node: empty, place: place)
    }
    if let list, case .list = entry.value.value {
      let table = list.table(of: entry.value, discriminator)
      return SectionReader(mode, path: path, node: table, place: entry.place)
    }
    if case .table = entry.value.value {
      return SectionReader(mode, path: path, node: entry.value, place: entry.place)
    }
    problems.append(
      .wrongType(
        path: path, place: entry.value.place, found: Wording.described(entry.value),
        expected: "a table"))
    // What an empty table lacks is no news here.
    return SectionReader(.describing, path: path, node: empty, place: entry.place)
  }

  private mutating func absorb(_ inner: SectionReader, under key: String) {
    if inner.mode == .decoding { problems += inner.problems }
    resolved.append(ConfigNode.Entry(key: key, value: ConfigNode(.table(inner.resolved))))
  }

  /// Reads this section as the option its discriminator names.
  mutating func readVariant<Value>(
    discriminator: String, options: [VariantOption<Value>], default name: String?
  ) -> Value? {
    guard mode == .decoding else { return nil }
    known.append(discriminator)
    let names = options.map(\.name)
    guard let chosen = chosenName(discriminator, names, default: name) else { return nil }
    let option = options.first { $0.name == chosen.text || $0.aliases.contains(chosen.text) }
    guard let option else {
      let candidates = names + options.flatMap(\.aliases)
      problems.append(
        .unknownName(
          path: path(to: discriminator), place: chosen.place, name: chosen.text,
          closest: nearestName(to: chosen.text, among: candidates), known: names))
      return nil
    }
    resolved.append(ConfigNode.Entry(discriminator, .string(option.name)))
    let result = option.read(&self)
    finish()
    return result
  }

  /// The discriminator's value or its default, or nil after noting why there is none.
  private mutating func chosenName(
    _ discriminator: String, _ names: [String], default name: String?
  ) -> (text: String, place: Place)? {
    if let entry = entry(discriminator) {
      return read(entry, Allowed<String>.anyName(of: names)).map { ($0, entry.value.place) }
    }
    if let name { return (name, place) }
    // Without an option no other key can be judged; a near miss is most likely the discriminator.
    if case .table(let entries) = node.value,
      let near = entries.first(where: { nearestName(to: $0.key, among: known) != nil })
    {
      problems.append(
        .unknownKey(
          path: path(to: Wording.printable(near.key)), place: near.place, closest: discriminator,
          known: known))
    } else {
      problems.append(
        .missingKey(
          path: path(to: discriminator), place: place,
          allowed: Allowed<String>.anyName(of: names).words))
    }
    return nil
  }

  /// Runs an option without input for what it declares.
  func describe<Value>(
    _ option: VariantOption<Value>, discriminator: String
  ) -> (value: Value, keys: [KeyDescription]) {
    var reader = SectionReader(
      .describing, path: path, node: ConfigNode(.table([])), place: .none)
    reader.known.append(discriminator)
    let value = option.read(&reader)
    return (value, reader.descriptions)
  }
}
