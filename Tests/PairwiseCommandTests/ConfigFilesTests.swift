import PairwiseData
import Testing

/// The recipes that come with the project.
@Suite(.enabled(if: Program.isBuilt))
struct ConfigFilesTests {
  static let configs = FileAccess.names(in: Program.root + "/Configs").filter {
    $0.hasSuffix(".yaml")
  }

  @Test(arguments: configs)
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
}
