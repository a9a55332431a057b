/// Who beat whom how often, in compressed rows: for each item the items it met, in ascending order.
///
/// Each pair of items that met has two entries, one in each row. Memory: 24 bytes an entry.
public struct WinGraph: Sendable {
  /// n, the number of items.
  public let items: Int
  /// Where the row of each item begins, `[n + 1]`.
  package let starts: [Int]
  /// The item met, `[entries]`.
  package let opponents: [Int32]
  /// The entry of the same pair in the opponent's row, `[entries]`.
  package let mirrors: [Int32]
  /// Wins of the row's item over the opponent, ties in parts, `[entries]`.
  package internal(set) var wins: [Double]

  /// A graph from a matrix: `wins[i][j]`, how often i beat j, ≥ 0; the diagonal is 0.
  ///
  /// - Throws: for no items, a matrix that is not square, or an entry that is no such number.
  public init(wins matrix: [[Double]]) throws(EvaluationError) {
    guard !matrix.isEmpty else { throw .empty("win matrix") }
    var (first, second, values): ([Int32], [Int32], [Double]) = ([], [], [])
    for (i, row) in matrix.enumerated() {
      guard row.count == matrix.count else {
        throw .lengthsDiffer("win matrix row \(i)", found: row.count, expected: matrix.count)
      }
      for (j, value) in row.enumerated() {
        try EvaluationError.check(
          weight: value, upTo: 1e12, "wins of item \(i) over \(j)", row: i)
        if value == 0 { continue }
        guard i != j else {
          throw .outOfRange("win matrix", row: i, found: "\(value) wins over itself", expected: "0")
        }
        first.append(Int32(clamping: i))
        second.append(Int32(clamping: j))
        values.append(value)
      }
    }
    let rows = Self.rows(items: matrix.count, first: first, second: second)
    self.init(items: matrix.count, rows)
    for (match, value) in values.enumerated() { wins[Int(rows.entries[match])] += value }
  }

  init(items: Int, _ rows: Rows) {
    self.items = items
    starts = rows.starts
    opponents = rows.opponents
    mirrors = rows.mirrors
    wins = [Double](repeating: 0, count: rows.opponents.count)
  }

  /// The structure, and for each match its entry in the row of its first item.
  struct Rows: Sendable {
    var starts: [Int]
    var opponents: [Int32]
    var mirrors: [Int32]
    var entries: [Int32]
  }

  /// Sorts both ends of each match by item and opponent, stably and in linear time, and merges equal ones.
  static func rows(items: Int, first: [Int32], second: [Int32]) -> Rows {
    let m = first.count
    // End 2k is match k in the row of its first item, end 2k + 1 in that of its second.
    let byOpponent = sorted(
      (0..<(2 * m)).map { Int32(truncatingIfNeeded: $0) }, count: items
    ) { end in end & 1 == 0 ? second[Int(end >> 1)] : first[Int(end >> 1)] }
    let ends = sorted(byOpponent, count: items) { end in
      end & 1 == 0 ? first[Int(end >> 1)] : second[Int(end >> 1)]
    }
    var entryOfEnd = [Int32](repeating: 0, count: 2 * m)
    var starts = [Int](repeating: 0, count: items + 1)
    var opponents: [Int32] = []
    var last: (row: Int32, opponent: Int32) = (-1, -1)
    for end in ends {
      let match = Int(end >> 1)
      let isFirst = end & 1 == 0
      let pair = isFirst ? (first[match], second[match]) : (second[match], first[match])
      if pair != last {
        last = pair
        opponents.append(pair.1)
        starts[Int(pair.0) + 1] = opponents.count
      }
      entryOfEnd[Int(end)] = Int32(truncatingIfNeeded: opponents.count - 1)
    }
    for item in 0..<items { starts[item + 1] = max(starts[item + 1], starts[item]) }
    var mirrors = [Int32](repeating: 0, count: opponents.count)
    var entries = [Int32](repeating: 0, count: m)
    for match in 0..<m {
      let (here, there) = (entryOfEnd[2 * match], entryOfEnd[2 * match + 1])
      entries[match] = here
      mirrors[Int(here)] = there
      mirrors[Int(there)] = here
    }
    return Rows(starts: starts, opponents: opponents, mirrors: mirrors, entries: entries)
  }

  /// A stable counting sort.
  private static func sorted(
    _ ends: [Int32], count: Int, by key: (Int32) -> Int32
  ) -> [Int32] {
    var next = [Int](repeating: 0, count: count + 1)
    for end in ends { next[Int(key(end)) + 1] += 1 }
    for index in 0..<count { next[index + 1] += next[index] }
    var result = [Int32](repeating: 0, count: ends.count)
    for end in ends {
      let place = Int(key(end))
      result[next[place]] = end
      next[place] += 1
    }
    return result
  }

  /// Wins of each item, `[n]`.
  package var winsPerItem: [Double] {
    (0..<items).map { item in wins[starts[item]..<starts[item + 1]].reduce(0, +) }
  }

  /// Games of each entry: wins of both sides, `[entries]`.
  package var games: [Double] {
    wins.indices.map { wins[$0] + wins[Int(mirrors[$0])] }
  }
}
