public import PairwiseConfig
internal import PairwiseData
internal import PairwiseTensor

/// `kind: mix`: rows of several files in one.
public struct MixStage: PipelineStage {
  public static let kind = "mix"
  public static let summary = "rows of several files in one"

  public let name: String
  private let data: [String]
  private let counts: [Int]

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    data = reader.required(
      "data", fallback: ["a"], .each(.nonEmpty, count: 1...64), "The files, one after the other.")
    counts = reader.value(
      "rows", default: [], .each(.atLeast(0), count: 0...64),
      "Rows drawn of each file, none twice; 0 is all of them. An empty list: all of all.")
    if !counts.isEmpty, counts.count != data.count {
      reader.report("rows", "expected \(data.count) numbers, found \(counts.count)")
    }
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    var all: [(prompt: PreferenceText, columns: [ConfigNode.Entry])] = []
    for (index, path) in data.enumerated() {
      let file = try StageRows(shop.path(path))
      var order = Array(file.rows.indices)
      let count = counts.isEmpty ? 0 : counts[index]
      if count > file.rows.count {
        throw DataError(
          .invalid, file: file.path, "has \(file.rows.count) rows, \(count) are to be drawn")
      }
      if count > 0 {
        var random = CounterRandom(seed: shop.seed, stream: "mix.\(index)")
        random.shuffle(&order)
        order = order.prefix(count).sorted()
      }
      all += order.map { (file.rows[$0].prompt, file.rows[$0].columns) }
    }
    let output = shop.file(name)
    try StageRows.write(all, to: output)
    return StageResult(products: [(name, output)], figures: [("rows", Double(all.count))])
  }
}
