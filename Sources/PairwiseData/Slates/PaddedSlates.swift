internal import PairwiseTensor

/// Slates of different sizes as slates of one size: behind the end of a shorter one its second completion stands
/// again. `slate_size` says where that begins.
public struct PaddedSlates: PairSource {
  private let base: any PairSource
  private let further: Set<PairColumn>

  public init(_ base: any PairSource) {
    self.base = base
    further = Set(PairColumn.furtherRejected)
  }

  public var count: Int { base.count }
  public var isUnpaired: Bool { base.isUnpaired }
  public var slateCount: Int? { base.slateCount }
  public var featureWidth: Int? { base.featureWidth }
  public var hasTexts: Bool { base.hasTexts }
  public var columns: Set<PairColumn> { base.columns }
  public var textColumns: Set<PairColumn> { base.textColumns }
  public var groupNames: [String] { base.groupNames }
  public var annotatorNames: [String] { base.annotatorNames }
  public var splits: [String: RowSet] { base.splits }
  public func width(of column: PairColumn) -> Int { base.width(of: column) }

  public func read(_ rows: [Int], _ needs: PairNeeds) throws(DataError) -> PairBlock {
    let (texts, numbers) = (
      further.intersection(needs.textColumns), further.intersection(needs.columns)
    )
    var wanted = needs
    if !texts.isEmpty { wanted.texts = true }
    if !numbers.isEmpty { wanted.features = true }
    var block = try base.read(rows, wanted)
    block.padSlates(texts.union(numbers))
    if !needs.texts { block.texts = nil }
    if !needs.features { block.features = nil }
    return block
  }
}

extension PairBlock {
  /// Puts a slate's second completion where it has none in the columns of further ones. The block holds what both sides
  /// are made of.
  package mutating func padSlates(_ columns: Set<PairColumn>) {
    for column in columns {
      if let found = textColumns[column], let sides = texts {
        var padded = TextColumn()
        for row in 0..<count {
          padded.append(found[row].isEmpty ? sides.rejected(row) : found[row])
        }
        textColumns[column] = padded
      }
      guard var values = self.columns[column], let sides = features else { continue }
      let width = sides.shape[1]
      for row in 0..<count where values[row * width].isNaN {
        for place in 0..<width {
          values[row * width + place] = sides[flat: (2 * row + 1) * width + place]
        }
      }
      self.columns[column] = values
    }
  }
}
