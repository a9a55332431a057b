import PairwiseConfig
import PairwiseData
import PairwiseLaboratory
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// Verdicts about claims.
@Suite("Claims")
struct ClaimTests {
  private func claim(_ expect: String) throws -> Claim {
    let text = "{paper: p, statement: s, expect: [\(expect)]}"
    let node = try ConfigFile.parse(Array(text.utf8), file: "c.yaml")
    return try ConfigReader.read(Claim.self, from: node, file: "c.yaml").value
  }

  /// Runs of two objectives: `a` is the seed's number above `b`, which is 1; at rate 1 they change places.
  private func runs(_ gaps: [Double]) -> [ComparedRun] {
    var runs: [ComparedRun] = []
    for rate in [0, 1] {
      for (seed, gap) in gaps.enumerated() {
        for (label, value) in [("a", rate == 0 ? 1 + gap : 1), ("b", rate == 0 ? 1 : 1 + gap)] {
          runs.append(
            ComparedRun(
              objective: label,
              settings: [.init(key: "problem.rate", value: ConfigNode(.int(rate)))], seed: seed,
              steps: 1, measures: [("error", value)]))
        }
      }
    }
    return runs
  }

  private func outcomes(_ expect: String, _ gaps: [Double]) throws -> [String] {
    try ClaimFinding(try claim(expect), runs(gaps), level: 0.95).measured.map(\.outcome.rawValue)
  }

  @Test func intervalsDecide() throws {
    let clear = [0.9, 1.0, 1.1, 1.0]
    let at = "at: {problem.rate: 0}"
    #expect(try outcomes("{objective: a, measure: error, above: b, \(at)}", clear) == ["holds"])
    #expect(try outcomes("{objective: a, measure: error, below: b, \(at)}", clear) == ["opposite"])
    #expect(try outcomes("{objective: a, measure: error, above: 1.2, \(at)}", clear) == ["holds"])
    #expect(
      try outcomes("{objective: a, measure: error, above: b, \(at)}", [2, -1, 1, -1]) == ["open"])
    // At rate 1 they have changed places, and over both rates nothing is left.
    #expect(
      try outcomes("{objective: a, measure: error, below: b, at: {problem.rate: 1.0}}", clear)
        == ["holds"])
    #expect(try outcomes("{objective: a, measure: error, above: b}", clear) == ["open"])
    #expect(
      try outcomes(
        "{objective: b, measure: error, above: b, at: {problem.rate: 1}, than_at: {problem.rate: 0}}",
        clear) == ["holds"])
    // What nothing drew has no interval: the numbers themselves decide.
    #expect(try outcomes("{objective: a, measure: error, above: b, \(at)}", [0.1]) == ["holds"])
    #expect(try outcomes("{objective: a, measure: error, above: b, \(at)}", [0]) == ["open"])
    #expect(try outcomes("{objective: c, measure: error, above: b, \(at)}", clear) == ["open"])
  }

  /// More expectations widen each interval: one that holds alone may not hold among twenty.
  @Test func manyExpectationsWidenEach() throws {
    let one = "{objective: a, measure: error, above: b, at: {problem.rate: 0}}"
    let gaps = [1, 0.3, 1.1, 0.2, 0.6]
    #expect(try outcomes(one, gaps) == ["holds"])
    let many = Array(repeating: one, count: 32).joined(separator: ", ")
    #expect(try outcomes(many, gaps).allSatisfy { $0 == "open" })
  }

  @Test func verdictsCount() throws {
    let yes = "{objective: a, measure: error, above: b, at: {problem.rate: 0}}"
    let no = "{objective: a, measure: error, below: b, at: {problem.rate: 0}}"
    func verdict(_ expect: String) throws -> ClaimFinding.Verdict {
      try ClaimFinding(try claim(expect), runs([1, 1.1, 1, 0.9]), level: 0.95).verdict
    }
    #expect(try verdict(yes) == .reproduced)
    #expect(try verdict("\(yes), \(no)") == .partly)
    #expect(try verdict(no) == .not)
  }

  @Test(arguments: [
    ("{objective: a, measure: error}", "either below or above"),
    ("{objective: a, measure: error, below: 1, above: 0}", "either below or above"),
    ("{objective: a, below: 1}", "expected an objective and a measure"),
    ("{objective: a, measure: error, below: [1]}", "another objective's label or a number"),
    ("{objective: a, measure: error, below: 1, where: {}}", "unknown key 'where'"),
    ("{objective: a, measure: error, below: 1, at: 3}", "expected keys of the grid"),
    ("3", "expected a table"),
  ])
  func problemsAreSaid(_ expect: String, _ message: String) throws {
    do {
      _ = try claim(expect)
      Issue.record("it was read")
    } catch let error as ConfigError {
      #expect(error.problems.contains { $0.message.contains(message) }, "\(error.problems)")
    }
  }

  @Test func expectationsReadAsSentences() throws {
    let read = try claim(
      "{objective: a, measure: error, below: b, at: {problem.rate: 0}}, "
        + "{objective: a, measure: error, above: 0.5}")
    #expect(
      read.expectations.map(\.words) == [
        "error of a at problem.rate 0 below that of b", "error of a above 0.5",
      ])
  }

  /// Every claim of the project names objectives, measures and points that its comparison has.
  @Test func claimsOfTheProjectAreSound() throws {
    let folder = Oracle.root + "/Configs/claims"
    let files = FileAccess.names(in: folder).filter { $0.hasSuffix(".yaml") }.sorted()
    #expect(files.count >= 29)
    let claims = try ClaimRuns(files.map { folder + "/" + $0 }, output: "unused")
    #expect(claims.count == files.count)
  }
}
