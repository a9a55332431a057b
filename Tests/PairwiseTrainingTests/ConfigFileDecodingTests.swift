import Foundation
import PairwiseConfig
import PairwiseTraining
import Testing

/// Files and sections together, as `config check` uses them.
@Suite struct ConfigFileDecodingTests {
  struct Recipe: ConfigSection {
    enum Schedule: String, CaseIterable { case constant, linear, cosine }
    var name: String
    var objective: Double?
    var learningRate: Double
    var schedule: Schedule
    var batchSize: Int

    init(from reader: inout SectionReader) {
      name = reader.section("run", Run.self, "Run.").name
      objective = reader.variant(
        "objective", discriminator: "name",
        options: [
          VariantOption("dpo", "DPO.") { reader in
            reader.value("beta", default: 0.1, .greater(than: 0), "Inverse temperature.")
          }
        ], default: nil, "Loss.")
      let optimizer = reader.section("optimizer", Optimizer.self, "Rule.")
      learningRate = optimizer.learningRate
      schedule = optimizer.schedule
      batchSize = reader.section("trainer", Trainer.self, "Loop.").batchSize
    }

    struct Run: ConfigSection {
      var name: String
      init(from reader: inout SectionReader) {
        name = reader.required("name", fallback: "", .nonEmpty, "Folder.")
        _ = reader.value("seed", default: 0, .atLeast(0), "Seed.")
      }
    }

    struct Optimizer: ConfigSection {
      var learningRate: Double
      var schedule: Schedule
      init(from reader: inout SectionReader) {
        learningRate = reader.value("learning_rate", default: 1e-3, .greater(than: 0), "Step.")
        schedule = reader.choice("schedule", default: .cosine, "Shape.")
        _ = reader.value("betas", default: [0.9, 0.999], .each(.range(0..<1)), "Decays.")
      }
    }

    struct Trainer: ConfigSection {
      var batchSize: Int
      init(from reader: inout SectionReader) {
        batchSize = reader.value("batch_size", default: 8, .atLeast(1), "Pairs.")
        _ = reader.value("shuffle", default: true, "Order.")
        _ = reader.optional("max_steps", Int.self, .atLeast(1), "End.")
      }
    }
  }

  static let mistakes = """
    # ten mistakes, one a line
    run:
      name: 3
      sed: 1
    objective: {name: dpo,
      bta: 0.1}
    optimizer:
      learning_rate: -1
      schedule: cosin
      betas: [0.9, 1.0]
    trainer:
      batch_size: 2.5
      shuffle: yes
      max_steps: "10"
    extra: true
    """

  @Test func tenMistakesAreToldAtOnceInNoTime() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).yaml")
    try Data(Self.mistakes.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let start = ContinuousClock.now
    let node = try ConfigFile.load(url.path)
    let error = #expect(throws: ConfigError.self) {
      try ConfigReader.read(Recipe.self, from: node, file: "c.yaml")
    }
    // About a millisecond; the bound is that of the whole command.
    #expect(ContinuousClock.now - start < .milliseconds(100))
    #expect(
      error?.description == """
        c.yaml:3: run.name: expected a non-empty string, found the integer 3
        c.yaml:4: run.sed: unknown key; did you mean 'seed'?
        c.yaml:6: objective.bta: unknown key; did you mean 'beta'?
        c.yaml:8: optimizer.learning_rate: expected a number > 0, found -1
        c.yaml:9: optimizer.schedule: unknown name 'cosin'; did you mean 'cosine'? (known: constant, linear, cosine)
        c.yaml:10: optimizer.betas: expected a list of numbers, each a number in 0 ..< 1, found [0.9,1.0]
        c.yaml:12: trainer.batch_size: expected an integer >= 1, found the number 2.5
        c.yaml:13: trainer.shuffle: expected true or false, found the string 'yes'
        c.yaml:14: trainer.max_steps: expected an integer >= 1, found the string '10'
        c.yaml:15: extra: unknown key; known keys: run, objective, optimizer, trainer
        """)
  }

  @Test func infinityIsRefusedWhereItIsRead() throws {
    let node = try ConfigFile.parse(
      Array("run: {name: a}\nobjective: {name: dpo}\noptimizer: {learning_rate: .inf}".utf8),
      file: "c.yaml")
    let error = #expect(throws: ConfigError.self) {
      try ConfigReader.read(Recipe.self, from: node, file: "c.yaml")
    }
    #expect(
      error?.description
        == "c.yaml:3: optimizer.learning_rate: expected a finite number, found the number inf")
  }

  @Test func theResolvedConfigReadsTheSame() throws {
    let node = try ConfigFile.parse(
      Array("run: {name: a}\nobjective: {name: dpo, beta: 0.3}".utf8), file: "c.yaml")
    let first = try ConfigReader.read(Recipe.self, from: node, file: "c.yaml")
    let text = ConfigFile.yaml(from: first.resolved)
    let again = try ConfigReader.read(
      Recipe.self, from: ConfigFile.parse(Array(text.utf8), file: "r.yaml"), file: "r.yaml")
    #expect(again.resolved == first.resolved)
    #expect(again.value.objective == 0.3)
  }

  @Test func overridesAreNamedInProblems() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).yaml")
    try Data("run: {name: a}\nobjective: {name: dpo}".utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let node = try ConfigFile.load(
      url.path, overrides: ["optimizer.learning_rate=-1", "trainer.batchsize=4"])
    let error = #expect(throws: ConfigError.self) {
      try ConfigReader.read(Recipe.self, from: node, file: "c.yaml")
    }
    #expect(
      error?.description == """
        --set optimizer.learning_rate: expected a number > 0, found -1
        --set trainer.batchsize: unknown key; did you mean 'batch_size'?
        """)
  }
}
