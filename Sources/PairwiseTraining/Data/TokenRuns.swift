/// One number a scored token of some rows, row after row and in each sequence after sequence: as a pass gives
/// them.
struct TokenRuns: Sendable, Equatable {
  private(set) var values: [Float] = []
  /// Row i has `values[ends[i - 1] ..< ends[i]]`.
  private var ends: [Int] = []

  var rows: Int { ends.count }

  init() {}

  /// - Parameter counts: how many numbers each row has; nil if they do not add up to the numbers there are.
  init?(_ values: [Float], counts: [Int]) {
    var end = 0
    for count in counts {
      guard count >= 0, count <= values.count - end else { return nil }
      end += count
      ends.append(end)
    }
    guard end == values.count else { return nil }
    self.values = values
  }

  subscript(row: Int) -> ArraySlice<Float> { values[(row == 0 ? 0 : ends[row - 1])..<ends[row]] }

  var counts: [Int] { (0..<rows).map { self[$0].count } }

  mutating func append(_ row: some Collection<Float>) {
    values += row
    ends.append(values.count)
  }

  /// Some of the rows, in the given order.
  func selecting(_ rows: some Sequence<Int>) -> TokenRuns {
    var selected = TokenRuns()
    for row in rows { selected.append(self[row]) }
    return selected
  }
}
