public import PairwiseAutodiff

/// A batch of sparse rows in compressed form: row r holds entries
/// `rowOffsets[r] ..< rowOffsets[r + 1]` of `indices` and `values`, columns rising.
public struct SparseRows: Sendable, Equatable {
  /// Columns; every index is in `0 ..< width`.
  public let width: Int
  /// `[count + 1]`, starting at 0, non-decreasing.
  public private(set) var rowOffsets: [Int] = [0]
  /// `[entries]`, columns, strictly rising within a row.
  public private(set) var indices: [Int32] = []
  /// `[entries]`.
  public private(set) var values: [Float] = []

  /// No rows. Traps unless 0 ≤ `width` ≤ 2³¹ − 1.
  public init(width: Int) {
    precondition(
      width >= 0 && width <= Int(Int32.max), "sparse rows: width \(width) does not fit 32 bits")
    self.width = width
  }

  /// Rows.
  public var count: Int { rowOffsets.count - 1 }
  /// Stored entries of all rows.
  public var entryCount: Int { indices.count }

  /// Where the entries of row `row` stand in `indices` and `values`. Traps if there is no such row.
  public func entries(ofRow row: Int) -> Range<Int> {
    precondition(row >= 0 && row < count, "sparse rows: row \(row) of \(count)")
    return rowOffsets[row]..<rowOffsets[row + 1]
  }

  /// The rows as the input of a sparse layer, sharing this batch's indices and values.
  public var matrix: SparseMatrix {
    SparseMatrix(
      offsets: rowOffsets.map(Int64.init), indices: indices, values: values, width: width)
  }

  /// Adds a row. Traps unless both arrays are equally long and the indices rise within the width.
  public mutating func appendRow(indices newIndices: [Int32], values newValues: [Float]) {
    precondition(
      newIndices.count == newValues.count,
      "sparse rows: \(newIndices.count) indices for \(newValues.count) values")
    var last: Int32 = -1
    for index in newIndices {
      precondition(
        index > last && Int(index) < width,
        "sparse rows: index \(index) after \(last) in \(width) columns")
      last = index
    }
    indices.append(contentsOf: newIndices)
    values.append(contentsOf: newValues)
    endRow()
  }

  /// Adds a copy of row `row` of `other`. Traps if the widths differ or there is no such row.
  public mutating func appendRow(_ row: Int, from other: SparseRows) {
    precondition(
      other.width == width, "sparse rows: widths differ, \(width) and \(other.width)")
    let range = other.entries(ofRow: row)
    indices.append(contentsOf: other.indices[range])
    values.append(contentsOf: other.values[range])
    endRow()
  }

  /// Adds copies of all rows of `other`. Traps if the widths differ.
  public mutating func append(contentsOf other: SparseRows) {
    precondition(
      other.width == width, "sparse rows: widths differ, \(width) and \(other.width)")
    let base = entryCount
    indices.append(contentsOf: other.indices)
    values.append(contentsOf: other.values)
    rowOffsets.append(contentsOf: other.rowOffsets.dropFirst().lazy.map { $0 + base })
  }

  /// Forgets all rows but keeps their memory for the next ones.
  public mutating func removeAll() {
    rowOffsets.removeAll(keepingCapacity: true)
    rowOffsets.append(0)
    indices.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
  }

  /// Adds an entry to the row being built; the caller keeps the columns rising.
  @inline(__always)
  mutating func appendEntry(_ index: Int, _ value: Float) {
    indices.append(Int32(truncatingIfNeeded: index))
    values.append(value)
  }

  /// Ends the row being built.
  mutating func endRow() { rowOffsets.append(indices.count) }
}
