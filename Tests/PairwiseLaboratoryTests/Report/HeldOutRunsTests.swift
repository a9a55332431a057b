import PairwiseConfig
import PairwiseLaboratory
import PairwiseTraining
import Testing

/// What a comparison on data shows of the held-out pairs.
struct HeldOutRunsTests {
  /// Two objectives and three seeds; `a` is 0.8 sure and right in 6 of 10, the groups differ by seed.
  private func run(_ label: String, _ seed: Int) -> ComparedRun {
    let share = label == "a" ? 0.6 : 0.75
    func pair(_ text: String, _ margin: Double) -> String {
      "{\"prompt\":\"\(text)\",\"chosen\":\"yes\",\"rejected\":\"no\",\"margin\":\(margin)}"
    }
    let node = """
      {"calibration":{"before":{"reliability":[
        {"low":0.5,"high":0.75,"n":0,"confidence":null,"accuracy":null},
        {"low":0.75,"high":1,"n":20,"confidence":0.8,"accuracy":\(share)}]}},
       "groups":{"min_group":5,"groups":[
        {"name":"north","n":10,"accuracy":\(share + 0.01 * Double(seed)),"accuracy_ci":[0.3,0.9]},
        {"name":"south","n":10,"accuracy":0.5,"accuracy_ci":[0.2,0.8]}]},
       "worst_pairs":[\(pair("hard", -2 - Double(seed))),\(pair("only \(label) \(seed)", -9))]}
      """
    var run = ComparedRun(
      objective: label, settings: [], seed: seed, steps: 5, measures: [("accuracy", share)])
    run.id = "\(label)\(seed)"
    run.heldOut = try? JSON.parse(node)
    return run
  }

  private func report() throws -> ComparisonReport {
    let runs = (0..<3).flatMap { seed in ["a", "b"].map { run($0, seed) } }
    #expect(runs.allSatisfy { $0.heldOut != nil })
    var facts = ComparisonFacts(
      name: "pairs", subject: "pairs",
      objectives: [.init(label: "a", name: "x"), .init(label: "b", name: "y")],
      baseline: "a", measures: [Measure("accuracy", "share ranked right", better: .higher)],
      primary: "accuracy")
    facts.differences = [.init(key: "objective.beta", values: ["0.1", "–"])]
    return ComparisonReport(try ComparisonSummary(runs, facts))
  }

  @Test func partsShow() throws {
    let html = try report().html
    for part in [
      "id=\"held-out\"", "id=\"reliability\"", "id=\"groups\"", "a, ECE 0.200", "b, ECE 0.050",
      "north, b", "What most of them get wrong", "<code>objective.beta</code>",
    ] {
      #expect(html.contains(part), "\(part)")
    }
    // Means over seeds; Student's half width of 0.60, 0.61 and 0.62 is 4.3027 · 0.01 / √3 = 0.0248.
    #expect(html.contains("61.0\u{A0}%<small> ±2.5</small>"))
    // In each of the six runs, with the mean margin of seeds 0 to 2; what one run alone has is no finding.
    #expect(html.contains("6 of 6 runs, margin −3.00"))
    #expect(!html.contains("only a 0"))
  }

  /// A line of `results.jsonl` brings them back.
  @Test func linesKeepThem() throws {
    let run = run("a", 1)
    var writer = JSONWriter()
    writer.write(run.node)
    writer.endLine()
    let again = try ComparedRun.reading(Array(writer.string.utf8)[...], from: "results.jsonl")
    #expect(again == [run])
    #expect(again.first?.heldOut?["groups"]?["min_group"] != nil)
  }

  @Test func withoutHeldOutPairsNothingShows() throws {
    let html = ComparisonReport(try MadeUpComparison.noisy.summary()).html
    #expect(!html.contains("id=\"held-out\"") && !html.contains("configs differ"))
  }
}
