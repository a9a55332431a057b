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
    for column in texts {
      guard let found = block.textColumns[column], let sides = block.texts else { continue }
      var padded = TextColumn()
      for row in rows.indices {
        padded.append(found[row].isEmpty ? sides.rejected(row) : found[row])
      }
      block.textColumns[column] = padded
    }
    for column in numbers {
      guard var values = block.columns[column], let sides = block.features else { continue }
      let width = sides.shape[1]
      for row in rows.indices where values[row * width].isNaN {
        for place in 0..<width {
          values[row * width + place] = sides[flat: (2 * row + 1) * width + place]
        }
      }
      block.columns[column] = values
    }
    if !needs.texts { block.texts = nil }
    if !needs.features { block.features = nil }
    return block
  }
}
