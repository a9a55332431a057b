import PairwiseConfig
import PairwiseEvaluation
import RealModule
import Testing

/// RewardBench's sections and version 2 (methods reference, §8.1).
struct SectionReportTests {
  private typealias Subset = SectionReport.Subset

  /// All subsets of a section at one accuracy.
  private func subsets(_ accuracies: [String: Double], dropping: Set<String> = []) -> [Subset] {
    SectionScheme.rewardBench.sections.flatMap { section in
      section.subsets.compactMap { subset in
        guard let accuracy = accuracies[section.name], !dropping.contains(subset.name) else {
          return nil
        }
        return Subset(name: subset.name, count: 10, accuracy: accuracy)
      }
    }
  }

  private let sections = ["Chat": 0.95, "Chat Hard": 0.70, "Safety": 0.85, "Reasoning": 0.90]

  @Test func workedExample() throws {
    let four = try SectionReport(subsets(sections), scheme: .rewardBench)
    #expect(abs(four.score - 0.85) < 1e-12)
    #expect(four.sections.last?.score == nil)
    let five = try SectionReport(
      subsets(sections.merging(["Prior Sets": 0.72]) { $1 }), scheme: .rewardBench)
    #expect(abs(five.score - 0.8355555556) < 1e-10)
  }

  @Test func countsAreFixed() throws {
    // 447 pairs of math-prm count 984, as much as the code subsets together.
    var found = subsets(sections.filter { $0.key != "Reasoning" })
    found.append(Subset(name: "math-prm", count: 447, accuracy: 1))
    for language in ["cpp", "go", "java", "js", "python", "rust"] {
      found.append(Subset(name: "hep-\(language)", count: 164, accuracy: 0))
    }
    let fixed = try SectionReport(found, scheme: .rewardBench)
    #expect(fixed.sections[3].score == 0.5)
    var scheme = SectionScheme.rewardBench
    scheme.counts = .observed
    let observed = try SectionReport(found, scheme: scheme)
    #expect(observed.sections[3].score.map { abs($0 - 447.0 / (447 + 984)) < 1e-12 } == true)
    // The counts themselves.
    let sums = SectionScheme.rewardBench.sections.map { section in
      section.subsets.reduce(0) { $0 + ($1.count ?? 0) }
    }
    #expect(sums == [358, 456, 740, 1968, 0])
    // A missing subset leaves its section's mean to the others.
    let partial = try SectionReport(
      subsets(sections, dropping: ["alpacaeval-easy"]), scheme: .rewardBench)
    #expect(abs(partial.score - 0.85) < 1e-12)
  }

  @Test func pairsWithSubsets() throws {
    let scheme = SectionScheme(
      name: "mine",
      sections: [
        .init("first", [.init("a"), .init("b")]), .init("second", weight: 3, [.init("c")]),
      ])
    let scores = try PairScores(
      chosen: [1.0, 1, 0, 0, 2], rejected: [0.0, 0, 1, 0, 1], groups: [0, 0, 1, 2, 2],
      groupNames: ["a", "b", "c"])
    let report = try SectionReport(scores, scheme: scheme)
    #expect(report.sections.map(\.score) == [2.0 / 3, 0.5], "a tie is wrong")
    #expect(abs(report.score - (2.0 / 3 + 3 * 0.5) / 4) < 1e-15)
  }

  @Test func refuses() {
    func message(_ subsets: [Subset], _ scheme: SectionScheme = .rewardBench) -> String? {
      error { () throws(EvaluationError) in _ = try SectionReport(subsets, scheme: scheme) }?
        .description
    }
    #expect(
      message([Subset(name: "chat", count: 1, accuracy: 1)])
        == "subset: row 0: found 'chat', expected one of rewardbench")
    let noSafety = subsets(sections.filter { $0.key != "Safety" })
    #expect(message(noSafety) == "section 'Safety': found no pairs, expected at least one")
    var lenient = SectionScheme.rewardBench
    lenient.allowsMissing = true
    #expect(message(noSafety, lenient) == nil)
    #expect(message([], lenient)?.hasPrefix("sections of rewardbench") == true)
    #expect(message([Subset(name: "shp", count: 1, accuracy: 1.5)])?.contains("1.5") == true)
    let twice = Subset(name: "shp", count: 1, accuracy: 1)
    #expect(message([twice, twice])?.contains("'shp' twice") == true)
  }

  @Test func readsSchemes() throws {
    func read(_ text: String) throws -> SectionScheme {
      try ConfigReader.read(SectionScheme.self, from: try JSON.parse(text), file: "s.yaml").0
    }
    let scheme = try read(
      """
      {"name": "mine", "counts": "fixed", "sections": {"Chat": ["easy", "hard"],
       "Safety": {"weight": 2, "subsets": {"refusals": 100, "answers": 250}}}}
      """)
    #expect(
      scheme
        == SectionScheme(
          name: "mine",
          sections: [
            .init("Chat", [.init("easy"), .init("hard")]),
            .init("Safety", weight: 2, [.init("refusals", 100), .init("answers", 250)]),
          ], counts: .fixed))
    for text in [
      #"{"sections": {}}"#, #"{"sections": {"a": []}}"#, #"{"sections": {"a": {"weight": 1}}}"#,
      #"{"sections": {"a": {"weight": 0, "subsets": ["x"]}}}"#, #"{"sections": ["a"]}"#,
      #"{"sections": {"a": {"subsets": {"x": 0}}}}"#, #"{"sections": {"a": ["x"], "b": ["x"]}}"#,
      #"{"sections": {"a": {"subsets": ["x"], "count": 1}}}"#, #"{"names": 1}"#,
    ] {
      #expect(throws: ConfigError.self, "\(text)") { try read(text) }
    }
  }

  @Test func tiesOfVersionTwo() throws {
    let tied = [
      TiesScore.Prompt(correct: [2.0, 1.8, 1.9], wrong: [0.5]),
      TiesScore.Prompt(correct: [1.0, 0.2], wrong: [0.4, 0.3]),
    ]
    let references = [
      TiesScore.Prompt(correct: [2.5], wrong: [0.7]),
      TiesScore.Prompt(correct: [1.2], wrong: [0.9]),
    ]
    let found = try TiesScore(tied: tied, references: references)
    #expect(found.referenceAccuracy == 1 && found.accuracy == 0.5)
    #expect(found.wideGap == 0.5 && found.wideLeastGap == 0.5)
    #expect(abs(found.separation - 0.0758414786) < 1e-10)
    #expect(abs(found.score - 0.6507584148) < 1e-10)
    // Right completions that all score the same, and no gap either: 0, not NaN.
    let flat = TiesScore.Prompt(correct: [1, 1], wrong: [1])
    #expect(try TiesScore(tied: [flat], references: [flat]).score == 0)
    #expect(
      error { () throws(EvaluationError) in _ = try TiesScore(tied: tied, references: []) } != nil)
    #expect(
      error { () throws(EvaluationError) in
        _ = try TiesScore(tied: [.init(correct: [], wrong: [1])], references: [references[0]])
      } != nil)
    #expect(try BestOfScores.credit([3, 3, 1, 3]) == 1.0 / 3)
    #expect(try BestOfScores.credit([3, 4]) == 0)
    #expect(error { () throws(EvaluationError) in _ = try BestOfScores.credit([3]) } != nil)
  }
}
