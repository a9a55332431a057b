public import PairwiseConfig
internal import PairwiseData

/// `kind: join`: completions of the same prompts from several files side by side.
public struct JoinStage: PipelineStage {
  public static let kind = "join"
  public static let summary = "completions of the same prompts from several files, row by row"

  public let name: String
  private let data: [String]
  private let columns: [String]

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    data = reader.required(
      "data", fallback: ["a", "b"], .each(.nonEmpty, count: 2...64),
      "Files with the same prompts in the same order. Other columns come from the first.")
    columns = reader.value(
      "columns", default: [], .each(.any, count: 0...64),
      "A column for the first completion of each file, '' for none: [chosen, rejected] makes pairs, ['', ref_sample] "
        + "keeps the reference's sample for xpo. An empty list: completions side by side and no more."
    )
    if !columns.isEmpty, columns.count != data.count {
      reader.report("columns", "expected \(data.count), one a file, found \(columns.count)")
    }
    if columns.contains("chosen") != columns.contains("rejected") {
      reader.report("columns", "expected both chosen and rejected, or neither")
    }
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    var files: [StageRows] = []
    for path in data { files.append(try StageRows(shop.path(path))) }
    let first = files[0]
    if let other = files.first(where: { $0.rows.count != first.rows.count }) {
      throw DataError(
        .invalid, file: other.path,
        "has \(other.rows.count) rows, expected \(first.rows.count) as \(first.path)")
    }
    var rows: [(prompt: PreferenceText, columns: [ConfigNode.Entry])] = []
    var same = 0
    for row in first.rows.indices {
      let texts = try files.map { file in
        guard file.rows[row].prompt == first.rows[row].prompt else {
          throw file.refusal(row, "has another prompt than the row of \(first.path)")
        }
        return try completions(of: file, row)
      }
      let named = Dictionary(
        zip(columns, texts).map { ($0, $1[0]) }, uniquingKeysWith: { $1 })
      let isPair = named["chosen"] != nil
      if isPair, named["chosen"] == named["rejected"] {
        same += 1
        continue
      }
      var entries = isPair ? [] : [entry("completions", texts.flatMap { $0 }.configNode)]
      for column in columns where !column.isEmpty {
        let isSide = column == "chosen" || column == "rejected"
        let text = named[column] ?? ""
        entries.append(entry(column, isSide ? first.answer(text, row) : text.configNode))
      }
      rows.append(
        (first.rows[row].prompt, entries + first.carried(row, without: Set(columns))))
    }
    if rows.isEmpty {
      throw DataError(
        .invalid, file: first.path, "no usable pairs: both sides are the same in every row")
    }
    let output = shop.file(name)
    try StageRows.write(rows, to: output)
    var figures = [("rows", Double(rows.count))]
    if columns.contains("chosen") {
      figures.append(("skipped", Double(same) / Double(first.rows.count)))
    }
    return StageResult(products: [(name, output)], figures: figures)
  }

  /// What a file gives for a row: of logged pairs and judged completions their text.
  private func completions(of file: StageRows, _ row: Int) throws(DataError) -> [String] {
    let texts = try file.completions(row)
    if texts.isEmpty { throw file.refusal(row, "has no completion") }
    return texts
  }

  private func entry(_ key: String, _ value: ConfigNode) -> ConfigNode.Entry {
    .init(key: key, value: value)
  }
}
