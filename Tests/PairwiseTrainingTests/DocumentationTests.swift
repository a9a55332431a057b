import Foundation
import PairwiseConfig
import PairwiseTraining
import Testing

/// What the README and the configs say must be true of the program.
@Suite("Documentation")
struct DocumentationTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
  }

  @Test("the README's tables of config keys are those of the program")
  func configKeys() throws {
    let parts = try text("README.md").components(separatedBy: "<!-- config keys -->\n")
    try #require(parts.count == 3, "expected two marks '<!-- config keys -->' in README.md")
    let expected = KeyTables.markdown
    #expect(parts[1] == expected, "put this between the marks of README.md:\n\(expected)")
  }

  @Test("the README shows the example program as it is")
  func example() throws {
    let program = try text("Examples/CustomObjective/Sources/CustomObjective/main.swift")
    #expect(try text("README.md").contains("```swift\n\(program)```"))
  }

  @Test("every config decodes and is named in the README")
  func configs() throws {
    let readme = try text("README.md")
    let folder = Self.root.appendingPathComponent("Configs").path
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".yaml") }
    #expect(names.count >= 5)
    for name in names {
      let document = try ConfigFile.load("\(folder)/\(name)", overrides: [])
      _ = try ConfigReader.read(RunConfig.self, from: document, file: name)
      #expect(readme.contains("Configs/\(name)"), "\(name) is not in the README")
    }
  }

  @Test("the config that shows every key shows every key of its kinds")
  func everyKey() throws {
    let path = Self.root.appendingPathComponent("Configs/reward-features.yaml").path
    let given = try ConfigFile.load(path, overrides: [])
    let resolved = try ConfigReader.read(RunConfig.self, from: given, file: path).resolved
    #expect(Self.keys(of: given, "") == Self.keys(of: resolved, ""))
  }

  private static func keys(of node: ConfigNode, _ path: String) -> Set<String> {
    guard case .table(let entries) = node.value else { return [path] }
    return entries.reduce(into: []) { $0.formUnion(keys(of: $1.value, "\(path).\($1.key)")) }
  }
}

/// The keys of a training config as tables for people.
private enum KeyTables {
  static var markdown: String {
    ConfigReader.keys(of: RunConfig.self).map { section in
      switch section.content {
      case .value, .variants: ""
      case .section(let keys):
        "**`\(section.key)`**: \(lowercased(section.doc))\n\n" + table(keys) + "\n"
      case .variant(let discriminator, let options, let standard, _):
        options.map { option in
          "**`\(section.key): {\(discriminator): \(option.name)}`**"
            + (option.name == standard ? " (the default)" : "") + ": \(option.doc).\n\n"
            + table(option.keys) + "\n"
        }.joined()
      }
    }.joined()
  }

  private static func table(_ keys: [KeyDescription]) -> String {
    "| key | default | allowed | meaning |\n|---|---|---|---|\n"
      + keys.map { "| `\($0.key)` | \(standard($0)) | \($0.allowed) | \($0.doc) |\n" }.joined()
  }

  private static func standard(_ key: KeyDescription) -> String {
    guard !key.isRequired, let value = key.defaultValue else { return "required" }
    if case .string(let text) = value.value { return "`\(text)`" }
    var writer = JSONWriter()
    writer.write(value)
    return "`\(writer.string)`"
  }

  private static func lowercased(_ sentence: String) -> String {
    sentence.prefix(1).lowercased() + sentence.dropFirst()
  }
}
