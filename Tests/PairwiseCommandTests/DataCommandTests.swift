import Glibc
import PairwiseConfig
import PairwiseData
import PairwiseTensor
import Testing

@Suite(.enabled(if: Program.isBuilt))
struct DataCommandTests {
  private let folder = TemporaryDirectory()
  private let pairs = Program.root + "/Examples/pairs.jsonl"

  private func run(_ arguments: [String]) throws -> Outcome {
    try Program.run(["data"] + arguments, in: folder)
  }

  private func json(_ arguments: [String]) throws -> JSONObject {
    let outcome = try run(arguments + ["--json"])
    try #require(outcome.code == 0, "\(outcome)")
    return try JSONObject(outcome.output)
  }

  private let threeLines = """
    {"prompt": "p", "chosen": "good", "rejected": "bad"}
    {"prompt": "p", "chosen": 1, "rejected": "bad"}
    {"prompt": "p", "chosen": "same", "rejected": "same"}

    """

  // MARK: Import

  @Test func importAccountsForEveryRow() throws {
    try folder.write("three.jsonl", threeLines)
    let stopped = try run(["import", "three.jsonl", "--output", "out.h5"])
    #expect(stopped.code == 65 && stopped.errors.contains("line 2"), "\(stopped)")
    #expect(!folder.exists("out.h5"))
    let kept = try json(["import", "three.jsonl", "--output", "kept.h5", "--on-invalid", "drop"])
    #expect(kept.number("imported") == 2 && kept.number("dropped_total") == 1)
    #expect(kept.text.contains(#""kept":[{"reason":"identical completions","count":1"#))
    let ledger = try json([
      "import", "three.jsonl", "--output", "out.h5", "--on-invalid", "drop", "--drop-identical",
    ])
    #expect(ledger.number("read") == 3)
    #expect(ledger.number("imported") == 1)
    #expect(ledger.number("dropped_total") == 2)
    let file = try PreferenceFile(path: folder.file("out.h5"))
    #expect(file.count == 1)
    let stored = try JSONObject(try #require(file.attribute("ledger")))
    #expect(stored.text == ledger.text)
    let again = try run(["import", "three.jsonl", "--output", "out.h5", "--on-invalid", "drop"])
    #expect(again.code == 73, "\(again)")
  }

  @Test func importedTextsAreTheOriginalOnes() throws {
    let outcome = try run(["import", pairs, "--output", "out.h5"])
    try #require(outcome.code == 0, "\(outcome)")
    var list = RecordList()
    _ = try Importer.run(source: pairs, into: &list)
    let file = try PreferenceFile(path: folder.file("out.h5"))
    let records = try file.records(Array(0..<file.count))
    try #require(records.count == list.records.count)
    for (stored, record) in zip(records, list.records) {
      #expect(stored.prompt == record.prompt && stored.group == record.group)
      #expect(stored.chosen == record.chosen && stored.rejected == record.rejected)
    }
  }

  @Test func rowsCanBeLimited() throws {
    let ledger = try json(["import", pairs, "--output", "out.h5", "--max-rows", "7"])
    #expect(ledger.number("read") == 7)
  }

  @Test func manyAnnotators() throws {
    let lines = (0..<80_000).map { row in
      "{\"chosen\": \"a\(row)\", \"rejected\": \"b\", \"annotator\": \"worker-number-\(row)\"}\n"
    }
    try folder.write("many.jsonl", lines.joined())
    let outcome = try run(["import", "many.jsonl", "--output", "out.h5"])
    try #require(outcome.code == 0, "\(outcome)")
    let file = try PreferenceFile(path: folder.file("out.h5"))
    #expect(file.annotatorNames.count == 80_000)
    #expect(file.annotatorNames.last == "worker-number-79999")
  }

  // MARK: Inspect

  @Test func inspectGivesTheSameForBothForms() throws {
    _ = try run(["import", pairs, "--output", "out.h5"])
    let (text, stored) = (try json(["inspect", pairs]), try json(["inspect", "out.h5"]))
    for key in ["pairs", "groups", "prompt", "chosen", "rejected", "head"] {
      let (a, b) = (try #require(text[key]), try #require(stored[key]))
      #expect(JSONObject(a).text == JSONObject(b).text, "\(key)")
    }
    #expect(stored.list("datasets").contains { $0["path"]?.string == "responses/text/values" })
  }

  @Test func inspectFitsATerminal() throws {
    try folder.synthesize()
    for file in [pairs, "pairs.h5"] {
      let outcome = try run(["inspect", file])
      #expect(outcome.code == 0)
      for line in outcome.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }
  }

  // MARK: Validate

  @Test func validateNamesKindsAndLines() throws {
    var lines = (0..<96).map {
      "{\"prompt\": \"q\($0)\", \"chosen\": \"a\($0)\", \"rejected\": \"b\"}"
    }
    lines.append(lines[10])  // line 97
    lines.append("{\"prompt\": \"q3\", \"chosen\": \"b\", \"rejected\": \"a3\"}")  // line 98
    lines.append("{\"prompt\": \"x\", \"chosen\": \"\", \"rejected\": \"y\"}")  // line 99
    lines.append("not json")  // line 100
    try folder.write("odd.jsonl", lines.joined(separator: "\n") + "\n")
    let outcome = try run(["validate", "odd.jsonl", "--json"])
    #expect(outcome.code == 65)
    #expect(outcome.errorLines.count == 1)
    let report = try JSONObject(outcome.output)
    var found: [String: [Int]] = [:]
    for finding in report.list("findings") {
      found[finding["kind"]?.string ?? ""] = finding["rows"]?.list?.compactMap {
        Int($0.number ?? -1)
      }
    }
    #expect(found["duplicate"] == [97])
    #expect(found["contradiction"] == [4, 98])
    #expect(found["empty_completion"] == [99])
    #expect(found["unreadable"] == [100])
    #expect(
      report.list("exceeding").compactMap(\.string) == ["unreadable", "contradiction"],
      "one in a hundred is within the limit, two are not, and nothing unreadable is")
    let lenient = try run([
      "validate", "odd.jsonl", "--max-share", "unreadable=0.01", "--max-share",
      "contradiction=0.02",
    ])
    #expect(lenient.code == 0, "\(lenient)")
    let strict = try run(["validate", "odd.jsonl", "--max-share", "0.5"])
    #expect(strict.code == 0, "\(strict)")
  }

  @Test func validateSeesNumbersThatAreNone() throws {
    try folder.synthesize(pairs: 50)
    let outcome = try run(["validate", "pairs.h5"])
    #expect(outcome.code == 0, "\(outcome)")
    #expect(outcome.output.contains("no defects found"))
  }

  // MARK: Synthesize

  @Test func synthesizeIsAFunctionOfItsOptions() throws {
    let options = [
      "--pairs", "500", "--features", "6", "--flip-rate", "0.1", "--length-bias", "0.5",
      "--validation-pairs", "50", "--test-pairs", "100", "--seed", "9", "--temperature", "0.5",
    ]
    let first = try json(["synthesize", "--output", "a.h5", "--reward", "mlp"] + options)
    let second = try json(["synthesize", "--output", "b.h5", "--reward", "mlp"] + options)
    #expect(first.text == second.text)
    let (a, b) = (
      try PreferenceFile(path: folder.file("a.h5")), try PreferenceFile(path: folder.file("b.h5"))
    )
    #expect(a.count == 650 && a.featureWidth == 7)
    #expect(a.splits.mapValues(\.count) == ["train": 500, "validation": 50, "test": 100])
    let rows = Array(0..<650)
    let needs = PairNeeds(features: true)
    #expect(try a.read(rows, needs).features?.array == b.read(rows, needs).features?.array)
    #expect(try JSONObject(try #require(a.attribute("truth"))).text == first.text)
    let accuracy = try #require(first["bayes"]?["accuracy"]?.number)
    #expect((0.5...1).contains(accuracy))
  }

  @Test func synthesizedGroupsAreThere() throws {
    _ = try json(["synthesize", "--output", "g.h5", "--groups", "--pairs", "200"])
    let file = try PreferenceFile(path: folder.file("g.h5"))
    #expect(Set(file.groupNames) == ["group_0", "group_1"])
  }

  // MARK: Cache

  @Test func trainingImportsOnceAndChecksTheCopy() throws {
    var recipe = Recipe(data: pairs, ["trainer.max_steps": "3", "trainer.save_steps": "3"])
    recipe["model.kind"] = "text_hash"
    func train() throws -> [UInt8] {
      let outcome = try folder.train(recipe, ["--overwrite"])
      try #require(outcome.code == 0, "\(outcome)")
      return try folder.bytes("runs/run/final/model.safetensors")
    }
    func copies() -> [String] {
      FileAccess.names(in: folder.file("runs/.cache")).filter { $0.hasSuffix(".h5") }
    }
    let first = try train()
    let ledger = try folder.bytes("runs/run/data-ledger.json")
    try #require(copies().count == 1)
    let path = "runs/.cache/" + copies()[0]
    let good = try folder.bytes(path)
    #expect(try train() == first)
    #expect(try folder.bytes("runs/run/data-ledger.json") == ledger)
    // A damaged copy is made anew, in the same bytes.
    var bad = good
    bad[bad.count / 2] ^= 1
    try folder.write(path, bad)
    #expect(try train() == first)
    #expect(try folder.bytes(path) == good)
    // Other options, another copy.
    recipe["data.drop_invalid"] = "true"
    _ = try train()
    #expect(copies().count == 2)
  }

  @Test func processesShareOneCopy() throws {
    var recipe = Recipe(data: pairs, ["trainer.max_steps": "3"])
    recipe["model.kind"] = "text_hash"
    // What a killed import leaves is cleared away.
    try FileAccess.createFolder(folder.file("runs/.cache"))
    try folder.write("runs/.cache/.old.h5.1.partial", "half a file")
    var running: [RunningProgram] = []
    for index in 0..<4 {
      recipe["run.name"] = "run\(index)"
      try folder.write("config\(index).yaml", recipe.yaml)
      running.append(try Program.start(["train", "config\(index).yaml"], in: folder))
    }
    for process in running { #expect(process.wait().code == 0) }
    let first = try folder.bytes("runs/run0/final/model.safetensors")
    for index in 1..<4 {
      #expect(try folder.bytes("runs/run\(index)/final/model.safetensors") == first)
    }
    let names = FileAccess.names(in: folder.file("runs/.cache")).filter { $0 != ".lock" }
    #expect(names.count == 2, "\(names)")
  }
}
