/// Pairs read as single completions: of every thousand pairs first the chosen ones, each desirable, then the
/// rejected ones, each undesirable, as TRL does it.
///
/// A column of one side (`ref_chosen_logps`) is there under its name without the side (`ref_logps`); the
/// others belong to both completions.
public struct UnpairedPairs: PairSource {
  public let isUnpaired = true
  public let featureWidth: Int? = nil
  public let columns: Set<PairColumn>
  public let splits: [String: RowSet] = [:]
  private let base: any PairSource
  private let rows: RowSet
  /// Columns without a side, and the two they come from.
  private let sides: [PairColumn: (chosen: PairColumn, rejected: PairColumn)]

  private static let share = 1000

  /// - Parameter rows: the pairs to read.
  public init(_ base: any PairSource, rows: RowSet) {
    (self.base, self.rows) = (base, rows)
    var sides: [PairColumn: (chosen: PairColumn, rejected: PairColumn)] = [:]
    for column in base.columns where column.otherSide != column {
      guard let name = column.withoutSide(.chosen), base.columns.contains(column.otherSide) else {
        continue
      }
      sides[name] = (column, column.otherSide)
    }
    self.sides = sides
    let own = base.columns.filter {
      $0.otherSide == $0 && ![.margin, .labelProbability].contains($0)
    }
    columns = own.union(sides.keys).union([.label])
  }

  public var count: Int { 2 * rows.count }
  public var hasTexts: Bool { base.hasTexts }
  public var groupNames: [String] { base.groupNames }
  public var annotatorNames: [String] { base.annotatorNames }
  public func width(of column: PairColumn) -> Int {
    base.width(of: sides[column]?.chosen ?? column)
  }

  /// The pair of a row, by its place among `rows`, and whether the row is its chosen completion.
  private func place(_ row: Int) -> (pair: Int, isChosen: Bool) {
    let (block, place) = row.quotientAndRemainder(dividingBy: 2 * Self.share)
    let size = min(Self.share, rows.count - block * Self.share)
    return (block * Self.share + place % size, place < size)
  }

  public func read(_ wanted: [Int], _ needs: PairNeeds) throws(DataError) -> PairBlock {
    let places = wanted.map(place)
    var needs = needs
    needs.features = false
    needs.textColumns = []
    for column in needs.columns {
      guard let pair = sides[column] else { continue }
      needs.columns.remove(column)
      needs.columns.formUnion([pair.chosen, pair.rejected])
    }
    let read = try base.read(places.map { rows[$0.pair] }, needs)
    var block = PairBlock(rows: wanted)
    block.isUnpaired = true
    block.texts = read.texts.map { UnpairedPairs.select($0, places) }
    block.messages = read.messages.map { UnpairedPairs.select($0, places) }
    block.columns = read.columns
    for (name, pair) in sides {
      guard let chosen = read.columns[pair.chosen], let rejected = read.columns[pair.rejected]
      else { continue }
      let width = chosen.count / max(1, wanted.count)
      block.columns[pair.chosen] = nil
      block.columns[pair.rejected] = nil
      block.columns[name] = places.indices.flatMap { index in
        (places[index].isChosen ? chosen : rejected)[index * width..<(index + 1) * width]
      }
    }
    block.columns[.label] = places.map { $0.isChosen ? 1 : 0 }
    return block
  }

  private static func select(_ texts: PairTexts, _ places: [(pair: Int, isChosen: Bool)])
    -> PairTexts
  {
    var selected = PairTexts()
    for (index, place) in places.enumerated() {
      selected.append(
        prompt: texts.prompt(index),
        chosen: place.isChosen ? texts.chosen(index) : texts.rejected(index), rejected: [])
    }
    return selected
  }
}
