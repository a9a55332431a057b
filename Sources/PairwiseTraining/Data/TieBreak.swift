internal import PairwiseData

/// Orders of candidates that are as good as each other: drawn from a row's number, so that they are the same in
/// every epoch, batch and format of the data.
struct TieBreak {
  let seed: UInt64

  /// Positions best first, `[rows, n]`, from ascending levels of the same shape; NaN behind the end.
  func orders(_ levels: [Float], of n: Int, rows: [Int]) -> [Float] {
    var result: [Float] = []
    for (index, row) in rows.enumerated() {
      let own = levels[index * n..<(index + 1) * n]
      let keys = own.enumerated().map { place, level in
        (level: level.isNaN ? .infinity : level, draw: level.isNaN ? 0 : draw(row, place))
      }
      let order = keys.indices.sorted {
        (keys[$0].level, keys[$0].draw, $0) < (keys[$1].level, keys[$1].draw, $1)
      }
      result += order.map { Float($0) }
    }
    return result
  }

  private func draw(_ row: Int, _ place: Int) -> UInt64 {
    var hasher = StableHasher(seed: seed)
    hasher.update(UInt64(row))
    hasher.update(UInt64(place))
    return hasher.finish().high
  }
}
