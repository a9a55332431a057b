import PairwiseConfig
import PairwiseEvaluation
import PairwiseTraining
import SystemPackage
import Testing

/// What every report must be, whatever its input.
private func expectSound(_ html: String, _ location: SourceLocation = #_sourceLocation) {
  #expect(html.hasPrefix("<!doctype html>"), sourceLocation: location)
  #expect(!html.contains("<script"), sourceLocation: location)
  #expect(!html.contains("<link"), sourceLocation: location)
  #expect(!html.contains("url("), sourceLocation: location)
  #expect(!html.contains("src="), sourceLocation: location)
  #expect(!html.contains("nan") && !html.contains("inf\""), sourceLocation: location)
  let addresses = html.components(after: "http").filter { !$0.hasPrefix("://www.w3.org/2000/svg") }
  #expect(addresses.allSatisfy { $0.hasPrefix("-equiv") }, sourceLocation: location)
  // Every picture has a name and a description, and they are unique.
  let pictures = html.components(after: "<svg ")
  for picture in pictures {
    #expect(picture.contains("role=\"img\""), sourceLocation: location)
    #expect(picture.contains("<title id="), sourceLocation: location)
    #expect(picture.contains("<desc id="), sourceLocation: location)
  }
  let ids = html.components(after: " id=\"").map { $0.prefix { $0 != "\"" } }
  #expect(Set(ids).count == ids.count, sourceLocation: location)
  // Every link and label leads somewhere.
  for target in html.components(after: "href=\"#").map({ $0.prefix { $0 != "\"" } }) {
    #expect(ids.contains(target), sourceLocation: location)
  }
  for list in html.components(after: "aria-labelledby=\"").map({ $0.prefix { $0 != "\"" } }) {
    for target in list.split(separator: " ") {
      #expect(ids.contains(target), sourceLocation: location)
    }
  }
  if let problem = nestingProblem(html) {
    Issue.record("\(problem)", sourceLocation: location)
  }
}

/// The first tag that is closed out of order or left open; nil when all match.
private func nestingProblem(_ html: String) -> String? {
  let void: Set = ["meta", "!doctype"]
  var open: [Substring] = []
  for part in html.components(after: "<") {
    let tag = part.prefix { $0 != ">" }
    let name = tag.prefix { $0 != " " && $0 != "/" && $0 != "\n" }
    if tag.hasPrefix("/") {
      let closing = tag.dropFirst()
      guard open.popLast() == closing else { return "</\(closing)> closes nothing" }
    } else if !tag.hasSuffix("/"), !void.contains(String(name)) {
      open.append(name)
    }
  }
  return open.isEmpty ? nil : "open: \(open)"
}

extension String {
  /// What stands behind each occurrence of `mark`, up to the next one.
  fileprivate func components(after mark: String) -> [Substring] {
    split(separator: mark, omittingEmptySubsequences: false).dropFirst().map { $0 }
  }
}

struct ReportTests {
  private static let hostile = "</title><script>alert(1)</script>\" onload=\"x' &amp;"

  private func fullInput(_ text: String = "a name") throws -> RunReportInput {
    var input = RunReportInput(name: text)
    input.summary = [text, "second sentence"]
    input.remarks = [text]
    input.keyFigures = [.init(label: text, value: text, note: text)]
    input.figures = [.init(name: text, value: 0.5, low: 0.4, high: 0.6, method: text)]
    let names = ["loss", "accuracy", "margin", "grad_norm", "learning_rate"]
    input.series = names.map { name in
      MetricSeries(
        name: name,
        points: (1...1000).map { .init(step: Double($0), value: Double($0 % 37) / 40) })
    }
    for name in ["eval_loss", "eval_accuracy", "eval_margin"] {
      input.series.append(
        MetricSeries(
          name: name,
          points: (1...20).map {
            .init(step: Double($0 * 50), value: 0.6, low: 0.55, high: 0.65)
          }))
    }
    let bins = [Calibration.Bin(low: 0.5, high: 0.6, count: 20, confidence: 0.55, accuracy: 0.7)]
    input.reliability = .init(
      before: bins, after: bins, errorBefore: 0.15, errorAfter: 0.1, temperature: 2)
    input.margins = try Histogram(of: (-50...90).map { Double($0) / 10 })
    input.rightShare = 0.64
    input.wrongShare = 0.36
    input.groups = [.init(name: text, count: 30, accuracy: 0.6, low: 0.5, high: 0.7)]
    input.overallAccuracy = 0.61
    input.worstPairs = [.init(prompt: text, chosen: text, rejected: text, margin: -3)]
    input.ledgers = [.init(source: text, rows: [.init(name: text, count: 3, note: text)])]
    input.environment = [(text, text)]
    input.configText = text
    input.command = text
    return input
  }

  @Test func everyPartShows() throws {
    let html = RunReport(try fullInput()).html
    expectSound(html)
    for part in [
      "id=\"result\"", "id=\"loss\"", "id=\"accuracy\"", "id=\"margin\"", "id=\"grad-norm\"",
      "id=\"learning-rate\"", "id=\"reliability\"", "id=\"margins\"", "id=\"groups\"",
      "id=\"worst\"", "id=\"figures\"", "id=\"data\"", "id=\"again\"",
    ] {
      #expect(html.contains(part), "\(part)")
    }
    #expect(html.contains("prefers-color-scheme: dark"))
    #expect(html.contains("@media print"))
    #expect(html.contains("max-width: 100%"))
    #expect(html.contains("default-src 'none'"))
  }

  @Test func textFromOutsideStaysText() throws {
    let html = RunReport(try fullInput(Self.hostile)).html
    expectSound(html)
    #expect(!html.contains(Self.hostile))
    #expect(
      html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&quot;x&#39; &amp;amp;"))
  }

  @Test func nothingIsAReportToo() {
    let html = RunReport(RunReportInput(name: "")).html
    expectSound(html)
    #expect(!html.contains("<section"))
  }

  @Test func oddNumbersDrawSomething() throws {
    var input = RunReportInput(name: "odd")
    let values: [Double] = [.nan, .infinity, 1e300, -1e29, 0, .leastNonzeroMagnitude, 1]
    for (index, name) in ["loss", "accuracy", "margin", "eval_loss"].enumerated() {
      input.series.append(
        MetricSeries(
          name: name,
          points: values.map {
            .init(
              step: index == 2 ? 7 : $0, value: $0, low: index > 1 ? .nan : nil, high: .infinity)
          }))
    }
    input.margins = Histogram(edges: [0, 1], counts: [1, 2])
    input.groups = [.init(name: "g", count: -1, accuracy: .nan, low: 2, high: -1)]
    input.reliability = .init(
      before: [.init(low: 0, high: .nan, count: 3, confidence: 7, accuracy: -1)])
    input.figures = [.init(name: "x", value: 1e308)]
    expectSound(RunReport(input).html)
    input.margins = Histogram(edges: [-1e300, 1], counts: [.max])
    expectSound(RunReport(input).html)
    input.margins = Histogram(edges: [-1, 0, 1], counts: [.max, .max])
    expectSound(RunReport(input).html)
  }

  @Test func longRunsStaySmall() throws {
    var input = RunReportInput(name: "long")
    input.series = [
      MetricSeries(
        name: "loss",
        points: (0..<200_000).map { .init(step: Double($0), value: Double($0 % 1009) / 1009) })
    ]
    input.groups = (0..<5000).map {
      .init(name: "group \($0)", count: 50, accuracy: 0.6, low: 0.5, high: 0.7)
    }
    let html = RunReport(input).html
    expectSound(html)
    #expect(html.utf8.count < 400_000)
    #expect(html.contains("The 30 lowest of 5000 groups."))
  }

  @Test func rareSpikesDoNotFlattenTheRest() throws {
    var input = RunReportInput(name: "spikes")
    input.series = [
      MetricSeries(
        name: "grad_norm",
        points: (0..<500).map {
          .init(step: Double($0), value: $0 == 250 ? 900 : 1 + Double($0 % 10) / 10)
        })
    ]
    let html = RunReport(input).html
    expectSound(html)
    #expect(html.contains("One step lies outside the picture and the mean (▲, up to 900)."))
    // The mean of 25 steps near its end is not lifted by the spike: values 1.0 … 1.9.
    #expect(html.contains("to 1.90 at step 499"))
  }
}

struct ReportFolderTests {
  /// A folder that is removed when the test ends.
  private func withFolder(_ files: [String: String], _ body: (FilePath) throws -> Void) throws {
    let path = FilePath("/tmp/pairwise-report-\(UInt64.random(in: 0 ... .max))/run <1>")
    try createFolder(path.removingLastComponent())
    try createFolder(path)
    defer { removeFolder(path.removingLastComponent()) }
    for (name, text) in files { try writeFile(path.appending(name), text) }
    try body(path)
  }

  @Test func readsWhatARunLeaves() throws {
    var metrics = ""
    for step in 1...40 {
      metrics += #"{"step":\#(step),"loss":0.6,"accuracy":0.5,"margin":0.1,"grad_norm":1,"#
      metrics += #""learning_rate":1e-3,"seconds":0.5,"peak_memory_bytes":1000000}"# + "\n"
      if step % 10 == 0 {
        metrics += #"{"step":\#(step),"eval_loss":0.65,"eval_accuracy":0.6,"#
        metrics += #""eval_accuracy_ci":[0.55,0.65]}"# + "\n"
      }
    }
    metrics += "{\"step\":41,\"lo"  // torn by a kill
    let scores = try PairScores(
      chosen: (0..<60).map { Double($0 % 7) - 2 }, rejected: [Double](repeating: 0.5, count: 60),
      groups: (0..<60).map { $0 % 2 }, groupNames: ["<a>", "b"])
    var writer = JSONWriter()
    writer.write(try EvaluationReport(scores).node)
    let ledger = """
      {"train": {"source": "pairs.jsonl", "shape": "strings", "read": 10, "imported": 8,
       "truncated": 1, "dropped": [{"reason": "empty text", "count": 2, "first_lines": [3, 4]}]}}
      """
    let environment = """
      {"pairwise": "0.1", "cpu": {"cores": 2}, "memory_bytes": 16000000000,
       "command": ["pairwise", "train", "it's.yaml"]}
      """
    try withFolder([
      "metrics.jsonl": metrics, "evaluation.json": writer.string, "data-ledger.json": ledger,
      "environment.json": environment, "config.yaml": "run: {name: <x>}\n",
    ]) { folder in
      let input = try RunReportInput(folder: folder)
      #expect(input.name == "run <1>")
      #expect(input.remarks.isEmpty)
      #expect(input.series("loss")?.points.count == 40)
      #expect(input.series("eval_accuracy")?.points.first?.low == 0.55)
      #expect(input.summary.last == "Trained for 40 steps in 20\u{A0}s.")
      #expect(input.groups.map(\.name) == ["<a>", "b"])
      #expect(input.overallAccuracy == PairStatistics(scores).accuracy)
      #expect(input.reliability?.before.count == 10)
      #expect(input.margins?.counts.reduce(0, +) == 60)
      #expect(
        input.ledgers.first?.rows == [
          .init(name: "read", count: 10, note: "strings"), .init(name: "imported", count: 8),
          .init(name: "of these, shortened", count: 1),
          .init(name: "dropped: empty text", count: 2, note: "lines 3, 4"),
        ])
      #expect(input.environment.map(\.name) == ["pairwise", "cpu.cores", "memory_bytes"])
      #expect(input.environment.last?.value == "16\u{A0}GB")
      #expect(input.command == #"pairwise train 'it'\''s.yaml'"#)
      let html = RunReport(input).html
      expectSound(html)
      #expect(html.contains("run &lt;1&gt;"))
      #expect(try RunReportInput(folder: folder, command: "again").command == "again")
    }
  }

  @Test(arguments: [
    ([0.5, 0.5, 0.5], "1.5"), ([0.5, 1.0, 1.0], "1.0"), ([0.5, 0.4, 0.6], "1.5"),
  ])
  func timeIsATotalOrEachStepsOwn(seconds: [Double], total: String) throws {
    let lines = seconds.enumerated().map { "{\"step\": \($0 + 1), \"seconds\": \($1)}\n" }
    try withFolder([
      "metrics.jsonl": lines.joined(), "data-ledger.json": #"{"rows read": 5, "train pairs": 4}"#,
    ]) { folder in
      let input = try RunReportInput(folder: folder)
      #expect(input.summary == ["Trained for 3 steps in \(total)\u{A0}s."])
      #expect(input.ledgers.first?.rows.map(\.count) == [5, 4])
    }
  }

  @Test func damagedFilesBecomeRemarks() throws {
    try withFolder([
      "metrics.jsonl": "{\"step\": 1, \"loss\": 0.5}\nnonsense\n[1]\n{\"loss\": 2}\n",
      "evaluation.json": "{", "environment.json": "[1, 2]", "data-ledger.json": "{\"a\": [[[]]]}",
    ]) { folder in
      let input = try RunReportInput(folder: folder)
      #expect(input.series("loss")?.points.count == 1)
      #expect(input.remarks.count == 2)
      #expect(input.remarks.contains { $0.hasPrefix("metrics.jsonl: 1 line could not be read") })
      #expect(input.remarks.contains { $0.hasPrefix("evaluation.json could not be read: line 1") })
      expectSound(RunReport(input).html)
    }
  }

  @Test func worstPairsComeBack() throws {
    let pairs = [
      RunReportInput.WorstPair(prompt: "p", chosen: "<c>", rejected: "r\n", margin: -2.5),
      RunReportInput.WorstPair(
        prompt: String(repeating: "x", count: 3000), chosen: "c", rejected: "r", margin: -1),
    ]
    var writer = JSONWriter()
    writer.write(
      ConfigNode(
        .table([.init(key: "worst_pairs", value: ConfigNode(.list(pairs.map(\.node))))])))
    try withFolder(["evaluation.json": writer.string]) { folder in
      let input = try RunReportInput(folder: folder)
      #expect(input.worstPairs.first == pairs.first)
      #expect(input.worstPairs.last?.prompt.count == 1001)
    }
  }

  @Test func wrongTypesAreLeftOut() throws {
    let evaluation = """
      {"accuracy": "high", "n_pairs": 1e300, "margin_histogram": {"edges": [3, 1], "counts": [-4]},
       "calibration": {"before": {"reliability": [{"low": 2, "high": 1, "n": -3}, 5]}},
       "groups": {"groups": [{"name": 3}, {"name": "x", "n": 9, "accuracy": 7,
        "accuracy_ci": [0, 1]}]}, "worst_pairs": [{"chosen": "a"}, null],
       "log_loss": 0.5, "log_loss_ci": [1, 0]}
      """
    try withFolder(["evaluation.json": evaluation]) { folder in
      let input = try RunReportInput(folder: folder)
      #expect(input.worstPairs.isEmpty)
      #expect(input.overallAccuracy == nil)
      expectSound(RunReport(input).html)
    }
  }

  @Test func anEmptyFolderIsNoRun() throws {
    try withFolder([:]) { folder in
      let error = #expect(throws: (any Error).self) { try RunReportInput(folder: folder) }
      let expected = "found neither metrics.jsonl nor evaluation.json, expected the folder of a run"
      #expect(error.map { "\($0)" } == "\(folder): \(expected)")
    }
  }
}
