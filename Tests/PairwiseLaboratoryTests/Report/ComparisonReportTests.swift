import Foundation
import FoundationXML
import PairwiseLaboratory
import PairwiseTraining
import Testing

/// Counts elements and classes of a picture, which has to be well formed and hold finite numbers.
private final class PictureReader: NSObject, XMLParserDelegate {
  private(set) var counts: [String: Int] = [:]

  init(_ svg: String, _ location: SourceLocation = #_sourceLocation) {
    super.init()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = self
    let isWellFormed = parser.parse()
    #expect(isWellFormed, "\(parser.parserError.map { "\($0)" } ?? "")", sourceLocation: location)
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?,
    attributes: [String: String]
  ) {
    counts[name, default: 0] += 1
    for word in (attributes["class"] ?? "").split(separator: " ") {
      counts["." + word, default: 0] += 1
    }
    for key in ["x", "y", "cx", "cy", "x1", "y1", "x2", "y2", "width", "height", "r"] {
      if let text = attributes[key] { #expect(Double(text)?.isFinite == true, "\(key) \(text)") }
    }
  }
}

struct ComparisonReportTests {
  private func report(_ made: MadeUpComparison) throws -> ComparisonReport {
    ComparisonReport(try made.summary())
  }

  private func picture(_ report: ComparisonReport, _ id: String) throws -> [String: Int] {
    PictureReader(try #require(report.figures.first { $0.id == id }).standalone.svg).counts
  }

  @Test func everyPartShows() throws {
    var report = try report(.noisy)
    report.configText = "name: noisy-labels"
    report.command = "pairwise compare noisy.yaml"
    report.environment = [("cpu", "two cores")]
    let html = report.html
    for part in [
      "id=\"result\"", "id=\"compared\"", "id=\"ranks\"", "id=\"sensitivity-0\"",
      "id=\"differences\"", "id=\"curve-0\"", "id=\"curve-2\"", "id=\"front-0\"", "id=\"numbers\"",
      "id=\"objectives\"", "id=\"again\"", "pairwise compare noisy.yaml", "two cores",
    ] {
      #expect(html.contains(part), "\(part)")
    }
    #expect(!html.contains("<script") && !html.contains("src=") && !html.contains("url("))
    #expect(html.contains("default-src 'none'"))
    // Words come first.
    let first = try #require(html.range(of: "<p class=\"lede\">Use robust_dpo"))
    #expect(first.lowerBound < (try #require(html.range(of: "<svg"))).lowerBound)
    let ids = html.components(separatedBy: " id=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
    #expect(Set(ids).count == ids.count)
  }

  @Test func picturesHoldTheData() throws {
    let report = try report(.noisy)
    #expect(
      report.pictures.map(\.name) == [
        "ranks", "sensitivity-0", "differences", "curve-0", "curve-1", "curve-2", "front-0",
        "front-1", "front-2",
      ])
    // Two rivals at three conditions and over all of them.
    let differences = try picture(report, "differences")
    #expect(differences["circle"] == 8 && differences[".whisker"] == 8)
    // Three curves with eleven points: a band, a line and marks each.
    let curve = try picture(report, "curve-1")
    #expect(curve[".line"] == 3 && curve[".band"] == 3 && curve[".end"] == 3)
    #expect(curve["circle"] == 11 && curve[".knockout"] == 33)
    let ranks = try picture(report, "ranks")
    #expect(ranks[".whisker"] == 3 && ranks[".knockout"] == 3)
    #expect(try picture(report, "front-0")["circle"] == 3)
  }

  @Test func picturesStandAlone() throws {
    for picture in try report(.noisy).pictures {
      #expect(picture.svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""))
      // Few programs that draw SVG know variables.
      #expect(!picture.svg.contains("var(") && !picture.svg.contains("--"), "\(picture.name)")
      #expect(picture.svg.contains("class=\"title\"") && picture.svg.contains("<style>"))
      let colours = picture.svg.components(separatedBy: ".c3 {").count
      #expect(picture.name.hasPrefix("front") || picture.name == "differences" || colours > 1)
    }
  }

  @Test func textFromOutsideStaysText() throws {
    let hostile = "</title><script>alert(1)</script>\" onload=\"x"
    var made = MadeUpComparison.noisy
    made.labels = ["dpo", hostile]
    var facts = made.facts
    (facts.name, facts.subject) = (hostile, hostile)
    facts.measures[0].summary = hostile
    facts.objectives[1].parameters = hostile
    var report = ComparisonReport(try ComparisonSummary(made.runs, facts))
    (report.configText, report.command) = (hostile, hostile)
    report.environment = [(hostile, hostile)]
    report.remarks = [hostile]
    #expect(!report.html.contains("<script") && !report.html.contains("onload=\"x"))
    for picture in report.pictures { _ = PictureReader(picture.svg) }
  }

  /// Twelve objectives, four values of β that stand unevenly, few seeds: every series looks different.
  @Test func manyObjectives() throws {
    var made = MadeUpComparison { label, rate, beta in Double(label.count) + rate + abs(beta - 1) }
    made.labels = (1...12).map { String(repeating: "x", count: $0) }
    (made.flipRates, made.betas, made.seeds) = ([0, 0.2], [0.01, 0.1, 1, 10], 3)
    let report = try report(made)
    let curve = try picture(report, "curve-0")
    #expect((1...12).allSatisfy { curve[".c\($0)"] ?? 0 > 0 } && curve[".hollow"] ?? 0 > 0)
    let names = report.pictures.map(\.name)
    #expect(names.contains("sensitivity-1") && !names.contains("curve-2"))
    let sensitivity = try #require(report.figures.first { $0.id == "sensitivity-1" }).standalone.svg
    for tick in [">0.01<", ">0.1<", ">1<", ">10<"] { #expect(sensitivity.contains(tick)) }
  }

  @Test func oddRunsDrawSomething() throws {
    var made = MadeUpComparison.noisy
    made.seeds = 1
    _ = try report(made).html
    made.flipRates = []
    made.labels = ["alone"]
    #expect(try report(made).pictures.map(\.name) == ["curve-0", "front-0"])
    made = .noisy
    var runs = made.runs
    for index in runs.indices {
      runs[index].measures = runs[index].measures.map { ($0.name, index % 3 == 0 ? 1e99 : -1e-300) }
      if index % 7 == 0 { (runs[index].measures, runs[index].failure) = ([], "x") }
      runs[index].curves = [.init(name: "distance", steps: [0], values: [1e300])]
    }
    let odd = ComparisonReport(try ComparisonSummary(runs, made.facts))
    #expect(!odd.html.contains("nan"))
    for picture in odd.pictures { _ = PictureReader(picture.svg) }
    for index in runs.indices { (runs[index].measures, runs[index].failure) = ([], "x") }
    let empty = ComparisonReport(try ComparisonSummary(runs, made.facts))
    #expect(empty.html.contains("runs are missing") && empty.html.contains("stopped without"))
  }
}
