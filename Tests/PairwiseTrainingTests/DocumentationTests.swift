import Foundation
import PairwiseConfig
import PairwiseObjectives
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

  @Test("the README's table of objectives is that of the program")
  func objectiveTable() throws {
    let parts = try text("README.md").components(separatedBy: "<!-- objectives -->\n")
    try #require(parts.count == 3, "expected two marks '<!-- objectives -->' in README.md")
    let expected = try ObjectiveTables.overview(configs: Self.configNames())
    #expect(parts[1] == expected, "put this between the marks of README.md:\n\(expected)")
  }

  @Test("the article on objectives has the parameters of the program")
  func objectiveArticle() throws {
    let parts = try text("Sources/Pairwise/Pairwise.docc/Objectives.md")
      .components(separatedBy: "<!-- objectives -->\n")
    try #require(parts.count == 3, "expected two marks '<!-- objectives -->' in Objectives.md")
    let expected = ObjectiveTables.parameters
    #expect(parts[1] == expected, "put this between the marks of Objectives.md:\n\(expected)")
  }

  @Test(
    "the page of every objective says when to use it, what it logs and what TRL calls it",
    arguments: objectives.map { "\($0)" })
  func objectivePages(type: String) throws {
    let folder = "Sources/PairwiseObjectives"
    let files =
      FileManager.default.enumerator(
        atPath: Self.root.appendingPathComponent(folder).path)?.allObjects as? [String] ?? []
    let file = try #require(files.first { "/\($0)".hasSuffix("/\(type).swift") })
    let lines = try text("\(folder)/\(file)").components(separatedBy: "\n")
    let start = try #require(lines.firstIndex { $0.hasPrefix("public struct \(type): ") })
    let page = lines[..<start].reversed().prefix { $0.hasPrefix("///") }.reversed()
    for heading in ["/// ## When to use", "/// ## Metrics", "/// ## In TRL"] {
      #expect(page.contains(heading), "\(type).swift lacks \(heading)")
    }
    #expect(page.contains { $0.hasPrefix("/// - Source:") }, "\(type).swift names no source")
  }

  /// Names of the configs that train each objective.
  private static func configNames() throws -> [String: [String]] {
    let folder = root.appendingPathComponent("Configs").path
    var names: [String: [String]] = [:]
    for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    where file.hasSuffix(".yaml") && !file.hasPrefix("compare-") {
      let document = try ConfigFile.load("\(folder)/\(file)", overrides: [])
      let config = try ConfigReader.read(RunConfig.self, from: document, file: file).value
      names[type(of: config.objective).name, default: []].append(file)
    }
    return names
  }

  @Test("methods beside the losses have configs that exist, a page in the catalog and a source")
  func methods() throws {
    let parts = try text("README.md").components(separatedBy: "<!-- methods -->\n")
    try #require(parts.count == 3, "expected two marks '<!-- methods -->' in README.md")
    let article = try text("Sources/Pairwise/Pairwise.docc/RewardMethods.md")
    let rows = parts[1].split(separator: "\n").dropFirst(2)
    #expect(rows.count > 20)
    for row in rows {
      let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      try #require(cells.count == 5, "\(row)")
      #expect(
        article.contains("| \(cells[0]) | \(cells[1]) |"), "RewardMethods.md lacks \(cells[0])")
      for link in cells[2].matches(of: /\]\((Configs\/[^)]*)\)/) {
        let path = Self.root.appendingPathComponent(String(link.1)).path
        #expect(FileManager.default.fileExists(atPath: path), "\(cells[0]): \(link.1)")
      }
      for name in cells[3].matches(of: /`(\w+)`/) {
        #expect(article.contains("/\(name.1)``"), "\(cells[0]): \(name.1) has no page")
      }
      #expect(cells[4].firstMatch(of: /\d{4}/) != nil, "\(cells[0]) names no paper")
    }
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
      if !name.hasPrefix("compare-") {
        _ = try ConfigReader.read(RunConfig.self, from: document, file: name)
      }
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
      case .variant("name", _, _, .some): ""
      case .variant(let discriminator, let options, let standard, _):
        options.map { option in
          "**`\(section.key): {\(discriminator): \(option.name)}`**"
            + (option.name == standard ? " (the default)" : "") + ": \(option.doc).\n\n"
            + table(option.keys) + "\n"
        }.joined()
      }
    }.joined()
  }

  static func table(_ keys: [KeyDescription]) -> String {
    "| key | default | allowed | meaning |\n|---|---|---|---|\n"
      + keys.map { "| `\($0.key)` | \(standard($0)) | \($0.allowed) | \($0.doc) |\n" }.joined()
  }

  fileprivate static func standard(_ key: KeyDescription) -> String {
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

/// The objectives as tables for people.
private enum ObjectiveTables {
  /// A line an objective: names, what it needs, a config, the paper.
  static func overview(configs: [String: [String]]) -> String {
    "| objective | also | needs | what it is | paper | config |\n|---|---|---|---|---|---|\n"
      + objectives.map { type in
        let files = (configs[type.name] ?? []).map { "[`\($0)`](Configs/\($0))" }
        var papers = type.formula.matches(of: /arXiv (\d{4}\.\d{4,5})/).map {
          "[\($0.1)](https://arxiv.org/abs/\($0.1))"
        }
        // Older ones have a name and a year.
        if papers.isEmpty, let last = type.formula.split(separator: "\n").last,
          last.firstMatch(of: /^[A-Z].* \d{4}$/) != nil
        {
          papers = [String(last)]
        }
        let cells = [
          "`\(type.name)`", type.aliases.map { "`\($0)`" }.joined(separator: ", "),
          ObjectiveRequirements(ObjectiveRegistry.standard(type)).words, type.summary,
          papers.joined(separator: " "), files.joined(separator: " "),
        ]
        return "| " + cells.joined(separator: " | ") + " |\n"
      }.joined()
  }

  /// The parameters of every objective.
  static var parameters: String {
    objectives.map { type in
      let option = VariantOption<any Objective>(type.name, "") { type.init(from: &$0) }
      let keys = ConfigReader.keys(of: option, discriminator: "name")
      let head = "### \(type.name)\n\n``/PairwiseObjectives/\(type)``: \(type.summary).\n\n"
      return head + (keys.isEmpty ? "No parameters.\n" : KeyTables.table(keys)) + "\n"
    }.joined()
  }
}
