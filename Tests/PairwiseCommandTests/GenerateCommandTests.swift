import PairwiseConfig
import PairwiseData
import Testing

/// `generate` as a user runs it.
@Suite("generate", .enabled(if: Program.isBuilt))
struct GenerateCommandTests {
  private let folder = TemporaryDirectory()

  private func generate(
    _ input: String, _ flags: [String] = [], to output: String = "out.jsonl",
    model: String = "runs/lm/final"
  ) throws -> Outcome {
    try Program.run(
      ["generate", "--model", model, "--input", input, "--output", output] + flags, in: folder)
  }

  @Test("completes preference pairs row by row and carries their columns through")
  func pairs() throws {
    try folder.trainTinyModel()
    let outcome = try generate("pairs.jsonl", ["--max-new-tokens", "6", "--json"])
    try #require(outcome.code == 0, "\(outcome)")
    let summary = try JSONObject(outcome.output)
    #expect(summary.number("prompts") == 12)
    let lines = try folder.objects("out.jsonl")
    #expect(lines.count == 12)
    var tokens = 0.0
    for (row, line) in lines.enumerated() {
      #expect(
        line.keys == ["index", "prompt", "completion", "tokens", "chosen", "rejected", "group"])
      #expect(line.number("index") == Double(row))
      #expect(line.string("prompt") == "Question \(row): what comes after \(row % 7)?")
      #expect(line.string("chosen") == " It is \(row % 7 + 1).")
      #expect(try #require(line.number("tokens")) <= 6)
      tokens += line.number("tokens") ?? 0
    }
    #expect(summary.number("tokens") == tokens)
    // The same pairs from HDF5, and in other batches.
    let imported = try Program.run(
      ["data", "import", "pairs.jsonl", "--output", "pairs.h5"], in: folder)
    #expect(imported.code == 0)
    #expect(try generate("pairs.h5", ["--max-new-tokens", "6"], to: "h5.jsonl").code == 0)
    let bytes = try folder.bytes("out.jsonl")
    #expect(try folder.bytes("h5.jsonl") == bytes)
    let single = ["--max-new-tokens", "6", "--batch-size", "1"]
    #expect(try generate("pairs.jsonl", single, to: "single.jsonl").code == 0)
    #expect(try folder.bytes("single.jsonl") == bytes)
  }

  @Test("draws by its seed")
  func seeds() throws {
    try folder.trainTinyModel()
    let flags = ["--max-new-tokens", "8", "--temperature", "1.5", "--top-p", "0.9", "--seed"]
    for (name, seed) in [("a", "1"), ("b", "1"), ("c", "2")] {
      #expect(try generate("pairs.jsonl", flags + [seed], to: name).code == 0)
    }
    #expect(try folder.bytes("a") == folder.bytes("b"))
    #expect(try folder.bytes("a") != folder.bytes("c"))
  }

  @Test("takes message lists, and texts as messages on request, through the chat template")
  func chat() throws {
    try folder.trainTinyModel()
    let template = "{% for m in messages %}{{ m.role }}>{{ m.content }}{% endfor %}"
    try folder.write("runs/lm/final/chat_template.jinja", template)
    try folder.write(
      "in.jsonl",
      #"""
      {"prompt": [{"role": "user", "content": "Hi"}], "index": 7}

      {"prompt": "Hi"}
      """#)
    let flags = ["--max-new-tokens", "6"]
    #expect(try generate("in.jsonl", flags + ["--chat"]).code == 0)
    let lines = try folder.objects("out.jsonl")
    #expect(lines[0].keys == ["index", "prompt", "completion", "tokens", "data_index"])
    #expect(lines[0].list("prompt").count == 1)
    #expect(lines[0].string("completion") == lines[1].string("completion"))
    try folder.write("plain.jsonl", #"{"prompt": "user>Hi"}"#)
    #expect(try generate("plain.jsonl", flags, to: "plain.out").code == 0)
    let plain = try folder.objects("plain.out")[0]
    #expect(plain.string("completion") == lines[0].string("completion"))
  }

  @Test("completes with an adapter's folder as with the merged model")
  func adapters() throws {
    try folder.trainTinyModel(
      "base", ["trainer.max_steps": "30", "optimizer.learning_rate": "0.01"])
    for (name, merge) in [("lora", "false"), ("merged", "true")] {
      try folder.trainTinyModel(
        name,
        [
          "model.architecture": nil, "model.path": "runs/base/final",
          "model.lora": "{r: 4, merge: \(merge)}", "optimizer.learning_rate": "0.02",
        ])
      #expect(folder.exists("runs/\(name)/final/adapter_config.json") == (merge == "false"))
      let model = "runs/\(name)/final"
      let outcome = try generate(
        "pairs.jsonl", ["--max-new-tokens", "8"], to: name, model: model)
      try #require(outcome.code == 0, "\(outcome)")
    }
    #expect(try folder.text("lora") == folder.text("merged"))
  }

  @Test("refuses what it cannot complete with one sentence and leaves no file")
  func refusals() throws {
    try folder.trainTinyModel()
    let cases: [(String, Int32, String)] = [
      (
        #"{"prompt": "a"}"# + "\n" + #"{"question": "b"}"#, 65, "x.jsonl: line 2: row has no prompt"
      ),
      (#"{"prompt": ""}"#, 65, "x.jsonl: line 1: prompt has no tokens, expected at least one"),
      (
        #"{"prompt": 3}"#, 65,
        "x.jsonl: line 1, column 12: prompt: expected a string or a list of messages, found an integer"
      ),
      (#"{"prompt": [{"role": "user"}]}"#, 65, "expected a message with role and content"),
      (
        #"{"prompt": [{"role": "user", "content": "Hi"}]}"#, 65,
        "x.jsonl: line 1: tokenizer has no chat template"
      ),
      ("[1]", 65, "x.jsonl: line 1: expected one object a line, found a list"),
      ("{", 65, "x.jsonl: line 1"), ("\n", 65, "x.jsonl: holds no prompts"),
    ]
    for (text, code, message) in cases {
      try folder.write("x.jsonl", text)
      let outcome = try generate("x.jsonl")
      #expect(outcome.code == code)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }
    #expect(try generate("nothing.jsonl").code == 66)
    #expect(try generate("x.jsonl", model: "nothing").code == 66)
    for flags in [["--top-p", "0"], ["--temperature", "-1"], ["--max-new-tokens", "0"]] {
      #expect(try generate("x.jsonl", flags).code == 64)
    }
    #expect(!FileAccess.names(in: folder.path).contains { $0.hasPrefix("out.jsonl") })
    try folder.synthesize(pairs: 100)
    let features = try generate("pairs.h5")
    #expect(features.errors.contains("expected prompts, the file has no texts"))
  }
}
