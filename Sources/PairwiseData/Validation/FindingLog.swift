/// Counts findings and keeps the first rows of each kind.
struct FindingLog {
  private struct Kept {
    var count = 0
    var rows: [Int] = []
    var example: String?
    var exampleRow = Int.max

    mutating func add(_ row: Int, _ text: String?) {
      count += 1
      if let text, row < exampleRow {
        example = text
        exampleRow = row
      }
      if rows.count == ValidationFinding.rowsKept, let last = rows.last, row > last { return }
      let position = rows.firstIndex { $0 > row } ?? rows.count
      rows.insert(row, at: position)
      if rows.count > ValidationFinding.rowsKept { rows.removeLast() }
    }
  }

  private var kept: [ValidationKind: Kept] = [:]

  /// Rows may come in any order; the smallest numbers are kept.
  mutating func add(_ kind: ValidationKind, row: Int, example: String? = nil) {
    kept[kind, default: Kept()].add(row, example)
  }

  func findings(rows: Int) -> [ValidationFinding] {
    ValidationKind.allCases.compactMap { kind in
      guard let kept = kept[kind] else { return nil }
      return ValidationFinding(
        kind: kind, count: kept.count, share: Double(kept.count) / Double(max(rows, 1)),
        rows: kept.rows, example: kept.example)
    }
  }
}

/// Which split each row is in, by number; one byte a row.
struct SplitMap {
  static let none: UInt8 = 0

  /// The number of the split named `train`, or `none`.
  private(set) var train = SplitMap.none
  /// Rows that two splits name, ascending.
  private(set) var rowsInSeveral: [Int] = []
  private var numbers: [UInt8] = []

  /// False if there are no two splits to compare.
  let isNeeded: Bool

  init(_ source: any PairSource) {
    isNeeded = source.splits.count > 1
    guard isNeeded else { return }
    numbers = [UInt8](repeating: Self.none, count: source.count)
    for (index, name) in source.splits.keys.sorted().enumerated() {
      // More than 254 splits share the last number: leaks among those stay unseen.
      let number = UInt8(min(index + 1, 255))
      if name == "train" { train = number }
      guard let rows = source.splits[name] else { continue }
      for position in 0..<rows.count {
        let row = rows[position]
        guard numbers.indices.contains(row) else { continue }
        if numbers[row] != Self.none { rowsInSeveral.append(row) }
        numbers[row] = number
      }
    }
    rowsInSeveral.sort()
  }

  subscript(row: Int32) -> UInt8 { numbers[Int(row)] }
}

/// Counts which side is longer.
struct LengthCount {
  private var pairs = 0
  private var chosenLonger = 0
  private var equal = 0

  mutating func add(chosen: Int, rejected: Int) {
    pairs += 1
    if chosen > rejected { chosenLonger += 1 }
    if chosen == rejected { equal += 1 }
  }

  var bias: LengthBias {
    let total = Double(max(pairs, 1))
    return LengthBias(
      chosenLonger: Double(chosenLonger) / total, equal: Double(equal) / total)
  }
}
