internal import PairwiseConfig
internal import PairwiseEvaluation

extension ComparisonSummary {
  /// The document of `summary.csv`: one row an objective, point of the grid and measure, in that order. Fields
  /// are quoted where needed (RFC 4180); what there is no number for is empty.
  public var csv: String {
    let keys = facts.grid.map(\.key)
    let head =
      ["objective"] + keys + [
        "measure", "runs", "failed", "mean", "mean_low", "mean_high", "standard_deviation",
        "difference", "difference_low", "difference_high", "effect_size", "test", "p", "p_holm",
        "p_benjamini_hochberg", "verdict",
      ]
    let found = Dictionary(
      differences.map { (Key(objective: $0.objective, place: $0.place, measure: $0.measure), $0) },
      uniquingKeysWith: { first, _ in first })
    let rows = cells.map { cell -> [String] in
      let settings = grid.points[cell.point].settings
      let values = keys.map { key in
        settings.first { $0.key == key }?.value.plainText ?? ""
      }
      let difference =
        found[Key(objective: cell.objective, place: .point(cell.point), measure: cell.measure)]
      return [label(cell.objective)] + values + [
        facts.measures[cell.measure].name, "\(cell.count)", "\(cell.failures)", text(cell.mean),
        text(cell.interval?.low), text(cell.interval?.high), text(cell.deviation),
      ] + columns(difference)
    }
    return ([head] + rows).map { $0.map(Self.quoted).joined(separator: ",") + "\r\n" }.joined()
  }

  private struct Key: Hashable {
    var objective: Int
    var place: Place
    var measure: Int
  }

  private func columns(_ difference: Difference?) -> [String] {
    guard let difference else { return Array(repeating: "", count: 9) }
    let paired = difference.paired
    return [
      text(paired.mean), text(paired.interval?.low), text(paired.interval?.high),
      text(paired.effectSize), paired.test.rawValue, text(paired.pValue), text(difference.adjusted),
      text(difference.falseDiscovery), difference.verdict.rawValue,
    ]
  }

  private func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  private static func quoted(_ field: String) -> String {
    guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
  }
}
