/// Rows in the order their bytes lie in the file, with the places they were asked for.
struct HDF5RowOrder {
  let rows: [Int]
  /// Positions in `rows`, by ascending row; nil if `rows` ascends already.
  private let order: [Int32]?

  init(_ rows: [Int]) {
    self.rows = rows
    var ascends = true
    for i in 1..<max(1, rows.count) where rows[i] < rows[i - 1] {
      ascends = false
      break
    }
    order =
      ascends ? nil : (0..<Int32(rows.count)).sorted { rows[Int($0)] < rows[Int($1)] }
  }

  /// The position in `rows` that comes `index`-th in the file.
  subscript(index: Int) -> Int { order.map { Int($0[index]) } ?? index }
}

extension HDF5File {
  /// Bytes read at once when the rows asked for don't follow one another.
  private static let blockBytes = 256 << 10
  /// Rows nearer than this are read together with what lies between them.
  private static let gapBytes = 4 << 10

  /// Reads single rows as stored, row `order.rows[i]` to `base + i * stride * rowBytes`. Every row
  /// must lie inside the dataset.
  @unsafe func gather(
    _ order: HDF5RowOrder, of dataset: HDF5Dataset, into base: UnsafeMutableRawPointer,
    stride: Int = 1
  ) throws(DataError) {
    let rows = order.rows
    let rowBytes = dataset.rowBytes
    guard rowBytes > 0, !rows.isEmpty else { return }
    let gap = max(1, Self.gapBytes / rowBytes)
    let blockRows = max(1, Self.blockBytes / rowBytes)
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: max(Self.blockBytes, rowBytes), alignment: 64)
    defer { unsafe block.deallocate() }
    var start = 0
    while start < rows.count {
      let position = order[start]
      let first = rows[position]
      var end = start + 1
      // A run whose rows and places both ascend by one is read straight to its place.
      while stride == 1, end < rows.count, order[end] == position + (end - start),
        rows[order[end]] == first + (end - start)
      { end += 1 }
      if (end - start) * rowBytes >= Self.gapBytes {
        try unsafe readRows(
          first..<(first + end - start), of: dataset, into: base + position * rowBytes)
        start = end
        continue
      }
      end = start + 1
      var last = first
      while end < rows.count, rows[order[end]] - last <= gap,
        rows[order[end]] - first < blockRows
      {
        last = rows[order[end]]
        end += 1
      }
      try unsafe readRows(first..<(last + 1), of: dataset, into: block)
      for i in start..<end {
        let to = order[i]
        unsafe (base + to * stride * rowBytes).copyMemory(
          from: block + (rows[to] - first) * rowBytes, byteCount: rowBytes)
      }
      start = end
    }
  }
}
