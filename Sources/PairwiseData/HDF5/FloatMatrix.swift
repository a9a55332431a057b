public import PairwiseTensor

/// Writes one dataset of float rows `[N, D]` into an HDF5 file, piece by piece. The file gets its name in
/// `finish()`, whole and durable. A class because it owns the unfinished file.
public final class FloatMatrixWriter {
  private let output: HDF5Output
  private let column: HDF5Column<Float>
  private let width: Int
  /// Rows so far.
  public private(set) var count = 0

  /// - Parameter name: path of the dataset.
  /// - Throws: `.cannotCreate` if the file cannot be made, or exists and `overwrite` is false.
  public init(
    creating path: String, name: String, width: Int, overwrite: Bool = false
  ) throws(DataError) {
    output = try HDF5Output(creating: path, overwrite: overwrite)
    // Uncompressed: floats hardly shrink.
    column = HDF5Column(output, name, width: width, isFiltered: false)
    self.width = width
  }

  /// Adds rows `[n, D]`. Traps for another width.
  public func append(_ rows: Tensor) throws(DataError) {
    precondition(rows.shape.rank == 2 && rows.shape[1] == width, "rows \(rows.shape) of \(width)")
    if rows.shape[0] == 0 { return }
    let buffer = unsafe UnsafeBufferPointer(start: rows.pointer, count: rows.count)
    try unsafe column.append(contentsOf: buffer)
    count += rows.shape[0]
  }

  /// Adds a text to the root.
  public func setAttribute(_ name: String, _ text: String) throws(DataError) {
    try output.setAttribute(name, text)
  }

  /// Writes what is left and gives the file its name; on failure nothing is left behind.
  public func finish() throws(DataError) {
    do throws(DataError) {
      try column.finish()
      try output.finish()
    } catch {
      output.abandon()
      throw error
    }
  }
}

extension FloatColumns {
  /// Reads a dataset of float rows as `[N, D]`.
  ///
  /// - Throws: if the file is damaged, or there is no such dataset of float32 rows.
  public static func readMatrix(_ name: String, from path: String) throws(DataError) -> Tensor {
    let file = try HDF5File(path: path)
    guard let dataset = file.catalogue.dataset(name), dataset.extents.count == 2,
      dataset.element == .float32, dataset.rows <= Int32.max, dataset.width <= 1 << 20
    else {
      throw DataError(.invalid, file: path, place: name, "expected rows of floats")
    }
    let values = try file.floats(.range(0..<dataset.rows), of: dataset)
    return Tensor([dataset.rows, dataset.width], values)
  }
}
