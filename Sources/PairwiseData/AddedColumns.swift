/// Pairs with further columns of numbers that were computed for them.
public struct AddedColumns: PairSource {
  private let base: any PairSource
  /// K numbers a pair of each added column, row by row; nil while they are only planned.
  private let added: [PairColumn: (width: Int, values: [Float]?)]

  /// - Parameter added: of each column its width K, and K numbers for every pair of `base`; without numbers the
  ///   columns are there but cannot be read.
  ///
  /// Traps if a column has not K numbers for every pair.
  public init(_ base: any PairSource, _ added: [PairColumn: (width: Int, values: [Float]?)]) {
    for (column, numbers) in added {
      precondition(
        numbers.values.map { $0.count == base.count * numbers.width } ?? true,
        "added columns: \(column.rawValue) needs \(numbers.width) numbers for each of \(base.count) pairs"
      )
    }
    (self.base, self.added) = (base, added)
  }

  public var count: Int { base.count }
  public var featureWidth: Int? { base.featureWidth }
  public var hasTexts: Bool { base.hasTexts }
  public var isUnpaired: Bool { base.isUnpaired }
  public var slateCount: Int? { base.slateCount }
  public var textColumns: Set<PairColumn> { base.textColumns }
  public var columns: Set<PairColumn> { base.columns.union(added.keys) }
  public var groupNames: [String] { base.groupNames }
  public var annotatorNames: [String] { base.annotatorNames }
  public var splits: [String: RowSet] { base.splits }

  public func width(of column: PairColumn) -> Int {
    added[column]?.width ?? base.width(of: column)
  }

  /// Traps if a column is asked for that is only planned.
  public func read(_ rows: [Int], _ needs: PairNeeds) throws(DataError) -> PairBlock {
    var own = needs
    own.columns.subtract(added.keys)
    var block = try base.read(rows, own)
    for column in needs.columns {
      guard let (width, values) = added[column] else { continue }
      guard let values else {
        preconditionFailure("added columns: \(column.rawValue) is not computed yet")
      }
      block.columns[column] = rows.flatMap { values[$0 * width..<($0 + 1) * width] }
    }
    return block
  }
}
