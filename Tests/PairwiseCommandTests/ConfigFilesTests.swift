import PairwiseConfig
import PairwiseData
import Testing

/// The recipes that come with the project.
@Suite(.enabled(if: Program.isBuilt))
struct ConfigFilesTests {
  static let configs = FileAccess.names(in: Program.root + "/Configs").filter {
    $0.hasSuffix(".yaml")
  }

  @Test(arguments: configs + others)
  func decodes(_ name: String) throws {
    let folder = TemporaryDirectory()
    let path = Program.root + "/Configs/" + name
    let outcome = try Program.run(["config", "check", path], in: folder)
    #expect(outcome.code == 0, "\(outcome)")
    let shown = try Program.run(["config", "show", path], in: folder)
    try folder.write("shown.yaml", shown.output)
    let again = try Program.run(["config", "show", "shown.yaml"], in: folder)
    #expect(again.output == shown.output, "what is shown is a config that means the same")
  }

  /// Those of comparisons, claims, sweeps, pipelines and curations.
  static let others = FileAccess.names(in: Program.root + "/Configs").flatMap { folder in
    FileAccess.names(in: Program.root + "/Configs/" + folder).filter { $0.hasSuffix(".yaml") }
      .map { folder + "/" + $0 }
  }

  @Test func thereAreOthers() { #expect(Self.others.count >= 60) }

  static let recipes = configs.filter { !$0.hasPrefix("compare-") }

  /// Every recipe trains: two steps of each whose model and data are here. Those on real models need
  /// `make models`, those on the shared data its folder.
  @Test(arguments: recipes)
  func trains(_ name: String) throws {
    let folder = TemporaryDirectory()
    let path = Program.root + "/Configs/" + name
    let shown = try Program.run(["config", "show", path, "--json"], in: folder)
    let config = try JSON.parse(Array(shown.output.utf8))
    for (section, key) in [("model", "path"), ("data", "train"), ("data", "validation")] {
      guard case .string(let file)? = config[section]?[key]?.value else { continue }
      let near = Program.root + "/Configs/" + file
      guard FileAccess.exists(near) || FileAccess.exists(Program.root + "/" + file) else {
        print("skipped \(name): no \(file)")
        return
      }
      if file.contains(".models") {
        print("skipped \(name): takes a real model, see make soak")
        return
      }
    }
    let outcome = try Program.run(
      [
        "train", path, "--output", folder.path, "--set", "trainer.max_steps=2", "--set",
        "data.max_rows=64", "--set", "trainer.report=false",
      ], in: folder, shell: "cd '\(Program.root)'")
    #expect(outcome.code == 0, "\(outcome)")
  }
}
