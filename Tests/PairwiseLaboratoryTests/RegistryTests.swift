import PairwiseConfig
import PairwiseData
import PairwiseLaboratory
import PairwiseTensor
import Testing

struct RegistryTests {
  @Test func namesAreUnique() {
    let names = toyProblems.map { $0.name }
    #expect(Set(names).count == names.count)
    for type in toyProblems {
      #expect(!type.summary.isEmpty && !type.source.isEmpty)
      #expect(ProblemRegistry.find(type.name) == type)
    }
    #expect(ProblemRegistry.find("nothing") == nil)
  }

  /// Problems with pairs hand them out as a source that a trainer reads, both splits in one.
  @Test func pairsAsASource() throws {
    for type in toyProblems {
      guard let problem = type.init() as? any PairProblem else { continue }
      let drawn = problem.draw(.train)
      let source = try problem.pairs()
      #expect(source.count == drawn.count + problem.draw(.test).count)
      #expect(source.splits["train"] == .range(0..<drawn.count))
      #expect(source.featureWidth == drawn.width)
      let block = try source.read([0], PairNeeds(features: true))
      #expect(
        block.features?.array == (drawn.chosen(0) + drawn.rejected(0)).map { Float($0) })
    }
  }

  @Test func whatIsKnownOfAPair() throws {
    let source = try TwoGroup().pairs()
    let drawn = TwoGroup().draw(.train)
    #expect(source.groupNames.sorted() == ["group_0", "group_1"])
    #expect(source.annotatorNames.count == 20)
    let block = try source.read(
      [5], PairNeeds(columns: [.group, .annotator, "context", .chosenGold]))
    let note = drawn.notes[5]
    #expect(block.columns["context"] == [Float(note.context ?? .nan)])
    let group = Int(block.columns[.group]?[0] ?? -1)
    #expect(source.groupNames[group] == "group_\(note.group)")
    let graded = try GradedLinear().pairs()
    #expect(try graded.read([0], PairNeeds(columns: ["strength"])).columns["strength"]?.count == 1)
  }

  @Test func configs() throws {
    let problem = try #require(
      try read(#"{"problem": "two_group", "minority": 6, "train_rows": 10}"#) as? TwoGroup)
    #expect(problem.minority == 6 && problem.draw(.train).count == 10)
    #expect(throws: ConfigError.self) { try read(#"{"problem": "two_groups"}"#) }
    #expect(throws: ConfigError.self) { try read(#"{"problem": "two_group", "minority": 21}"#) }
    #expect(throws: ConfigError.self) { try read(#"{"problem": "pets", "rows": 21}"#) }
  }

  private func read(_ json: String) throws -> any ToyProblem {
    try ConfigReader.readVariant(
      ProblemRegistry.options(), discriminator: "problem", from: JSON.parse(json), path: "data",
      file: "a.json"
    ).value
  }

  /// Exchanging sides twice gives the pairs back.
  @Test func flipsUndo() {
    let pairs = NoisyLinear().draw(.train)
    #expect(pairs.flipping([3, 7]) != pairs)
    #expect(pairs.flipping([3, 7]).flipping([7, 3]) == pairs)
    #expect(pairs.selecting([2, 0]).notes == [pairs.notes[2], pairs.notes[0]])
  }
}
