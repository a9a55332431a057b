/// How the completions of one prompt are ordered, best first: all of them or only the first places, perhaps with
/// ties.
public struct SlateOrder: Sendable, Equatable {
  /// n ≥ 2, the completions.
  public var count: Int
  /// Places from the first whose order is known, 1 … n − 1: what lies behind them is worse than they, in no order.
  public var ordered: Int
  /// `[n]`, ascending, equal for completions as good as each other; nil if none are.
  public var tieLevels: [Int]?

  public init(count: Int, ordered: Int? = nil, tieLevels: [Int]? = nil) {
    (self.count, self.ordered, self.tieLevels) = (count, ordered ?? max(1, count - 1), tieLevels)
  }

  /// Whether the order of all completions is known.
  public var isFull: Bool { ordered == count - 1 }

  /// Whether a known place is shared with the one behind it.
  public var hasTies: Bool {
    guard let tieLevels else { return false }
    return (0..<ordered).contains { tieLevels[$0] == tieLevels[$0 + 1] }
  }

  /// Whether the first two places are shared.
  var tiesAtTop: Bool { tieLevels.map { $0[0] == $0[1] } ?? false }
}

extension PairColumn {
  /// Completions of a row's slate; only in data whose slates differ in size.
  public static let slateSize: PairColumn = "slate_size"
  /// Places of a row's slate whose order is known; only in data where that is not all of them.
  public static let topK: PairColumn = "top_k"
  /// `[n]`: ascending, equal for completions as good as each other; NaN behind a shorter slate. Only in data
  /// with ties.
  public static let tieLevel: PairColumn = "tie_level"

  /// Columns that say how slates are ordered.
  public static let slateColumns: Set<PairColumn> = [.slateSize, .topK, .tieLevel]
}

extension PairBlock {
  /// Columns that `slateOrders` reads of a source.
  public static func slateColumns(of source: any PairSource) -> Set<PairColumn> {
    source.columns.intersection(PairColumn.slateColumns)
  }

  /// The order of each row's slate, as the columns say that were read of it.
  ///
  /// - Parameter most: completions of a slate that nothing says otherwise of.
  public func slateOrders(of most: Int) -> [SlateOrder] {
    (0..<count).map { row in
      let size = columns[.slateSize].flatMap { Int(exactly: $0[row]) } ?? most
      let known = columns[.topK].flatMap { Int(exactly: $0[row]) } ?? size - 1
      var order = SlateOrder(
        count: max(2, min(size, most)), ordered: max(1, min(known, size - 1)))
      let levels = numbers(.tieLevel, of: row)?.prefix(order.count).compactMap { Int(exactly: $0) }
      order.tieLevels = levels?.count == order.count ? levels : nil
      return order
    }
  }
}

/// What the slates of a source have in common, found row by row.
struct SlateForm: Sendable, Equatable {
  /// Completions of the largest and of the smallest slate.
  private(set) var most = 0
  private(set) var fewest = Int.max
  private(set) var hasTies = false
  private(set) var hasTops = false

  mutating func add(_ order: SlateOrder) {
    (most, fewest) = (max(most, order.count), min(fewest, order.count))
    if order.hasTies { hasTies = true }
    if !order.isFull { hasTops = true }
  }

  /// The columns that say something about such slates.
  var columns: Set<PairColumn> {
    var columns: Set<PairColumn> = []
    if fewest < most { columns.insert(.slateSize) }
    if hasTops { columns.insert(.topK) }
    if hasTies { columns.insert(.tieLevel) }
    return columns
  }

  /// Numbers a row of a slate column.
  func width(of column: PairColumn) -> Int { column == .tieLevel ? most : 1 }

  /// Values of a slate column for one row.
  func values(_ column: PairColumn, of order: SlateOrder) -> [Float] {
    switch column {
    case .slateSize: [Float(order.count)]
    case .topK: [Float(order.ordered)]
    default:
      (0..<most).map { place in
        place < order.count ? Float(order.tieLevels?[place] ?? place) : .nan
      }
    }
  }

  /// Columns of the completions behind the second place.
  var further: ArraySlice<PairColumn> { PairColumn.furtherRejected.prefix(max(0, most - 2)) }
}
