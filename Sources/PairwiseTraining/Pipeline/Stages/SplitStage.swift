public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation

/// `kind: split`: rows above a threshold and the others.
public struct SplitStage: PipelineStage {
  public static let kind = "split"
  public static let summary = "rows in two parts by a number: $name.above and $name.below"

  public let name: String
  private let data: String
  private let column: String
  private let above: Double?
  private let quantile: Double

  public var products: [String] { ["\(name).above", "\(name).below"] }

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    data = reader.artefact("data", "Rows of an earlier stage.")
    column = reader.value(
      "by", default: "rewards", .nonEmpty,
      "A column of numbers; of a pair with a number for each side the gap, chosen less rejected.")
    above = reader.optional(
      "above", Double.self, .any, "The threshold; rows with more are above; null: the quantile.")
    quantile = reader.value(
      "quantile", default: 0.5, .closed(0...1), "The threshold as a quantile of the numbers.")
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    let rows = try StageRows(shop.path(data))
    var values: [Double] = []
    for row in rows.rows.indices {
      // A list is of completions; a single number may be of any row.
      let isList = if case .list? = rows.rows[row][column]?.value { true } else { false }
      let count = isList ? try rows.completions(row).count : 1
      let numbers = try rows.numbers(column, row, count: count)
      guard count <= 2 else {
        throw rows.refusal(
          row, "has \(count) completions; a pair has a gap, a single one its number")
      }
      values.append(count == 2 ? numbers[0] - numbers[1] : numbers[0])
    }
    let threshold = above ?? Quantiles.quantile(ofSorted: values.sorted(), at: quantile)
    let parts = [
      ("above", values.indices.filter { values[$0] > threshold }),
      ("below", values.indices.filter { !(values[$0] > threshold) }),
    ]
    var products: [(name: String, path: String)] = []
    for (part, members) in parts {
      if members.isEmpty {
        throw DataError(
          .invalid, file: rows.path, "no row's \(column) is \(part) the threshold \(threshold)")
      }
      let path = shop.file("\(name).\(part)")
      try StageRows.write(members.map { (rows.rows[$0].prompt, rows.rows[$0].columns) }, to: path)
      products.append(("\(name).\(part)", path))
    }
    return StageResult(
      products: products,
      figures: [
        ("above", Double(parts[0].1.count)), ("below", Double(parts[1].1.count)),
        ("negative", Double(values.count { $0 < 0 })), ("threshold", threshold),
      ])
  }
}
