import PairwiseConfig
import PairwiseData
import Testing

/// `data analyze`, and `evaluate` with sections and another column to group by.
@Suite(.enabled(if: Program.isBuilt))
struct AnalyzeCommandTests {
  private let folder = TemporaryDirectory()

  /// One group likes the longer text, the other the shorter one.
  private func pairs() throws {
    var lines = ""
    for index in 0..<80 {
      let short = "word\(index) and more"
      let long = short + " and much more of it?"
      let (chosen, rejected) = index % 2 == 0 ? (long, short) : (short, long)
      let subset = index % 2 == 0 ? "long" : "short"
      lines +=
        #"{"prompt": "p", "chosen": "\#(chosen)", "rejected": "\#(rejected)", "subset": "\#(subset)"}"#
        + "\n"
    }
    try folder.write("pairs.jsonl", lines)
  }

  private func principle(_ name: String, _ node: ConfigNode?) throws -> ConfigNode {
    guard case .list(let rows)? = node?["principles"]?.value else { return ConfigNode(.null) }
    return try #require(rows.first { $0["name"]?.value == .string(name) })
  }

  @Test func principlesOfTwoGroups() throws {
    try pairs()
    let outcome = try Program.run(
      ["data", "analyze", "pairs.jsonl", "--group-by", "subset", "--keyword", "much", "--json"],
      in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    let found = try JSON.parse(Array(outcome.output.utf8))
    #expect(try principle("longer", found["all"])["accuracy"]?.value == .number(0.5))
    #expect(try principle("longer", found["groups"]?["long"])["accuracy"]?.value == .number(1))
    #expect(try principle("longer", found["groups"]?["short"])["accuracy"]?.value == .number(0))
    #expect(try principle("longer", found["groups"]?["short"])["disagree"]?.value == .int(40))
    #expect(try principle("'much' comes earlier", found["all"])["abstain"]?.value == .int(80))
    #expect(found["groups"]?["long"]?["held_out_accuracy"]?.value == .number(1))
    let table = try Program.run(["data", "analyze", "pairs.jsonl"], in: folder)
    #expect(table.code == 0 && table.output.contains("all, 80 pairs; held-out accuracy"))
    try folder.write("f.csv", "chosen_0,rejected_0\n1,2\n")
    let features = try Program.run(["data", "analyze", "f.csv"], in: folder)
    #expect(
      features.code == 65 && features.errors.contains("expected pairs of texts"), "\(features)")
    #expect(
      try Program.run(["data", "analyze", "pairs.jsonl", "--scale=0"], in: folder).code == 65)
  }

  @Test func sectionsOfABenchmark() throws {
    try pairs()
    try folder.write(
      "run.yaml",
      """
      run: {name: r, output: .}
      model: {kind: text_hash, bucket_bits: 10}
      data: {train: pairs.jsonl}
      objective: {name: bradley_terry}
      trainer: {max_steps: 2, batch_size: 8}
      """)
    try #require(try Program.run(["train", "run.yaml"], in: folder).code == 0)
    try folder.write(
      "s.yaml", "name: two\nsections: {Long: [long], Short: {weight: 3, subsets: [short]}}\n")
    let arguments = ["evaluate", "--model", "r/final", "--data", "pairs.jsonl", "--json"]
    let outcome = try Program.run(
      arguments + ["--group-by", "subset", "--sections", "s.yaml"], in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    let report = try JSON.parse(Array(outcome.output.utf8))
    guard case .list(let sections)? = report["sections"]?["sections"]?.value,
      case .list(let groups)? = report["groups"]?["groups"]?.value
    else {
      Issue.record("no sections: \(outcome.output)")
      return
    }
    #expect(sections.map { $0["name"]?.value } == [.string("Long"), .string("Short")])
    for (section, group) in zip(sections, groups) {
      #expect(section["score"]?.value == group["accuracy"]?.value)
    }
    let unknown = try Program.run(
      arguments + ["--group-by", "subset", "--sections", "rewardbench"], in: folder)
    #expect(unknown.code == 65 && unknown.errors.contains("'long', expected one of rewardbench"))
    let none = try Program.run(arguments + ["--sections", "s.yaml"], in: folder)
    #expect(none.code == 65 && none.errors.contains("no group column"), "\(none)")
    try folder.write("bad.yaml", "sections: {a: 3}\n")
    #expect(try Program.run(arguments + ["--sections", "bad.yaml"], in: folder).code == 78)
    #expect(try Program.run(arguments + ["--sections", "missing.yaml"], in: folder).code == 66)
  }
}
