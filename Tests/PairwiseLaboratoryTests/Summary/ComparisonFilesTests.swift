import Foundation
import PairwiseConfig
import PairwiseData
import PairwiseLaboratory
import Testing

struct ComparisonSentenceTests {
  @Test func sentences() throws {
    var made = MadeUpComparison.noisy
    made.spread = 0.01
    let summary = try made.summary()
    let sentences = summary.sentences
    #expect(sentences.count == 3)
    #expect(
      sentences[0].hasPrefix(
        "By distance, robust_dpo ranks first of 3 over 3 conditions, with a mean rank of 1.3"),
      "\(sentences[0])")
    #expect(sentences[0].hasSuffix("; no other is level with it."), "\(sentences[0])")
    #expect(
      sentences[1].hasPrefix(
        "cdpo is worse than dpo at flip_rate 0.2 and 0.4, most at flip_rate 0.4: distance 3.30"),
      "\(sentences[1])")
    #expect(
      sentences[2].hasPrefix(
        "robust_dpo is better than dpo at flip_rate 0.2 and 0.4, most at flip_rate 0.4: "),
      "\(sentences[2])")
    #expect(
      sentences[2].contains("a difference of −2.00 (")
        && sentences[2].contains("p\u{A0}<\u{A0}0.001, 20 seeds")
        && sentences[2].hasSuffix("; not told apart at flip_rate 0."), "\(sentences[2])")
    #expect(
      summary.recommendation
        == "Use robust_dpo (label_smoothing 0.1): it is the best, or not told apart from the best, under all 3 "
        + "conditions. The choice makes no real difference at flip_rate 0.")
    #expect(summary.method.contains("sign-flip tests on differences seed by seed"))
  }

  @Test func tables() throws {
    let wide = try MadeUpComparison.noisy.summary().table
    #expect(wide.head == ["objective", "rank", "flip_rate 0", "flip_rate 0.2", "flip_rate 0.4"])
    #expect(wide.rows.map { $0[0] } == ["robust_dpo", "dpo", "cdpo"])
    #expect(wide.rows[0][4].hasSuffix(" +") && wide.rows[2][4].hasSuffix(" −"))
    #expect(wide.rows.allSatisfy { $0.count == wide.head.count })
    var made = MadeUpComparison.noisy
    made.flipRates = [0, 0.1, 0.2, 0.3, 0.4, 0.45, 0.49]
    let long = try made.summary().table
    #expect(long.head.count == 6 && long.rows.count == 21)
    #expect(long.rows.allSatisfy { $0.count == 6 })
  }
}

struct ComparisonFileTests {
  @Test func factsSurviveTheirDocument() throws {
    var made = MadeUpComparison.noisy
    made.betas = [0.1, 1]
    made.seeds = 3
    let summary = try made.summary()
    var writer = JSONWriter(.pretty)
    writer.write(summary.node)
    let node = try JSON.parse(writer.string)
    #expect(try #require(ComparisonFacts(summaryDocument: node)) == made.facts)
    #expect(node["differences"] != nil && node["ranks"]?["best"] != nil)
    let other = try JSON.parse("{\"comparison\": {\"name\": 3}}")
    #expect(ComparisonFacts(summaryDocument: other) == nil)
    #expect(ComparisonFacts(summaryDocument: ConfigNode(.list([]))) == nil)
  }

  @Test func rowsOfTheCSV() throws {
    var made = MadeUpComparison.noisy
    (made.labels, made.seeds) = (["dpo", "my, \"own\""], 4)
    let csv = try made.summary().csv
    let lines = csv.components(separatedBy: "\r\n").dropLast()
    #expect(lines.count == 1 + 2 * 3 * 3)
    #expect(lines[0].hasPrefix("objective,problem.flip_rate,measure,runs,failed,mean,"))
    #expect(lines[10].hasPrefix("\"my, \"\"own\"\"\",0,distance,4,0,"))
    #expect(lines[10].hasSuffix(",undecided") && lines[1].hasSuffix(",,,,,,,,,"))
    let columns = lines[0].components(separatedBy: ",").count
    #expect(lines[1].components(separatedBy: ",").count == columns)
  }

  /// A file that is removed when the test ends.
  private func withFile<T>(_ text: String, _ body: (String) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("results.jsonl").path
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return try body(file)
  }

  private func line(_ run: ComparedRun) -> String {
    var writer = JSONWriter()
    writer.write(run.node)
    return writer.string + "\n"
  }

  @Test func runsAreReadBack() throws {
    var made = MadeUpComparison.noisy
    made.seeds = 2
    var runs = made.runs
    runs[3].failure = "loss is not finite"
    runs[3].measures = []
    let text = runs.map(line).joined()
    #expect(try withFile(text, ComparedRun.read) == runs)
    // A torn last line; and of two lines for the same run the first counts.
    #expect(try withFile(text + "{\"objective\": \"dp", ComparedRun.read) == runs)
    var again = runs[0]
    again.steps = 7
    try withFile(text + line(again)) {
      let found = try ComparedRun.read($0)
      #expect(found == runs)
    }
  }

  @Test(arguments: [
    ("{\n", "line 1, column 2: "),
    ("{\"measures\": []}\n", "line 1: measures: found a list, expected a table"),
    (
      "{\"measures\": {}, \"curves\": {}, \"settings\": 3}\n",
      "line 1: settings: found the integer 3, expected a table"
    ),
    (
      "\n{\"measures\": {\"a\": \"x\"}, \"curves\": {}, \"settings\": {}, \"objective\": \"dpo\", \"seed\": 0, "
        + "\"steps\": 1, \"seconds\": 0, \"id\": \"x\"}\n",
      "line 2: measures.a: found the string 'x', expected a number"
    ),
    (
      "{\"measures\": {}, \"curves\": {\"a\": {\"steps\": [1, 2], \"values\": [1]}}, \"settings\": {}, "
        + "\"objective\": \"dpo\", \"seed\": 0, \"steps\": 1, \"seconds\": 0, \"id\": \"x\"}\n",
      "line 1: curves.a: found 1, expected as many values as steps, 2"
    ),
    (
      "{\"measures\": {}, \"curves\": {\"a\": {\"steps\": [2, 2], \"values\": [1, 1]}}, \"settings\": {}, "
        + "\"objective\": \"dpo\", \"seed\": 0, \"steps\": 1, \"seconds\": 0, \"id\": \"x\"}\n",
      "line 1: curves.a: found steps that do not, expected steps that ascend"
    ),
    (
      "{\"measures\": {}, \"curves\": {}, \"settings\": {}, \"seed\": 0, \"steps\": 0}\n",
      "line 1: objective: found null, expected a string"
    ),
    (
      "{\"measures\": {}, \"curves\": {}, \"settings\": {}, \"seed\": -1, \"steps\": 0}\n",
      "line 1: seed: found the integer -1, expected 0 or more"
    ),
    (
      "{\"measures\": {}, \"curves\": {}, \"settings\": {}, \"objective\": \"dpo\", \"seed\": 1e99, \"steps\": 1, "
        + "\"seconds\": 0, \"id\": \"x\"}\n",
      "line 1: seed: found the number 1e+99, expected an integer"
    ),
  ])
  func wrongLines(text: String, expected: String) throws {
    try withFile(text) { file in
      do {
        _ = try ComparedRun.read(file)
        Issue.record("nothing was wrong")
      } catch {
        #expect("\(error)".hasPrefix("\(file): \(expected)"), "\(error)")
      }
    }
  }
}
