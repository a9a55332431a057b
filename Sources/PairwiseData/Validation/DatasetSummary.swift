internal import PairwiseTensor

/// What a dataset holds: counts, ranges, lengths and the first rows, read in blocks.
public struct DatasetSummary: Sendable {
  /// Lengths of one kind of text.
  public struct Lengths: Sendable, Equatable {
    public var bytes = LengthHistogram()
    public var words = LengthHistogram()
  }

  /// A row for a look, texts cut to one line.
  public struct Head: Sendable, Equatable {
    public var row: Int
    public var prompt: String?
    public var chosen: String
    public var rejected: String
    /// Completions of a slate behind the first two.
    public var further: [String] = []
  }

  public var pairs: Int
  public var ties = 0
  public var unlabelled = 0
  /// Whether the rows are single completions, of which so many are desirable.
  public var isUnpaired: Bool
  public var desirable = 0
  /// Completions of the largest slate, where the rows are slates.
  public var slateCount: Int?
  /// Rows of each split, by name.
  public var splits: [(name: String, rows: Int)]
  /// Pairs of each group, in the order of `groupNames`; unknown ones last.
  public var groups: [(name: String, pairs: Int)] = []
  /// Number of different annotators the source names.
  public var annotators: Int
  /// Columns that could be read in full.
  public var columns: [PairColumn: ValueRange] = [:]
  /// Numbers of a pair in those columns that have more than one.
  public var widths: [PairColumn: Int] = [:]
  /// Columns that some rows lack.
  public var partialColumns: [PairColumn] = []
  /// Nil without texts.
  public var prompt: Lengths?
  public var chosen: Lengths?
  public var rejected: Lengths?
  /// Rows that have a text in each further column of texts.
  public var texts: [PairColumn: Int] = [:]
  /// One per feature, both sides together; empty without features.
  public var features: [ValueRange] = []
  public var head: [Head] = []

  /// Reads a whole source once.
  ///
  /// - Parameter n: how many first rows to keep.
  /// - Throws: if the source cannot be read.
  public init(_ source: any PairSource, head n: Int = 3) throws(DataError) {
    pairs = source.count
    isUnpaired = source.isUnpaired
    slateCount = source.slateCount
    splits = source.splits.map { ($0.key, $0.value.count) }.sorted { $0.name < $1.name }
    annotators = source.annotatorNames.count
    if source.hasTexts { (prompt, chosen, rejected) = (Lengths(), Lengths(), Lengths()) }
    if isUnpaired { rejected = nil }
    features = [ValueRange](repeating: ValueRange(), count: source.featureWidth ?? 0)
    var groupCounts = [Int](repeating: 0, count: source.groupNames.count + 1)
    let readable = try readColumns(source)
    for column in readable where source.width(of: column) > 1 {
      widths[column] = source.width(of: column)
    }
    var start = 0
    while start < source.count {
      let end = min(start + 1024, source.count)
      let needs = PairNeeds(
        features: source.featureWidth != nil, texts: source.hasTexts, columns: readable,
        textColumns: source.textColumns, allowsUnlabelled: true)
      take(try source.read(Array(start..<end), needs), head: n, &groupCounts)
      start = end
    }
    if source.columns.contains(.group) {
      for (name, count) in zip(source.groupNames + ["(unknown)"], groupCounts)
      where count > 0 || name != "(unknown)" { groups.append((name, count)) }
    }
  }

  /// Which columns all rows have: a source refuses to read a margin that is not there.
  private mutating func readColumns(_ source: any PairSource) throws(DataError) -> Set<PairColumn> {
    var readable = source.columns
    guard readable.contains(.margin) else { return readable }
    var start = 0
    while start < source.count {
      let end = min(start + 8192, source.count)
      do {
        let needs = PairNeeds(columns: [.margin], allowsUnlabelled: true)
        _ = try source.read(Array(start..<end), needs)
      } catch {
        guard error.kind == .invalid else { throw error }
        readable.remove(.margin)
        partialColumns.append(.margin)
        return readable
      }
      start = end
    }
    return readable
  }

  // MARK: Blocks

  private mutating func take(_ block: PairBlock, head n: Int, _ groupCounts: inout [Int]) {
    ties += block.ties.count
    unlabelled += block.unlabelled.count
    for (column, values) in block.columns {
      if column == .group {
        for value in values {
          let index = Int(exactly: value) ?? -1
          groupCounts[groupCounts.indices.contains(index) ? index : groupCounts.count - 1] += 1
        }
      } else if column == .label {
        desirable += values.count { $0 == 1 }
      } else if column != .annotator {
        for value in values { columns[column, default: ValueRange()].add(value) }
        if values.contains(where: \.isNaN), !PairColumn.builtIn.contains(column),
          !partialColumns.contains(column)
        {
          partialColumns.append(column)
        }
      }
    }
    if let texts = block.texts { takeTexts(texts) }
    for (column, values) in block.textColumns {
      texts[column, default: 0] += (0..<values.count).count { !values[$0].isEmpty }
    }
    if let values = block.features { takeFeatures(values) }
    for index in 0..<block.count where head.count < n { head.append(Self.head(block, index)) }
  }

  private mutating func takeTexts(_ texts: PairTexts) {
    for index in 0..<texts.count {
      prompt?.add(texts.prompt(index))
      chosen?.add(texts.chosen(index))
      rejected?.add(texts.rejected(index))
    }
  }

  private mutating func takeFeatures(_ values: Tensor) {
    let width = features.count
    var ranges = features
    values.withSpan { span in
      for row in 0..<values.shape.rowCount {
        for column in 0..<width { ranges[column].add(span[row * width + column]) }
      }
    }
    features = ranges
  }

  private static func head(_ block: PairBlock, _ index: Int) -> Head {
    if let texts = block.texts {
      return Head(
        row: block.rows[index], prompt: OneLine.text(texts.prompt(index)),
        chosen: OneLine.text(texts.chosen(index)), rejected: OneLine.text(texts.rejected(index)),
        further: PairColumn.furtherRejected.compactMap { column in
          guard let text = block.textColumns[column]?[index], !text.isEmpty else { return nil }
          return OneLine.text(text)
        })
    }
    let sides = [2 * index, 2 * index + 1].map { row in
      block.features.map { OneLine.numbers($0.rows(row..<row + 1).array) } ?? ""
    }
    return Head(row: block.rows[index], prompt: nil, chosen: sides[0], rejected: sides[1])
  }
}

extension DatasetSummary.Lengths {
  mutating func add(_ text: ArraySlice<UInt8>) {
    bytes.add(text.count)
    var count = 0
    var isInside = false
    for byte in text {
      let isSpace = byte == 0x20 || byte >= 0x09 && byte <= 0x0D
      if !isSpace, !isInside { count += 1 }
      isInside = !isSpace
    }
    words.add(count)
  }
}
