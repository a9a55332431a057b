import PairwiseConfig
import PairwiseTraining
import Testing

struct ConfigDifferenceTests {
  private func config(_ yaml: String) throws -> ConfigNode {
    try ConfigFile.parse(Array(yaml.utf8), file: "c.yaml")
  }

  @Test func keysThatDifferAreListed() throws {
    let difference = ConfigDifference(
      [
        (
          "a",
          try config(
            "run: {name: a}\nobjective: {name: dpo, beta: 0.1}\nmodel: {sizes: [], x: null}")
        ),
        (
          "b",
          try config("run: {name: b}\nobjective: {name: ipo, beta: 0.1}\nmodel: {sizes: [8, 4]}")
        ),
        (
          "c",
          try config("run: {name: c}\nobjective: {name: dpo}\nmodel: {sizes: []}\ntrainer: {x: 1}")
        ),
      ], ignoring: ["run.name"])
    #expect(difference.names == ["a", "b", "c"])
    #expect(
      difference.rows == [
        .init(key: "objective.name", values: ["dpo", "ipo", "dpo"]),
        .init(key: "objective.beta", values: ["0.1", "0.1", "–"]),
        .init(key: "model.sizes", values: ["", "8, 4", ""]),
        // No value is as good as no key: model.x is not among them.
        .init(key: "trainer.x", values: ["–", "–", "1"]),
      ])
    let table = difference.table(caption: "Differences").text
    #expect(table.contains("<code>objective.name</code>") && table.contains("<bdi>none</bdi>"))
  }

  @Test func equalConfigsHaveNone() throws {
    let one = try config("a: 1\nb: {c: [1, 2]}")
    let difference = ConfigDifference([("x", one), ("y", one)])
    #expect(difference.rows.isEmpty && difference.table(caption: "Differences").text.isEmpty)
  }
}
