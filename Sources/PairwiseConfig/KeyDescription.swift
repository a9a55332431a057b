/// What a section says about one of its keys; documentation and the JSON Schema are made from these.
public struct KeyDescription: Sendable, Equatable {
  public struct Option: Sendable, Equatable {
    public let name: String
    public let aliases: [String]
    public let doc: String
    public let keys: [KeyDescription]
  }

  public indirect enum Content: Sendable, Equatable {
    /// A plain value: the JSON Schema keywords of what is allowed.
    case value(schema: [ConfigNode.Entry])
    case section([KeyDescription])
    /// - Parameter list: the option and its key that a list in place of the table stands for.
    case variant(
      discriminator: String, options: [Option], default: String?, list: ListForm? = nil)
    /// A list of such tables.
    case variants(discriminator: String, options: [Option])
  }

  /// Which option a list stands for, and under which of its keys the list then is.
  public struct ListForm: Sendable, Equatable {
    public let option: String
    public let key: String

    public init(option: String, key: String) {
      self.option = option
      self.key = key
    }

    /// The table that a list is short for; anything else as it is.
    func table(of node: ConfigNode, _ discriminator: String) -> ConfigNode {
      guard case .list = node.value else { return node }
      return ConfigNode(
        .table([.init(discriminator, .string(option)), .init(key: key, value: node)]),
        place: node.place)
    }
  }

  public let key: String
  public let doc: String
  /// What may stand there, in words: `a number > 0`.
  public let allowed: String
  /// Whether the config is refused without it.
  public let isRequired: Bool
  /// What stands in for an absent key; a null one means "none".
  public let defaultValue: ConfigNode?
  public let content: Content
  /// What another library calls the key; understood in its stead.
  public internal(set) var otherName: String?

  init<Value>(
    _ key: String, _ allowed: Allowed<Value>, default defaultValue: ConfigNode?, isRequired: Bool,
    _ doc: String
  ) {
    self.key = key
    self.doc = doc
    self.allowed = allowed.words
    self.isRequired = isRequired
    self.defaultValue = defaultValue
    content = .value(schema: Value.schemaKeywords.merging(allowed.keywords))
  }

  init(_ key: String, section keys: [KeyDescription], _ doc: String) {
    self.key = key
    self.doc = doc
    allowed = "a table"
    isRequired = keys.contains(where: \.isRequired)
    defaultValue = nil
    content = .section(keys)
  }

  init(
    _ key: String, discriminator: String, options: [Option], default name: String?,
    list: ListForm? = nil, _ doc: String
  ) {
    self.key = key
    self.doc = doc
    allowed =
      "a table with '\(discriminator)'" + (list == nil ? "" : ", or a list of such tables")
    let standard = options.first { $0.name == name }
    isRequired = standard?.keys.contains(where: \.isRequired) ?? true
    defaultValue = nil
    content = .variant(
      discriminator: discriminator, options: options, default: name, list: list)
  }

  init(
    _ key: String, listOf discriminator: String, options: [Option], isRequired: Bool,
    _ doc: String
  ) {
    self.key = key
    self.doc = doc
    allowed = "a list of tables with '\(discriminator)'"
    self.isRequired = isRequired
    defaultValue = isRequired ? nil : ConfigNode(.list([]))
    content = .variants(discriminator: discriminator, options: options)
  }

  // MARK: JSON Schema

  /// The JSON Schema of what stands under the key.
  var schema: ConfigNode {
    let description = ConfigNode.Entry("description", .string(doc))
    switch content {
    case .value(let keywords):
      // A default of null is an optional key: null is allowed beside the values.
      if let defaultValue, defaultValue.value == .null {
        let null = ConfigNode(.table([.init("type", .string("null"))]))
        return ConfigNode(
          .table([
            description, .init("anyOf", .list([ConfigNode(.table(keywords)), null])),
            .init("default", .null),
          ]))
      }
      let standard = defaultValue.map { [ConfigNode.Entry("default", $0.value)] } ?? []
      return ConfigNode(.table([description] + keywords + standard))
    case .section(let keys):
      return ConfigNode(.table([description] + Self.objectSchema(keys)))
    case .variant(let discriminator, let options, let name, let list):
      var forms = options.map { option in
        option.schema(discriminator: discriminator, isDefault: option.name == name)
      }
      if let list, let option = options.first(where: { $0.name == list.option }),
        let key = option.keys.first(where: { $0.key == list.key })
      {
        forms.append(key.schema)
      }
      return ConfigNode(.table([description, .init("oneOf", .list(forms))]))
    case .variants(let discriminator, let options):
      let forms = options.map { $0.schema(discriminator: discriminator, isDefault: false) }
      let item = ConfigNode(.table([.init("oneOf", .list(forms))]))
      return ConfigNode(
        .table([
          description, .init("type", .string("array")),
          .init("minItems", .int(isRequired ? 1 : 0)),
          .init(key: "items", value: item),
        ]))
    }
  }

  /// The keywords of a table that has these keys and no others.
  static func objectSchema(
    _ keys: [KeyDescription], first: [ConfigNode.Entry] = [], required: [String] = []
  ) -> [ConfigNode.Entry] {
    let properties =
      first
      + keys.flatMap { key in
        [key.key, key.otherName].compactMap { $0.map { .init(key: $0, value: key.schema) } }
      }
    let needed = required + keys.filter(\.isRequired).map(\.key)
    var entries: [ConfigNode.Entry] = [
      .init("type", .string("object")), .init("properties", .table(properties)),
    ]
    if !needed.isEmpty { entries.append(.init("required", needed.configNode.value)) }
    entries.append(.init("additionalProperties", .bool(false)))
    return entries
  }
}

extension KeyDescription.Option {
  func schema(discriminator: String, isDefault: Bool) -> ConfigNode {
    let tag: [ConfigNode.Entry] =
      aliases.isEmpty
      ? [.init("const", .string(name))] : [.init("enum", ([name] + aliases).configNode.value)]
    let keywords = KeyDescription.objectSchema(
      keys, first: [.init(discriminator, .table(tag))],
      required: isDefault ? [] : [discriminator])
    return ConfigNode(
      .table([.init("title", .string(name)), .init("description", .string(doc))] + keywords))
  }
}
