import PairwiseConfig
import Testing

/// A change to the sample config and the messages it has to give.
struct ConfigMistake: Sendable, CustomTestStringConvertible {
  var old: String
  var new: String
  var messages: [String]

  init(_ old: String, _ new: String, _ messages: String...) {
    self.old = old
    self.new = new
    self.messages = messages
  }

  var testDescription: String { new }

  static let all: [ConfigMistake] = [
    .init(
      "\"beta\": 0.2", "\"bta\": 0.2", "c.json:9: objective.bta: unknown key; did you mean 'beta'?"),
    .init(
      "\"seed\"", "\"zzzzz\"",
      "c.json:4: run.zzzzz: unknown key; known keys: name, seed, tags"),
    .init(
      "1e-5", "-1", "c.json:14: optimizer.learning_rate: expected a number > 0, found -1"),
    .init(
      "1e-5", "\"0.1\"",
      "c.json:14: optimizer.learning_rate: expected a number > 0, found the string '0.1'"),
    .init(
      "1e-5", "null", "c.json:14: optimizer.learning_rate: expected a number > 0, found null"),
    .init("3", "3.0", "c.json:4: run.seed: expected an integer >= 0, found the number 3"),
    .init("3", "-3", "c.json:4: run.seed: expected an integer >= 0, found -3"),
    .init(
      "3", "99999999999999999999",
      "c.json:4: run.seed: expected an integer >= 0, found the number 1e+20"),
    .init("\"one\"", "7", "c.json:3: run.name: expected a non-empty string, found the integer 7"),
    .init("\"one\"", "\"\"", "c.json:3: run.name: expected a non-empty string, found ''"),
    .init(
      "\"name\": \"one\",", "",
      "c.json:2: run.name: missing key; expected a non-empty string"),
    .init(
      "[\"a\", \"b\"]", "[\"a\", 2]",
      "c.json:5: run.tags[1]: expected a string, found the integer 2"),
    .init(
      "[\"a\", \"b\"]", "\"a\"",
      "c.json:5: run.tags: expected a list of strings, found the string 'a'"),
    .init(
      "0.1", "0.5",
      "c.json:10: objective.label_smoothing: expected a number in 0 ..< 0.5, found 0.5"),
    .init(
      "\"robust_dpo\"", "\"dpoo\"",
      "c.json:8: objective.name: unknown name 'dpoo'; did you mean 'dpo'? (known: dpo, robust_dpo)"
    ),
    .init(
      "\"robust_dpo\"", "\"xyzzy\"",
      "c.json:8: objective.name: unknown name 'xyzzy'; known: dpo, robust_dpo"),
    .init(
      "\"robust_dpo\"", "1",
      "c.json:8: objective.name: expected one of dpo, robust_dpo, found the integer 1"),
    .init(
      "\"robust_dpo\"", "\"dpo\"",
      "c.json:10: objective.label_smoothing: unknown key; known keys: name, beta"),
    .init(
      "\"name\": \"robust_dpo\",", "",
      "c.json:7: objective.name: missing key; expected one of dpo, robust_dpo"),
    .init(
      "\"name\": \"robust_dpo\"", "\"nmae\": \"robust_dpo\"",
      "c.json:8: objective.nmae: unknown key; did you mean 'name'?"),
    .init(
      "\"sgd\"", "\"sdg\"",
      "c.json:13: optimizer.name: unknown name 'sdg'; did you mean 'sgd'? (known: adamw, sgd)"),
    .init(
      "\"sgd\"", "true", "c.json:13: optimizer.name: expected one of adamw, sgd, found true"),
    .init(
      "[0.5, 0.75]", "[0.5, 1]",
      "c.json:15: optimizer.betas: expected a list of numbers, each a number in 0 ..< 1, "
        + "exactly 2 of them, found [0.5,1]"),
    .init(
      "[0.5, 0.75]", "[0.5, {}]",
      "c.json:15: optimizer.betas[1]: expected a number, found a table"),
    .init(
      "\"max_grad_norm\": 1", "\"max_grad_norm\": 0",
      "c.json:16: optimizer.max_grad_norm: expected a number > 0, found 0"),
    .init(
      "16", "65537",
      "c.json:19: trainer.batch_size: expected an integer in 1 ... 65536, found 65537"
    ),
    .init(
      "16", "1",
      "c.json:20: trainer.microbatch_size: expected at most batch_size (1), found 2"),
    // The value checked would be a default: only the first problem is told.
    .init(
      "\"microbatch_size\": 2", "\"microbatch_size\": \"2\"",
      "c.json:20: trainer.microbatch_size: expected an integer >= 1, found the string '2'"),
    .init(
      "\"shuffle\": false", "\"shuffle\": \"no\"",
      "c.json:21: trainer.shuffle: expected true or false, found the string 'no'"),
    .init(
      "\"run\"", "\"rnu\"", "c.json:2: rnu: unknown key; did you mean 'run'?"),
    .init(
      "{\n    \"name\": \"one\",", "{\n    \"name\": \"one\", \"a\\u001b\\u202e\": 1,",
      "c.json:3: run.a\\u{1b}\\u{202e}: unknown key; known keys: name, seed, tags"),
  ]
}

@Suite struct SectionReaderTests {
  @Test(arguments: ConfigMistake.all)
  func tellsWhatIsWrong(_ mistake: ConfigMistake) throws {
    let text = try #require(replace(mistake.old, by: mistake.new))
    #expect(try SampleConfig.problems(text) == mistake.messages)
  }

  /// The sample with the first `old` replaced; nil if it has none.
  func replace(_ old: String, by new: String) -> String? {
    let text = Array(SampleConfig.text.utf8)
    let pattern = Array(old.utf8)
    guard let at = text.indices.first(where: { text[$0...].starts(with: pattern) }) else {
      return nil
    }
    return String(
      decoding: text[..<at] + Array(new.utf8) + text[(at + pattern.count)...], as: UTF8.self)
  }

  @Test func readsEveryValue() throws {
    let node = try JSON.parse(SampleConfig.text)
    let (config, resolved) = try ConfigReader.read(SampleConfig.self, from: node, file: "c.json")
    #expect(config.run.name == "one" && config.run.seed == 3 && config.run.tags == ["a", "b"])
    #expect(config.objective == .robust(beta: 0.2, flips: 0.1))
    #expect(config.optimizer.name == .sgd && config.optimizer.learningRate == 1e-5)
    #expect(config.optimizer.betas == [0.5, 0.75] && config.optimizer.maxGradNorm == 1)
    #expect(config.trainer.batchSize == 16 && config.trainer.microbatchSize == 2)
    #expect(!config.trainer.shuffle)
    #expect(resolved["optimizer"]?["max_grad_norm"]?.value == .number(1))
  }

  @Test func resolvedConfigHasDefaultsInOrderAndReadsTheSame() throws {
    let node = try JSON.parse(#"{"objective": {"name": "sigmoid"}, "run": {"name": "x"}}"#)
    let (config, resolved) = try ConfigReader.read(SampleConfig.self, from: node, file: "c.json")
    #expect(config.objective == .dpo(beta: 0.1))
    var writer = JSONWriter()
    writer.write(resolved)
    // The alias is gone, and the Float 0.1 is 0.1 and not 0.10000000149.
    #expect(
      writer.string == #"{"run":{"name":"x","seed":0,"tags":[]},"#
        + #""objective":{"name":"dpo","beta":0.1},"#
        + #""optimizer":{"name":"adamw","learning_rate":0.001,"betas":[0.9,0.999],"max_grad_norm":null},"#
        + #""trainer":{"batch_size":8,"microbatch_size":4,"shuffle":true}}"#)
    let again = try ConfigReader.read(
      SampleConfig.self, from: JSON.parse(writer.bytes), file: "c.json")
    #expect(again.resolved == resolved)
  }

  @Test func everyMisspeltKeyIsOneProblemThatNamesTheKey() throws {
    let keys = [
      "run", "name", "seed", "tags", "objective", "beta", "label_smoothing", "optimizer",
      "learning_rate", "betas", "max_grad_norm", "trainer", "batch_size", "microbatch_size",
      "shuffle",
    ]
    for key in keys {
      for wrong in misspellings(of: key) {
        let text = try #require(replace("\"\(key)\"", by: "\"\(wrong)\""))
        let problems = try SampleConfig.problems(text)
        #expect(problems.count == 1, "\(wrong): \(problems)")
        #expect(
          problems.first?.hasSuffix("\(wrong): unknown key; did you mean '\(key)'?") == true,
          "\(wrong): \(problems)")
      }
    }
  }

  /// A letter dropped, doubled, replaced and swapped with its neighbour, in the middle of the word; and
  /// other habits of writing.
  func misspellings(of key: String) -> Set<String> {
    let letters = Array(key)
    let middle = letters.count / 2
    var dropped = letters
    dropped.remove(at: middle)
    var doubled = letters
    doubled.insert(letters[middle], at: middle)
    var replaced = letters
    replaced[middle] = "q"
    var swapped = letters
    swapped.swapAt(middle - 1, middle)
    let kebab = letters.map { $0 == "_" ? "-" : $0 }
    let words = [dropped, doubled, replaced, swapped, kebab].map { String($0) }
    return Set(words + [key.uppercased()]).subtracting([key])
  }

  @Test func everyProblemIsToldAtOnceInFileOrder() throws {
    let problems = try SampleConfig.problems(
      """
      {"trainer": {"batch_size": 0,
        "shufle": true},
       "run": {"seed": -1,
        "tags": 3},
       "optimizer": {"name": "adam",
        "learning_rate": "x",
        "betas": [1, 2, 3],
        "max_grad_norm": -1},
       "objective": {"name": "robust_dpo",
        "label_smoothing": 1},
       "extra": 1}
      """)
    let lines = problems.map { $0.split(separator: ":")[1] }
    #expect(lines == ["1", "2", "3", "3", "4", "5", "6", "7", "8", "10", "11"])
    #expect(problems[2] == "c.json:3: run.name: missing key; expected a non-empty string")
  }

  @Test func wrongSectionsAreOneProblemEach() throws {
    #expect(
      try SampleConfig.problems(#"{"run": [], "objective": "dpo", "trainer": null}"#) == [
        "c.json:1: run: expected a table, found a list",
        "c.json:1: objective: expected a table, found the string 'dpo'",
        "c.json:1: trainer: expected a table, found null",
      ])
    #expect(try SampleConfig.problems("[]") == ["c.json:1: expected a table, found a list"])
  }

  @Test func anEmptyConfigLacksItsRequiredKeys() throws {
    #expect(
      try SampleConfig.problems("{}") == [
        "c.json:1: run.name: missing key; expected a non-empty string",
        "c.json:1: objective.name: missing key; expected one of dpo, robust_dpo",
      ])
  }

  @Test func overridesNameTheFlag() {
    let node = ConfigNode(
      .table([
        .init(key: "beta", place: .override, value: ConfigNode(.int(-1), place: .override)),
        .init(
          key: "name", place: Place(line: 3, column: 1),
          value: ConfigNode(.string("dpo"), place: Place(line: 3, column: 7))),
        .init(
          key: "x", place: Place(line: 4, column: 1),
          value: ConfigNode(.null, place: Place(line: 4, column: 1))),
      ]), place: Place(line: 2, column: 1))
    let error = #expect(throws: ConfigError.self) {
      try ConfigReader.readVariant(
        SampleConfig.objectives, discriminator: "name", from: node, path: "objective", file: "c")
    }
    #expect(
      error?.description == """
        c:4: objective.x: unknown key; known keys: name, beta
        --set objective.beta: expected a number > 0, found -1
        """)
  }

  @Test func anotherNameOfAKeyIsUnderstoodInItsStead() throws {
    struct Target: ConfigSection {
      var tau: Double
      init(from reader: inout SectionReader) {
        tau = reader.value("tau", or: "beta", default: 0.5, .greater(than: 0), "The target.")
      }
    }
    func read(_ text: String) throws -> (Target, ConfigNode) {
      let read = try ConfigReader.read(Target.self, from: JSON.parse(text), file: "c.json")
      return (read.value, read.resolved)
    }
    #expect(try read("{}").0.tau == 0.5)
    #expect(try read("{\"tau\": 2}").0.tau == 2)
    let (value, resolved) = try read("{\"beta\": 2}")
    #expect(value.tau == 2)
    // What was read is written under the key's own name, and reads the same.
    #expect(resolved["tau"] != nil && resolved["beta"] == nil)
    #expect(throws: ConfigError.self) { try read("{\"tau\": 2, \"beta\": 2}") }
    #expect(throws: ConfigError.self) { try read("{\"beta\": 0}") }
    let properties = ConfigReader.schema(Target.self, title: "T")["properties"]
    #expect(properties?["tau"] == properties?["beta"])
  }

  @Test func oneVariantReadsAlone() throws {
    let node = try JSON.parse(#"{"beta": 0.5}"#)
    let (value, resolved) = try ConfigReader.readVariant(
      SampleConfig.objectives, discriminator: "name", default: "dpo", from: node,
      path: "objective", file: "c.json")
    #expect(value == .dpo(beta: 0.5))
    #expect(resolved["name"]?.value == .string("dpo"))
  }

  @Test func nonFiniteNumbersAreRefused() throws {
    let infinite = ConfigNode(
      .table([
        .init(key: "name", value: ConfigNode(.string("dpo"))),
        .init(key: "beta", value: ConfigNode(.number(.infinity))),
      ]))
    let error = #expect(throws: ConfigError.self) {
      try ConfigReader.readVariant(
        SampleConfig.objectives, discriminator: "name", from: infinite, path: "o", file: "c")
    }
    #expect(error?.description == "c: o.beta: expected a finite number, found the number inf")
    // Fits a Double, not the Float that beta is.
    let large = try JSON.parse(#"{"name": "dpo", "beta": 1e300}"#)
    let tooLarge = #expect(throws: ConfigError.self) {
      try ConfigReader.readVariant(
        SampleConfig.objectives, discriminator: "name", from: large, path: "o", file: "c")
    }
    #expect(
      tooLarge?.description == "c:1: o.beta: expected a number that fits 32-bit floating point, "
        + "found the number 1e+300")
  }
}
