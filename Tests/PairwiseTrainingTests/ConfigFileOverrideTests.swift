import Foundation
import PairwiseConfig
import PairwiseTraining
import Testing

@Suite struct ConfigFileOverrideTests {
  static let file = """
    run: {name: one, seed: 0}
    optimizer:
      name: adamw
      betas: [0.9, 0.999]
    """

  func load(_ overrides: String...) throws -> ConfigNode {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).yaml")
    try Data(Self.file.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try ConfigFile.load(url.path, overrides: overrides)
  }

  @Test func setsAndMakesKeys() throws {
    let node = try load(
      "run.seed=7", "optimizer.betas=[0.5, 1e-1]", "objective.name=dpo", "trainer={shuffle: false}",
      "run.name=a=b", "run.seed=0x10", "trainer.batch_size=4")
    #expect(node["run"]?["seed"]?.value == .int(16))
    #expect(node["run"]?["name"]?.value == .string("a=b"))
    #expect(
      node["optimizer"]?["betas"]?.withoutPlaces.value
        == .list([ConfigNode(.number(0.5)), ConfigNode(.number(0.1))]))
    #expect(node["objective"]?["name"]?.value == .string("dpo"))
    #expect(node["trainer"]?["shuffle"]?.value == .bool(false))
    #expect(node["trainer"]?["batch_size"]?.value == .int(4))
    // What was set says so, what was not keeps its line.
    #expect(node["run"]?["seed"]?.place == .override)
    #expect(node["run"]?.place.line == 1)
    #expect(node["optimizer"]?["name"]?.place == Place(line: 3, column: 9))
  }

  @Test func emptyValuesAreNullAndQuotedOnesStrings() throws {
    let node = try load("run.name=", "run.seed=\"7\"")
    #expect(node["run"]?["name"]?.value == .null)
    #expect(node["run"]?["seed"]?.value == .string("7"))
  }

  @Test func everyBadOverrideIsTold() {
    let error = #expect(throws: ConfigError.self) {
      try load(
        "run.seed", "=3", "run..seed=1", ".a=1", "run.name.first=x", "optimizer.betas.x.y=1",
        "run.name=[1", "run.name=*a", String(repeating: "a.", count: 40) + "b=1")
    }
    #expect(
      error?.problems.map { error?.text(of: $0) } == [
        "--set run.seed: expected key=value, found no '='",
        "--set : expected keys separated by single dots before the '='",
        "--set run..seed: expected keys separated by single dots before the '='",
        "--set .a: expected keys separated by single dots before the '='",
        "--set run.name.first: expected a table at 'run.name', found a string",
        "--set optimizer.betas.x.y: expected a table at 'optimizer.betas', found a list",
        "--set run.name: column 1: did not find expected ',' or ']' while parsing a flow sequence "
          + "that began on line 1",
        "--set run.name: column 1: alias '*a' has no anchor before it",
        "--set \(String(repeating: "a.", count: 30))…: nested deeper than 32 levels",
      ])
  }
}
