public import PairwiseConfig
public import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseTraining

/// One page about several claims: what each paper says, what was measured, and the verdict.
public struct ClaimsPage {
  private let entries: [ClaimRuns.Entry]
  private let output: String

  /// - Parameter output: the folder that the comparisons lie in.
  public init(_ entries: [ClaimRuns.Entry], output: String) {
    (self.entries, self.output) = (entries, output)
  }

  /// Writes `claims.html` and `claims.json`.
  public func write() throws(DataError) {
    try FileAccess.createFolder(output)
    try FileAccess.replace(output + "/claims.html", with: Array(html.utf8))
    var writer = JSONWriter(.pretty)
    writer.write(node)
    writer.endLine()
    try FileAccess.replace(output + "/claims.json", with: writer.bytes)
  }

  private func count(_ verdict: ClaimFinding.Verdict) -> Int {
    entries.count { $0.finding.verdict == verdict }
  }

  /// The page.
  public var html: String {
    let seconds = entries.reduce(0) { $0 + $1.runs.reduce(0) { $0 + max(0, $1.seconds) } }
    return ReportPage(
      kind: "Claims", name: "What papers say, and what we measured",
      summary: [
        "Of \(entries.count) claims \(count(.reproduced)) were reproduced, \(count(.partly)) in part, and "
          + "\(count(.not)) were not.",
        "Every claim is a config: a comparison, and what would have to be measured for the claim to hold. A "
          + "verdict holds for these small problems, not for the models of the papers.",
        "\(entries.reduce(0) { $0 + $1.runs.count }) runs took \(NumberText.duration(seconds)) of "
          + "computing time.",
      ],
      sections: [.init(id: "overview", title: "Verdicts", content: overview)]
        + Claim.Topic.allCases.map(section),
      footer:
        "Written by pairwise. Intervals are over seeds, widened so that all of a claim hold together."
    ).html
  }

  /// How many of each verdict in each topic, and by name what was not reproduced in full.
  private var overview: Markup {
    let verdicts: [ClaimFinding.Verdict] = [.reproduced, .partly, .not]
    let rows = Claim.Topic.allCases.compactMap { topic -> Markup? in
      let own = entries.filter { $0.finding.claim.topic == topic }
      if own.isEmpty { return nil }
      let cells = verdicts.map { verdict -> Markup in
        "<td>\(own.count { $0.finding.verdict == verdict })</td>"
      }
      return """
        <tr><th scope="row"><a href="#\(topic.rawValue)">\(topic.title)</a></th>\(cells)</tr>

        """
    }
    let table = ReportPart.table(
      caption: "Claims by topic and verdict", head: ["Topic"] + verdicts.map(\.rawValue),
      words: ["Topic"], rows: rows)
    return "\(table)\(list(.not, "Not reproduced"))\(list(.partly, "Reproduced in part"))"
  }

  private func list(_ verdict: ClaimFinding.Verdict, _ title: String) -> Markup {
    let own = entries.filter { $0.finding.verdict == verdict }
    if own.isEmpty { return "" }
    let items = own.map { entry -> Markup in
      """
      <li><a href="#\(id(entry))">\(entry.finding.claim.paper)</a>: \(held(entry))</li>

      """
    }
    return "<h3>\(title)</h3>\n<ul class=\"claims\">\n\(items)</ul>\n"
  }

  private func id(_ entry: ClaimRuns.Entry) -> String { "claim-\(entry.plan.config.name)" }

  /// The claims of a topic, each closed until somebody wants to know more.
  private func section(_ topic: Claim.Topic) -> ReportPage.Section {
    let own = entries.filter { $0.finding.claim.topic == topic }
    let count = NumberText.count(own.count)
    return ReportPage.Section(
      id: topic.rawValue, title: topic.title,
      lead: own.count == 1
        ? "One claim; open it for its numbers."
        : "\(count) claims; open one for its numbers.",
      content: own.isEmpty ? "" : "\(own.map(claim))")
  }

  private func claim(_ entry: ClaimRuns.Entry) -> Markup {
    let claim = entry.finding.claim
    let name = entry.plan.config.name
    let limits: Markup = claim.limits.map { "<p class=\"remark\">\($0)</p>\n" } ?? ""
    let link: Markup =
      claim.link.hasPrefix("https://")
      ? "<a href=\"\(claim.link)\" rel=\"noreferrer\">\(claim.link)</a>. "
      : claim.link.isEmpty ? "" : "\(claim.link). "
    let (sign, style) =
      switch entry.finding.verdict {
      case .reproduced: ("✓", "c1")
      case .partly: ("◐", "c0")
      case .not: ("✗", "c2")
      }
    return """
      <details class="claim card" id="\(id(entry))"><summary><h3>\(claim.paper)</h3>\
      <span class="line">\(claim.statement)</span>\
      <span class="line verdict"><span class="sign \(style)" aria-hidden="true">\(sign)</span> \
      <strong>\(entry.finding.verdict.rawValue)</strong> <small>\(held(entry)); \
      \(NumberText.count(entry.runs.count)) runs, \(seeds(entry))</small></span></summary>
      \(limits)\(table(entry))\(ReportPart.grid(figures(entry)))\
      <p>\(claim.link.isEmpty ? "" : "Paper: ")\(link)Config: <code>\(entry.file)</code>. All numbers and curves: \
      <a href="\(name)/report.html">report of \(name)</a>.</p>
      </details>

      """
  }

  private func held(_ entry: ClaimRuns.Entry) -> String {
    let measured = entry.finding.measured
    return "\(measured.count { $0.outcome == .holds }) of \(measured.count) expectations hold"
  }

  private func seeds(_ entry: ClaimRuns.Entry) -> String {
    let seeds = entry.plan.config.seeds
    return seeds == 1 ? "one seed: nothing is drawn" : "\(seeds) seeds"
  }

  private func table(_ entry: ClaimRuns.Entry) -> Markup {
    ReportPart.table(
      caption: "What was expected, and what was measured",
      head: ["Expected", "Value", "Held against", "Difference", "Outcome"],
      words: ["Expected", "Outcome"],
      rows: entry.finding.measured.map { measured in
        let difference = measured.mean.flatMap { mean in
          measured.other.map { NumberText.significant(mean - $0) }
        }
        let interval = measured.interval.map {
          " (\(NumberText.significant($0.low)) … \(NumberText.significant($0.high)))"
        }
        return """
          <tr><th scope="row">\(measured.expectation.words)</th>\
          <td>\(measured.mean.map { NumberText.significant($0) } ?? "–")</td>\
          <td>\(measured.other.map { NumberText.significant($0) } ?? "–")</td>\
          <td>\((difference ?? "–") + (interval ?? ""))</td>\
          <td class="words">\(measured.outcome.rawValue)</td></tr>

          """
      })
  }

  /// The differences with their intervals, a picture for each measure.
  private func figures(_ entry: ClaimRuns.Entry) -> [Figure] {
    let measured = entry.finding.measured.filter { $0.mean != nil }
    var names: [String] = []
    for one in measured where !names.contains(one.expectation.measure) {
      names.append(one.expectation.measure)
    }
    return names.enumerated().compactMap { index, name in
      let rows = measured.filter { $0.expectation.measure == name }.map(row)
      var chart = DifferenceChart(
        id: "\(id(entry))-\(index)", title: "Differences in \(name)", xName: name,
        sides: ("below", "above"), groups: [.init(title: "", rows: rows)])
      chart.note =
        "Filled blue: as the claim says. Filled orange: the other way. Hollow: not decided."
      return chart.figure
    }
  }

  private func row(_ measured: ClaimFinding.Measured) -> DifferenceChart.Row {
    let value = (measured.mean ?? 0) - (measured.other ?? 0)
    let meaning: DifferenceChart.Meaning =
      switch measured.outcome {
      case .holds: .better
      case .opposite: .worse
      case .open: .unclear
      }
    let other =
      switch measured.expectation.bound {
      case .number(let number): NumberText.figure(number)
      case .other(let label): label == measured.expectation.objective ? "itself" : label
      }
    return DifferenceChart.Row(
      name: "\(measured.expectation.objective) − \(other)", value: value,
      low: measured.interval?.low ?? value, high: measured.interval?.high ?? value,
      meaning: meaning)
  }

  // MARK: JSON

  /// For `claims.json`.
  public var node: ConfigNode {
    ConfigNode(
      .list(
        entries.map { entry in
          let claim = entry.finding.claim
          return .table([
            ("name", entry.plan.config.name.configNode), ("config", entry.file.configNode),
            ("paper", claim.paper.configNode), ("link", claim.link.configNode),
            ("topic", claim.topic.rawValue.configNode),
            ("statement", claim.statement.configNode),
            ("verdict", entry.finding.verdict.rawValue.configNode),
            ("runs", entry.runs.count.configNode),
            ("expected", ConfigNode(.list(entry.finding.measured.map(Self.node)))),
          ])
        }))
  }

  private static func node(_ measured: ClaimFinding.Measured) -> ConfigNode {
    .table([
      ("words", measured.expectation.words.configNode),
      ("value", measured.mean?.configNode ?? ConfigNode(.null)),
      ("held_against", measured.other?.configNode ?? ConfigNode(.null)),
      (
        "difference_ci",
        measured.interval.map { [$0.low, $0.high].configNode } ?? ConfigNode(.null)
      ),
      ("outcome", measured.outcome.rawValue.configNode),
    ])
  }
}
