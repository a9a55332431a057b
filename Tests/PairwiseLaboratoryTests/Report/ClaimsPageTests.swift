import Foundation
import PairwiseConfig
import PairwiseData
import PairwiseLaboratory
import PairwiseTestSupport
import Testing

/// The page about claims: groups that open without a script.
@Suite("Page of claims")
struct ClaimsPageTests {
  private let folder = TemporaryFolder()

  /// A claim that holds, one that does not, and one that does in part, on the same quick study.
  private func page() throws -> ClaimsPage {
    let holds = "{objective: win_rate, measure: bias, above: 0}"
    let fails = "{objective: win_rate, measure: bias, below: 0}"
    let expected = [
      ("held", "people", holds), ("failed", "people", fails),
      ("half", "other", "\(holds), \(fails)"),
    ]
    let files = try expected.map { name, topic, expect in
      let text = """
        name: \(name)
        problem: {name: self_judging, items: 100}
        seeds: 3
        claim:
          paper: "Paper <\(name)>"
          topic: \(topic)
          statement: "Says so."
          expect: [\(expect)]
        """
      let file = folder.file(name + ".yaml")
      try FileAccess.replace(file, with: Array(text.utf8))
      return file
    }
    let claims = try ClaimRuns(files, output: folder.path + "/out")
    let entries = try claims.run(begin: { _, _ in }, notify: { _ in })
    return ClaimsPage(entries, output: folder.path + "/out")
  }

  @Test func claimsStandInTheirTopics() throws {
    let page = try page()
    let html = page.html
    #expect(html.contains("Of 3 claims 1 were reproduced, 1 in part, and 1 were not."))
    let people = try #require(html.range(of: "<section id=\"people\""))
    let other = try #require(html.range(of: "<section id=\"other\""))
    let place = try ["held", "failed", "half"].map { name in
      try #require(html.range(of: "<details class=\"claim card\" id=\"claim-\(name)\">"))
    }
    #expect(people.lowerBound < place[0].lowerBound && place[0].lowerBound < place[1].lowerBound)
    #expect(place[1].lowerBound < other.lowerBound && other.lowerBound < place[2].lowerBound)
    // Topics without a claim are left out, and nothing needs a script.
    #expect(!html.contains("<section id=\"policies\"") && !html.contains("<script"))
    #expect(html.contains("Paper &lt;held&gt;") && !html.contains("<held>"))
    // What was not reproduced in full is named at the top.
    #expect(html.contains("<li><a href=\"#claim-failed\">"))
    #expect(html.contains("<li><a href=\"#claim-half\">"))
    #expect(!html.contains("<li><a href=\"#claim-held\">"))
    guard case .list(let claims) = page.node.value else {
      Issue.record("expected a list")
      return
    }
    func texts(_ key: String) -> [String?] {
      claims.map { if case .string(let text)? = $0[key]?.value { text } else { nil } }
    }
    #expect(texts("verdict") == ["reproduced", "not reproduced", "partly"])
    #expect(texts("topic") == ["people", "people", "other"])
  }
}
