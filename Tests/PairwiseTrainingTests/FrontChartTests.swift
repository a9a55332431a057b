import Foundation
import FoundationXML
import PairwiseTraining
import Testing

/// The picture of a sweep.
struct FrontChartTests {
  /// Counts elements and classes of a document that must be well formed.
  private final class Counter: NSObject, XMLParserDelegate {
    var counts: [String: Int] = [:]

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      counts[name, default: 0] += 1
      for word in (attributes["class"] ?? "").split(separator: " ") {
        counts["." + word, default: 0] += 1
      }
      for key in ["x", "y", "cx", "cy", "x1", "y2"] {
        if let text = attributes[key] { #expect(Double(text)?.isFinite == true) }
      }
    }
  }

  private func counts(_ panels: [FrontPanel]) -> [String: Int] {
    let counter = Counter()
    let parser = XMLParser(data: Data(FrontChart(panels: panels).svg.utf8))
    parser.delegate = counter
    #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
    return counter.counts
  }

  private func dot(_ name: String, _ x: Double, _ y: Double, _ isOnFront: Bool) -> FrontPanel.Dot {
    FrontPanel.Dot(
      name: name, x: .init(x, low: x - 0.5, high: x + 0.5), y: .init(y), isOnFront: isOnFront)
  }

  @Test func dotsWhiskersAndTheEdge() {
    let dots = [
      dot("start", 0, 0, false), dot("[0.9,0.1]", 2, 1, true), dot("<b>&", 1, 2, true),
    ]
    let found = counts([FrontPanel(xName: "kind <x>", yName: "short", hasStairs: true, dots: dots)])
    #expect(found["circle"] == 3 && found[".hollow"] == 1 && found[".knockout"] == 2)
    #expect(found[".whisker"] == 6 && found["path"] == 1)
    let chart = FrontChart(
      panels: [FrontPanel(xName: "x", yName: "y", hasStairs: true, dots: dots)])
    // From the upper dot on the left down to the height of the lower one, and across to it.
    let path = chart.svg.components(separatedBy: "class=\"line thin c1\" d=\"")[1]
      .prefix { $0 != "\"" }
    #expect(path.first == "M" && path.filter { $0 == "V" || $0 == "H" } == "VH")
  }

  @Test func severalPanelsAndOddValues() {
    let dots = [dot("a", 1e300, -1e300, true), dot("b", .nan, .infinity, false)]
    let found = counts([
      FrontPanel(xName: "", yName: "", hasStairs: false, dots: dots),
      FrontPanel(xName: "x", yName: "y", hasStairs: true, dots: []),
    ])
    #expect(found["g"] == 2 && found["circle"] == 2 && found["path"] == nil)
  }

  @Test func manyDotsHaveNoNames() {
    let dots = (0..<40).map { dot("policy \($0)", Double($0), Double(-$0), true) }
    let found = counts([FrontPanel(xName: "x", yName: "y", hasStairs: true, dots: dots)])
    #expect(found["circle"] == 40 && found[".end"] == nil)
  }
}
