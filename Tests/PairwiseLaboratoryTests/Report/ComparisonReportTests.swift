import Foundation
import PairwiseLaboratory
import Testing

struct ComparisonReportTests {
  @Test func preview() throws {
    var made = MadeUpComparison.noisy
    made.labels = ["dpo", "cdpo", "robust_dpo", "ipo", "hinge"]
    made.flipRates = [0, 0.1, 0.2, 0.3, 0.4]
    made.mean = { label, rate, _ in
      switch label {
      case "dpo": 0.1 + 6 * rate
      case "cdpo": 0.1 + 8 * rate
      case "ipo": 0.3 + 5 * rate
      case "hinge": 0.2 + 6 * rate
      default: 0.1 + 2 * rate
      }
    }
    let report = ComparisonReport(try made.summary())
    try report.html.write(toFile: "/tmp/w/preview/compare.html", atomically: true, encoding: .utf8)
  }
}
