import PairwiseConfig
import PairwiseData
import Testing

/// `rate`: the worked example as a file, output, options and errors.
@Suite(.enabled(if: Program.isBuilt))
struct RateCommandTests {
  private let folder = TemporaryDirectory()

  /// The matches of the win matrix [[0,7,4],[3,0,6],[2,5,0]] (methods reference, §8.4).
  private func example() throws -> String {
    var lines = ""
    for (i, row) in [[0, 7, 4], [3, 0, 6], [2, 5, 0]].enumerated() {
      for (j, count) in row.enumerated() {
        let line = #"{"model_a": "m\#(i)", "model_b": "m\#(j)", "winner": "model_a"}"# + "\n"
        lines += String(repeating: line, count: count)
      }
    }
    return try folder.write("matches.jsonl", lines)
  }

  private func number(_ node: ConfigNode?) -> Double {
    switch node?.value {
    case .number(let value): value
    case .int(let value): Double(value)
    default: .nan
    }
  }

  private func items(_ arguments: [String]) throws -> [ConfigNode] {
    let outcome = try Program.run(["rate", try example(), "--json"] + arguments, in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    guard case .list(let items)? = try JSON.parse(Array(outcome.output.utf8))["items"]?.value
    else { return [] }
    return items
  }

  @Test func workedExample() throws {
    for method in ["newton", "mm"] {
      let found = try items(["--method", method])
      let expected = [("m0", 1092.8996346131), ("m1", 962.7284140688), ("m2", 944.3719513181)]
      #expect(found.count == 3)
      for (item, (name, rating)) in zip(found, expected) {
        #expect(item["item"]?.value == .string(name))
        // The fit ends at a mean change of 1e-8 in strength, 2e-6 in rating.
        #expect(abs(number(item["rating"]) - rating) < 1e-4)
      }
    }
    let anchored = try items(["--anchor", "m0", "--base", "1200"])
    #expect(number(anchored[0]["rating"]) == 1200)
    #expect(abs(number(anchored[1]["standard_error"]) - 0.5734468434) < 1e-8)
    let prior = try items(["--regularization", "0.1"])
    #expect(abs(number(prior[0]["strength"]) - 0.5234995022) < 1e-7)
    let drawn = try items(["--regularization", "0.1", "--bootstrap", "50", "--seed", "1"])
    #expect(drawn[0]["rating_ci_method"]?.value == .string("bootstrap_percentile"))
  }

  @Test func showsATableAndWritesFiles() throws {
    let matches = try example()
    let outcome = try Program.run(
      ["rate", matches, "--top", "2", "--output", "ratings.csv"], in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    #expect(outcome.output.contains("rank  item  rating   95 % interval  games  win rate"))
    #expect(outcome.output.contains("1  m0    1092.9  969.4 … 1216.4     16    0.6875"))
    #expect(outcome.output.contains("… and 1 more"))
    #expect(
      outcome.output.contains(
        "27 matches; intervals from standard errors of strengths that sum to 0"))
    let lines = try folder.text("ratings.csv").split(separator: "\n")
    #expect(lines.count == 4 && lines[1].hasPrefix("1,m0,1092.89"))
    let json = try Program.run(["rate", matches, "--output", "ratings.json"], in: folder)
    #expect(json.code == 0)
    #expect(try JSON.parse(folder.bytes("ratings.json"))["matches"]?.value == .int(27))
  }

  @Test func refusesWhatHasNoRatings() throws {
    try folder.write("m.csv", "a,b,label\nx,y,1\ny,z,1\nz,y,1\n")
    let apart = try Program.run(["rate", "m.csv"], in: folder)
    #expect(apart.code == 65)
    #expect(apart.errors.contains("ratings: 'x' never lost to the others"), "\(apart)")
    #expect(try Program.run(["rate", "m.csv", "--regularization", "0.5"], in: folder).code == 0)
    for (arguments, code) in [
      (["rate", "missing.csv"], 66), (["rate", "m.csv", "--regularization=-1"], 65),
      (["rate", "m.csv", "--ties", "third"], 64), (["rate", "m.csv", "--bootstrap=-1"], 64),
      (["rate", "m.csv", "--regularization", "1", "--anchor", "w"], 65),
      (["rate", "m.csv", "--regularization", "1", "--bootstrap", "9000000000"], 65),
    ] as [([String], Int32)] {
      let outcome = try Program.run(arguments, in: folder)
      #expect(outcome.code == code, "\(arguments): \(outcome)")
    }
  }
}
