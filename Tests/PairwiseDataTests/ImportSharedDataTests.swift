import PairwiseData
import Testing

/// Real human preferences beside the project, where they are there. Counts from their README.
@Suite struct ImportSharedDataTests {
  private static let harmless = sharedFile("data/hh-harmless.jsonl")
  private static let groups = sharedFile("data/hh-two-groups.jsonl")

  @Test(.enabled(if: harmless != nil, "the shared data are not there"))
  func harmlessDialogues() throws {
    var list = RecordList()
    let ledger = try Importer.run(source: try #require(Self.harmless), into: &list)
    #expect(ledger.read == 1865 && ledger.addsUp && ledger.warnings.isEmpty)
    #expect(list.records.allSatisfy { $0.prompt?.text.hasSuffix("\n\nAssistant:") == true })
  }

  @Test(.enabled(if: groups != nil, "the shared data are not there"))
  func twoGroups() throws {
    var list = RecordList()
    let ledger = try Importer.run(source: try #require(Self.groups), into: &list)
    #expect(ledger.read == 3234 && ledger.addsUp)
    #expect(ledger.dropped.isEmpty)
    #expect(ledger.kept.allSatisfy { $0.name == "identical completions" })
    #expect(try InMemoryPairs(list.records).groupNames.sorted() == ["harmless", "helpful"])
  }
}
