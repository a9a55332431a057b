import Foundation
import PairwiseConfig
import PairwiseData
import Testing

/// `report` on comparisons and runs, and the figures it exports.
@Suite(.enabled(if: Program.isBuilt))
struct ReportCommandTests {
  private let folder = TemporaryDirectory()
  private let config = """
    name: c
    output: out
    problem: {name: log_linear_flips, pairs: 100, test_pairs: 10, prompts: 4}
    objectives: [{name: dpo, beta: 1}, {name: ipo, beta: 1}, {name: hinge, beta: 1}]
    grid: {problem.flip_rate: [0, 0.2]}
    seeds: 4
    trainer: {max_steps: 5}
    """

  private func text(_ path: String) throws -> String {
    String(decoding: try FileAccess.read(folder.file(path), limit: 1 << 24), as: UTF8.self)
  }

  @Test func comparisonsLeaveSummariesAndReports() throws {
    try folder.write("c.yaml", config)
    let first = try Program.run(["compare", "c.yaml"], in: folder)
    try #require(first.code == 0, "\(first)")
    for part in ["objective", "flip_rate 0.2", "ranks first of 3", "report  out/c/report.html"] {
      #expect(first.output.contains(part), "no \(part) in \(first.output)")
    }
    let summary = try JSON.parse(try text("out/c/summary.json"))
    #expect(summary["recommendation"] != nil && summary["differences"] != nil)
    #expect(try text("out/c/summary.csv").hasPrefix("objective,problem.flip_rate,measure,"))
    let page = try text("out/c/report.html")
    #expect(
      page.contains("<p class=\"eyebrow\">Comparison</p>")
        && page.contains("pairwise compare c.yaml"))

    // The same report again, from the folder alone, and its figures.
    FileAccess.remove(folder.file("out/c/report.html"))
    let again = try Program.run(["report", "out/c", "--figures", "pictures"], in: folder)
    try #require(again.code == 0, "\(again)")
    #expect(try text("out/c/report.html") == page)
    for name in ["ranks", "differences", "sensitivity-0", "curve-0", "curve-1"] {
      #expect(try text("pictures/\(name).svg").hasPrefix("<svg xmlns="), "\(name)")
    }
    let hasConverter = ["/usr/bin", "/usr/local/bin"].contains {
      FileAccess.exists($0 + "/rsvg-convert")
    }
    #expect(FileAccess.exists(folder.file("pictures/ranks.png")) == hasConverter)
    if !hasConverter {
      #expect(again.errors.contains("png: rsvg-convert was not found"), "\(again)")
    }

    let json = try Program.run(["compare", "c.yaml", "--resume", "--json"], in: folder)
    #expect(json.code == 0, "\(json)")
    let node = try JSON.parse(json.output)
    #expect(node["winners"] != nil)
  }

  @Test func brokenFoldersAreSaid() throws {
    try folder.write("c.yaml", config)
    try #require(try Program.run(["compare", "c.yaml"], in: folder).code == 0)
    let results = try text("out/c/results.jsonl")
    try folder.write(
      "out/c/results.jsonl", results.replacingOccurrences(of: "\"seed\":3", with: "\"seed\":\"x\""))
    let wrong = try Program.run(["report", "out/c"], in: folder)
    #expect(wrong.code == 65, "\(wrong)")
    #expect(
      wrong.errors.contains(
        "out/c/results.jsonl: line 10: seed: found the string 'x', expected an integer"),
      "\(wrong)")
    try folder.write("out/c/results.jsonl", results)
    try folder.write("out/c/summary.json", "[]")
    let other = try Program.run(["report", "out/c"], in: folder)
    #expect(other.code == 65, "\(other)")
    #expect(other.errors.contains("expected what pairwise compare writes"), "\(other)")
  }

  @Test func runsExportTheirFigures() throws {
    try folder.synthesize()
    try folder.write("r.yaml", Recipe(data: "pairs.h5", ["trainer.eval_steps": "10"]).yaml)
    let run = try Program.run(["train", "r.yaml"], in: folder)
    try #require(run.code == 0, "\(run)")
    let outcome = try Program.run(["report", "runs/run", "--figures", "pictures"], in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    for name in ["loss", "accuracy", "reliability", "margins"] {
      let picture = try text("pictures/\(name).svg")
      #expect(picture.contains("class=\"title\"") && !picture.contains("var("), "\(name)")
    }
    let both = try Program.run(
      ["report", "runs/run", "--figures", "p", "--tokens", "3"], in: folder)
    #expect(both.code == 64, "\(both)")
  }

  /// Reports of several runs show where they differ; a run alone has nothing beside it.
  @Test func severalRunsStandSideBySide() throws {
    try folder.synthesize()
    for (name, rate) in [("slow", "0.001"), ("fast", "0.1")] {
      let recipe = Recipe(
        data: "pairs.h5",
        ["run.name": name, "optimizer.learning_rate": rate, "trainer.max_steps": "5"])
      try folder.write("\(name).yaml", recipe.yaml)
      let run = try Program.run(["train", "\(name).yaml"], in: folder)
      try #require(run.code == 0, "\(run)")
    }
    let outcome = try Program.run(["report", "runs/slow", "runs/fast"], in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    for name in ["slow", "fast"] {
      let page = try text("runs/\(name)/report.html")
      #expect(
        page.contains("id=\"beside\"") && page.contains("<code>optimizer.learning_rate</code>"))
      #expect(!page.contains("<code>run.name</code>"))
    }
    try #require(try Program.run(["report", "runs/slow"], in: folder).code == 0)
    #expect(try !text("runs/slow/report.html").contains("id=\"beside\""))
  }

  /// A comparison on pairs shows what its runs made of those held out.
  @Test func comparisonsOnPairsShowHeldOutPairs() throws {
    let rows = (0..<80).map { row in
      """
      {"prompt":"question \(row)","chosen":"a long and friendly answer \(row % 7)","rejected":"no \(row % 5)",\
      "group":"\(row % 2 == 0 ? "even" : "odd")"}
      """
    }
    try folder.write("pairs.jsonl", rows.joined(separator: "\n"))
    try folder.write(
      "p.yaml",
      """
      name: p
      output: out
      model: {kind: text_hash, bucket_bits: 10}
      data: {train: pairs.jsonl, validation_fraction: 0.4}
      objectives: [{name: bradley_terry}, {label: smooth, name: bradley_terry, label_smoothing: 0.1}]
      seeds: 2
      optimizer: {name: adamw, learning_rate: 0.01}
      trainer: {max_steps: 6, batch_size: 16}
      """)
    let outcome = try Program.run(["compare", "p.yaml"], in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    let page = try text("out/p/report.html")
    for part in [
      "id=\"held-out\"", "id=\"reliability\"", "id=\"groups\"", "even, smooth",
      "<code>objective.label_smoothing</code>",
    ] {
      #expect(page.contains(part), "\(part)")
    }
    FileAccess.remove(folder.file("out/p/report.html"))
    try #require(try Program.run(["report", "out/p"], in: folder).code == 0)
    #expect(try text("out/p/report.html") == page)
  }
}
