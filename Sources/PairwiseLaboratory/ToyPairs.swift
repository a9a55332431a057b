/// Drawn pairs in double precision, turned so that the preferred side is `chosen`.
public struct ToyPairs: Sendable, Equatable {
  /// D, features of one side.
  public let width: Int
  /// `[n, D]` each, row by row.
  public private(set) var chosen: [Double] = []
  public private(set) var rejected: [Double] = []
  /// What else is known of a pair, one a pair.
  public private(set) var notes: [Note] = []

  /// What is known of a pair beside its features.
  public struct Note: Sendable, Equatable {
    /// Annotator and group, −1 where there are none.
    public var user = -1
    public var group = -1
    /// What a context model may see; nil where there is none.
    public var context: Double?
    /// How much better the chosen side is said to be, 1 …; nil where nobody said.
    public var grade: Int?
    /// Rewards before noise, of either side; nil where there are none.
    public var chosenGold: Double?
    public var rejectedGold: Double?
    /// Whether a flip turned the label around after it was drawn.
    public var isFlipped = false

    public init() {}
  }

  public init(width: Int) { self.width = width }

  public var count: Int { notes.count }

  /// Rows of features against zeros, the preferred side first, with rewards θ·x.
  ///
  /// - Parameter isFirst: whether the row is preferred to the zeros, one a row.
  init(_ rows: [[Double]], _ isFirst: [Bool], theta: [Double]) {
    self.init(width: theta.count)
    let zeros = theta.map { _ in 0.0 }
    for (row, isFirst) in zip(rows, isFirst) {
      var note = Note()
      let gold = dot(theta, row)
      (note.chosenGold, note.rejectedGold) = isFirst ? (gold, 0) : (0, gold)
      append(chosen: isFirst ? row : zeros, rejected: isFirst ? zeros : row, note)
    }
  }

  /// Traps if a side does not have D features.
  public mutating func append(chosen: [Double], rejected: [Double], _ note: Note = Note()) {
    precondition(
      chosen.count == width && rejected.count == width,
      "toy pair: \(chosen.count) and \(rejected.count) features, expected \(width)")
    self.chosen += chosen
    self.rejected += rejected
    notes.append(note)
  }

  public func chosen(_ row: Int) -> ArraySlice<Double> {
    chosen[row * width..<(row + 1) * width]
  }

  public func rejected(_ row: Int) -> ArraySlice<Double> {
    rejected[row * width..<(row + 1) * width]
  }

  /// chosen − rejected features, `[n, D]`: all that a linear reward sees of a pair.
  public var differences: [Double] { zip(chosen, rejected).map { $0 - $1 } }

  /// Some of the pairs, in the given order.
  public func selecting(_ rows: [Int]) -> ToyPairs {
    var result = ToyPairs(width: width)
    for row in rows {
      result.append(chosen: Array(chosen(row)), rejected: Array(rejected(row)), notes[row])
    }
    return result
  }

  /// The same pairs with the sides of some of them exchanged.
  public func flipping(_ rows: some Sequence<Int>) -> ToyPairs {
    var result = self
    for row in rows {
      for place in row * width..<(row + 1) * width {
        (result.chosen[place], result.rejected[place]) = (rejected[place], chosen[place])
      }
      let note = notes[row]
      (result.notes[row].chosenGold, result.notes[row].rejectedGold) =
        (note.rejectedGold, note.chosenGold)
      result.notes[row].isFlipped.toggle()
    }
    return result
  }
}
