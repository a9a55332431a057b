/// Reads and describes configs made of `ConfigSection`s.
public enum ConfigReader {
  /// Reads a whole config.
  ///
  /// - Returns: the value, and `resolved`: the config with every default filled in, in the order of
  ///   declaration; reading it again gives the same value.
  /// - Throws: every problem at once.
  public static func read<Section: ConfigSection>(
    _ type: Section.Type, from node: ConfigNode, file: String
  ) throws(ConfigError) -> (value: Section, resolved: ConfigNode) {
    var reader = try tableReader(node, path: "", file: file)
    let value = Section(from: &reader)
    reader.finish()
    try check(reader, file: file)
    return (value, ConfigNode(.table(reader.resolved)))
  }

  /// Reads one variant by itself, such as the objective of a JSON case.
  ///
  /// - Parameters:
  ///   - path: what messages call it.
  ///   - list: what a list in place of the table is short for.
  /// - Throws: every problem at once.
  public static func readVariant<Value>(
    _ options: [VariantOption<Value>], discriminator: String, default name: String? = nil,
    list: KeyDescription.ListForm? = nil, from given: ConfigNode, path: String, file: String
  ) throws(ConfigError) -> (value: Value, resolved: ConfigNode) {
    let node = list.map { $0.table(of: given, discriminator) } ?? given
    var reader = try tableReader(node, path: path, file: file)
    let value = reader.readVariant(
      discriminator: discriminator, options: options, default: name)
    try check(reader, file: file)
    // No value without a problem: this only satisfies the compiler's view of it.
    guard let value else { throw ConfigError(file: file, problems: reader.problems) }
    return (value, ConfigNode(.table(reader.resolved)))
  }

  /// What the keys of a config are, in the order of declaration.
  public static func keys<Section: ConfigSection>(of type: Section.Type) -> [KeyDescription] {
    var reader = describingReader()
    _ = Section(from: &reader)
    return reader.descriptions
  }

  /// What the keys of one option are, in the order of declaration, without the discriminator.
  public static func keys<Value>(
    of option: VariantOption<Value>, discriminator: String
  ) -> [KeyDescription] {
    describingReader().describe(option, discriminator: discriminator).keys
  }

  /// What an option reads of no input at all: its defaults, and where a key is required its fallback.
  public static func described<Value>(_ option: VariantOption<Value>) -> Value {
    describingReader().describe(option, discriminator: "name").value
  }

  /// The JSON Schema (draft 2020-12) of a config.
  public static func schema<Section: ConfigSection>(
    _ type: Section.Type, title: String
  ) -> ConfigNode {
    let head: [ConfigNode.Entry] = [
      .init("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
      .init("title", .string(title)),
    ]
    return ConfigNode(.table(head + KeyDescription.objectSchema(keys(of: type))))
  }

  private static func describingReader() -> SectionReader {
    SectionReader(.describing, path: "", node: ConfigNode(.table([])), place: .none)
  }

  private static func tableReader(
    _ node: ConfigNode, path: String, file: String
  ) throws(ConfigError) -> SectionReader {
    guard case .table = node.value else {
      let problem = Problem.wrongType(
        path: path, place: node.place, found: Wording.described(node), expected: "a table")
      throw ConfigError(file: file, problems: [problem])
    }
    return SectionReader(.decoding, path: path, node: node, place: node.place)
  }

  private static func check(_ reader: SectionReader, file: String) throws(ConfigError) {
    if !reader.problems.isEmpty { throw ConfigError(file: file, problems: reader.problems) }
  }
}
