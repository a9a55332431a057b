import Glibc
import PairwiseData
import Testing

/// Configs, objective files and output paths that somebody wants to do harm with.
@Suite(.enabled(if: Program.isBuilt))
struct HostileConfigTests {
  private let folder = TemporaryDirectory()

  /// Runs a command that must fail with the code and one `error:` line for every problem.
  private func refuse(
    _ arguments: [String], code: Set<Int32> = [78], lines: Int? = 1, _ comment: String,
    location: SourceLocation = #_sourceLocation
  ) throws {
    let outcome = try Program.run(arguments, in: folder, timeout: 60)
    let what = "\(comment): \(outcome)"
    #expect(outcome.code.map(code.contains) == true, "\(what)", sourceLocation: location)
    #expect(outcome.errors.hasPrefix("error: "), "\(what)", sourceLocation: location)
    if let lines {
      #expect(outcome.errorLines.count == lines, "\(what)", sourceLocation: location)
    }
    #expect(outcome.peakBytes < HostileDataTests.memory, "\(what)", sourceLocation: location)
  }

  @Test func aliasBomb() throws {
    var text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<30 {
      let (name, inner) = ("a\(level)", level == 1 ? "a" : "a\(level - 1)")
      text +=
        "\(name): &\(name) [" + [String](repeating: "*\(inner)", count: 10).joined(separator: ", ")
        + "]\n"
    }
    try folder.write("bomb.yaml", text)
    for arguments in [["config", "check", "bomb.yaml"], ["train", "bomb.yaml"]] {
      try refuse(arguments, "alias bomb")
    }
  }

  @Test func deepNesting() throws {
    for text in [
      String(repeating: "[", count: 100_000), String(repeating: "{a: ", count: 50_000),
      (0..<5000).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
      "x: " + String(repeating: "- ", count: 50_000) + "1\n",
    ] {
      try folder.write("deep.yaml", text)
      try refuse(["config", "check", "deep.yaml"], "deep nesting")
    }
  }

  @Test(arguments: [
    "../escape", "a/b", "/tmp/x", ".", "..", ".hidden", "", "\"a\\0b\"", "\"line\\nbreak\"",
    "\"\\e[2J\"",
  ])
  func pathTricksInTheName(_ name: String) throws {
    var recipe = Recipe(data: "pairs.csv")
    recipe["run.name"] = name.isEmpty ? "\"\"" : name
    try folder.write("config.yaml", recipe.yaml)
    let outcome = try Program.run(["train", "config.yaml"], in: folder)
    #expect(outcome.code == 78, "\(outcome)")
    #expect(outcome.errorLines.count == 1, "\(outcome)")
    #expect(outcome.errors.contains("run.name"))
    #expect(!outcome.errors.contains("\u{1B}"), "no control character reaches the terminal")
    #expect(
      FileAccess.names(in: folder.path).allSatisfy { $0.hasPrefix("out-") || $0 == "config.yaml" })
  }

  @Test func thingsThatAreNoConfigs() throws {
    try FileAccess.createFolder(folder.file("folder.yaml"))
    unsafe symlink("/dev/zero", folder.file("zero.yaml"))
    try folder.write("binary.yaml", (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 37) })
    try folder.write("latin.yaml", Array("run: {name: caf".utf8) + [0xE9, 0x7D, 0x0A])
    try folder.write("empty.yaml", "")
    try folder.write("large.yaml", [UInt8](repeating: 0x61, count: 64 << 20))
    for name in ["folder", "zero", "binary", "latin", "empty", "large", "missing"] {
      for command in [["config", "check"], ["train"]] {
        try refuse(
          command + ["\(name).yaml"], code: [65, 66, 78], lines: name == "empty" ? nil : 1, name)
      }
    }
  }

  @Test func tenMistakesAtOnce() throws {
    try folder.write(
      "bad.yaml",
      """
      run: {nme: x, output: "", seed: -1, threads: many}
      model: {kind: features, hidden_sizes: [0], activation: rleu}
      data: {train: pairs.h5, validation_fraction: 2}
      objective: {name: bradley_terry, label_smoothing: 0.7}
      optimizer: {name: adamw, learning_rate: -1}
      trainer: {batch_size: 0, surprise: 1}
      """)
    let outcome = try Program.run(["config", "check", "bad.yaml"], in: folder)
    #expect(outcome.code == 78)
    #expect(outcome.errorLines.count == 11, "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 11, "\(outcome.errors)")
    for word in ["run.nme", "activation", "label_smoothing", "surprise", "bad.yaml:"] {
      #expect(outcome.errors.contains(word), "\(word)")
    }
  }

  // MARK: Objective files

  @Test(arguments: [
    "", "{", "[]", "{\"cases\": 3}", "{\"cases\": [3]}", "{\"cases\": [{\"id\": \"a\"}]}",
    "{\"cases\": [{\"id\": \"a\", \"objective\": {\"name\": \"bradley_terry\"}, \"inputs\": {}}]}",
  ])
  func brokenObjectiveFiles(_ text: String) throws {
    try folder.write("cases.json", text)
    try refuse(["objective", "evaluate", "--input", "cases.json"], code: [65], "'\(text)'")
  }

  @Test func hostileObjectiveFiles() throws {
    try folder.write("deep.json", String(repeating: "[", count: 1_000_000))
    try folder.write("latin.json", Array("{\"cases\": \"".utf8) + [0xFF, 0x22, 0x7D])
    try FileAccess.createFolder(folder.file("folder.json"))
    unsafe symlink("/dev/zero", folder.file("zero.json"))
    unsafe mkfifo(folder.file("pipe.json"), 0o600)
    for name in ["deep", "latin", "folder", "zero", "pipe", "missing"] {
      try refuse(
        ["objective", "evaluate", "--input", "\(name).json"], code: [65, 66], name)
    }
  }

  // MARK: Outputs

  @Test func outputsThatCannotBeWritten() throws {
    try folder.synthesize(pairs: 60)
    let trained = try folder.train(Recipe(data: "pairs.h5", ["trainer.max_steps": "2"]))
    try #require(trained.code == 0, "\(trained)")
    try folder.write("file", "text")
    try FileAccess.createFolder(folder.file("taken"))
    let model = "runs/run/final"
    for output in ["nowhere/out", "file/out", "taken"] {
      try refuse(
        ["score", "--model", model, "--input", "pairs.h5", "--output", output], code: [73, 74],
        output)
      try refuse(
        ["evaluate", "--model", model, "--data", "pairs.h5", "--output", output], code: [73, 74],
        output)
      try refuse(["data", "synthesize", "--output", output], code: [73], output)
    }
    try refuse(["train", "config.yaml", "--output", "file"], code: [73], "a file as folder")
    #expect(FileAccess.names(in: folder.file("taken")).isEmpty)
    #expect(try folder.text("file") == "text")
  }

  @Test func usage() throws {
    for arguments in [
      ["trian"], ["train"], ["score", "--model", "x"], ["data", "synthesize"],
      ["data", "synthesize", "--output", "x.h5", "--flip-rate", "0.5"],
      ["data", "synthesize", "--output", "x.h5", "--pairs", "0"],
      ["data", "validate", "x.h5", "--max-share", "2"],
      ["train", "a.yaml", "--resume", "--overwrite"],
    ] {
      let outcome = try Program.run(arguments, in: folder)
      #expect(outcome.code == 64, "\(arguments): \(outcome)")
    }
  }
}
