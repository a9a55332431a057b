import PairwiseConfig
import PairwiseData
import Testing

/// `select`: the worked example of best-of-n as a file, several scores a candidate, and errors.
@Suite(.enabled(if: Program.isBuilt))
struct SelectCommandTests {
  private let folder = TemporaryDirectory()

  private func run(_ arguments: [String]) throws -> Outcome {
    try Program.run(["select"] + arguments, in: folder)
  }

  @Test func workedExample() throws {
    try folder.write(
      "c.jsonl",
      """
      {"prompt": "p", "completions": ["a", "b", "c", "d"], "scores": [0.1, 0.4, 0.7, 1.2], "gold": [0.3, 0.5, 0.9, 0.6]}

      """)
    let outcome = try run(["c.jsonl", "--best-of", "1,2,3,4", "--output", "best.jsonl"])
    try #require(outcome.code == 0, "\(outcome)")
    for line in [
      "1  0.0000  0.6000  0.5750", "2  0.1931  0.9000  0.6833", "3  0.4319  1.0750  0.6750",
      "4  0.6363  1.2000  0.6000",
    ] {
      #expect(outcome.output.contains(line), "\(outcome.output)")
    }
    #expect(outcome.output.contains("gold gains d·(α − β·d)"))
    #expect(
      try folder.text("best.jsonl")
        == #"{"prompt":"p","completion":"d","index":3,"score":1.2,"gold":0.6}"# + "\n")
    let json = try run(["c.jsonl", "--json"])
    guard case .list(let points)? = try JSON.parse(Array(json.output.utf8))["points"]?.value else {
      Issue.record("no points")
      return
    }
    #expect(points.map { $0["n"]?.value } == [.int(1), .int(2), .int(4)])
  }

  @Test func severalScoresACandidate() throws {
    try folder.write(
      "c.jsonl", #"{"scores": [[1.0, 1.0], [3.0, -1.0], [1.2, 0.7]], "mine": [0, 1, 2]}"# + "\n")
    for (options, index) in [
      (["--ensemble", "worst"], 0), (["--ensemble", "mean"], 0),
      (["--ensemble", "uncertainty", "--lambda", "0"], 0), (["--direction", "1,0"], 1),
      (["--direction", "1,0.5", "--gold", "mine"], 1), (["--direction", "1,2"], 0),
    ] {
      let outcome = try run(["c.jsonl", "--output", "best.jsonl"] + options)
      try #require(outcome.code == 0, "\(outcome)")
      let best = try JSON.parse(folder.bytes("best.jsonl"))
      #expect(best["index"]?.value == .int(index), "\(options)")
      #expect((best["gold"] == nil) == !options.contains("--gold"))
    }
  }

  @Test func namesWhatIsWrong() throws {
    let whole = #"{"scores": [1, 2], "gold": [1, 2]}"# + "\n"
    for (line, words) in [
      (#"{"gold": [1]}"#, "line 2: scores: is missing"),
      (#"{"scores": []}"#, "line 2: scores: expected a list of one score or more"),
      (#"{"scores": [[1, 2]]}"#, "line 2: scores: expected a number a candidate"),
      (#"{"scores": [1], "gold": [1, 2]}"#, "line 2: gold: found 2, expected 1, one a score"),
      (#"{"scores": [1, "a"]}"#, "line 2: scores: expected a number a candidate"),
      (#"{"scores": [1, 2]}"#, "line 2: gold: expected in all rows or in none"),
      (#"{"scores": [1], "completions": 3}"#, "line 2: completions: expected a list"),
    ] {
      try folder.write("c.jsonl", whole + line + "\n")
      let outcome = try run(["c.jsonl"])
      #expect(outcome.code == 65 && outcome.errors.contains(words), "\(line): \(outcome)")
    }
    try folder.write("c.jsonl", whole)
    #expect(try run(["c.jsonl", "--best-of", "3"]).errors.contains("found n = 3, expected 1 … 2"))
    #expect(try run(["c.jsonl", "--best-of", "0"]).code == 64)
    #expect(try run(["c.jsonl", "--ensemble", "mean", "--direction", "1"]).code == 64)
    #expect(try run(["c.jsonl", "--ensemble", "mean"]).code == 65)
    #expect(try run(["missing.jsonl"]).code == 66)
  }
}
