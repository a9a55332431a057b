import PairwiseConfig
import PairwiseData
import Testing

@Suite struct ImportPromptTests {
  /// Corners of the implicit prompt, as TRL cuts it.
  @Test(arguments: [
    ("The sky is blue.", "The sky is green.", ["The sky is", " blue.", " green."]),
    ("abc", "xbc", ["", "abc", "xbc"]),
    ("abc ", "xbc", ["abc", " ", "c"]),
    ("short", "short and long", ["shor", "t", "t and long"]),
    ("cafe\u{301} x", "cafe\u{300} x", ["cafe", "\u{301} x", "\u{300} x"]),
    ("👍🏽 ok", "👍🏿 ok", ["👍", "🏽 ok", "🏿 ok"]),
    ("a\r\nb", "a\rc", ["a\r", "\nb", "c"]),
    ("  a", "  b", [" ", " a", " b"]),
  ])
  func implicitPrompt(_ chosen: String, _ rejected: String, _ parts: [String]) throws {
    #expect(try split(chosen, rejected).map { Array($0.utf8) } == parts.map { Array($0.utf8) })
  }

  private static let fixture = sharedFile("fixtures/dpo/extract_prompt.jsonl")

  /// Every row of TRL's own results.
  @Test(.enabled(if: fixture != nil, "the shared fixtures are not there"))
  func agreesWithTRL() throws {
    let lines = try readLines(try #require(Self.fixture))
    var compared = 0
    for line in lines {
      let node = try JSON.parse(line)
      guard case .string(let chosen)? = node["chosen"]?.value,
        case .string(let rejected)? = node["rejected"]?.value, let expected = node["extracted"]
      else {
        Issue.record("fixture row without the expected columns")
        continue
      }
      let parts = try split(chosen, rejected)
      for (part, name) in zip(parts, ["prompt", "chosen", "rejected"]) {
        guard case .string(let text)? = expected[name]?.value else {
          Issue.record("fixture row without \(name)")
          continue
        }
        #expect(Array(part.utf8) == Array(text.utf8))
      }
      compared += 1
    }
    #expect(compared == 16)
  }

  private func split(_ chosen: String, _ rejected: String) throws -> [String] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("chosen")
    writer.value(chosen)
    writer.key("rejected")
    writer.value(rejected)
    writer.endObject()
    let record = try #require(try importJSONL(writer.string).records.first)
    return [record.prompt, record.chosen, record.rejected].map { $0?.text ?? "(nil)" }
  }
}
