import PairwiseConfig
import PairwiseData
import PairwiseText
import Testing

/// Rows of what a policy wrote: several completions of a prompt, single ones with advantages, demonstrations.
@Suite struct ImportSampleTests {
  @Test func completionsStandInForThePair() throws {
    let (records, ledger) = try importJSONL(
      #"{"prompt": "p", "completions": ["a", "b", "c", "d"], "rewards": [1, 0, 2, 1]}"#)
    #expect(records[0].chosen == .plain("a") && records[0].rejected == .plain("b"))
    #expect(records[0].texts[.completion(3)] == "c" && records[0].texts[.completion(4)] == "d")
    #expect(records[0].numbers["rewards"] == [1, 0, 2, 1])
    #expect(ledger.addsUp && ledger.imported == 1)
  }

  /// `generate` leaves answers to conversations as texts.
  @Test func answersOfConversationsAreMessages() throws {
    let prompt = #""prompt": [{"role": "user", "content": "hi"}]"#
    let answer = PreferenceText.messages([ChatMessage(role: "assistant", content: "a")])
    let (records, _) = try importJSONL("{\(prompt), \"completions\": [\"a\", \"b\"]}")
    #expect(records[0].chosen == answer)
    let (single, _) = try importJSONL("{\(prompt), \"completion\": \"a\", \"label\": true}")
    #expect(single[0].chosen == answer && single[0].isDesirable == true)
  }

  @Test func advantagesJudge() throws {
    let (records, _) = try importJSONL(
      """
      {"prompt": "p", "completion": "a", "old_logps": -1, "advantages": 0.5}
      {"prompt": "p", "completion": "b", "old_logps": -2, "advantages": -0.5}
      {"prompt": "p", "completion": "b", "old_logps": -2, "advantages": -0.5, "label": true}
      """)
    #expect(records.map(\.isDesirable) == [true, false, true])
    #expect(records[0].numbers["old_logps"] == [-1])
  }

  @Test func demonstrationsOnlyWhereTheyAreAskedFor() throws {
    let row = #"{"prompt": "p", "completion": "a"}"#
    var options = ImportOptions()
    options.takesDemonstrations = true
    let (records, _) = try importJSONL(row, options)
    #expect(records[0].chosen == .plain("a") && records[0].rejected == .plain("a"))
    #expect(records[0].isUnpaired == false)
    #expect(throws: DataError.self) { _ = try importJSONL(row) }
  }

  @Test func tooManyCompletions() throws {
    let texts = (0..<65).map { "\"\($0)\"" }.joined(separator: ", ")
    let error = #expect(throws: DataError.self) {
      _ = try importJSONL("{\"prompt\": \"p\", \"completions\": [\(texts)]}")
    }
    #expect(error.map { "\($0)".contains("completions: expected at most 64, found 65") } == true)
  }
}
