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

/// A dataset of float rows `[N, D]` in an HDF5 file, read row by row.
public struct FloatMatrixFile: Sendable {
  private let file: HDF5File
  private let dataset: HDF5Dataset

  /// - Parameter name: path of the dataset.
  /// - Throws: if the file is damaged, or there is no such dataset of float32 rows.
  public init(_ path: String, name: String) throws(DataError) {
    file = try HDF5File(path: path)
    guard let dataset = file.catalogue.dataset(name), dataset.extents.count == 2,
      dataset.element == .float32, dataset.rows <= Int32.max, dataset.width <= 1 << 20
    else {
      throw DataError(.invalid, file: path, place: name, "expected rows of floats")
    }
    self.dataset = dataset
  }

  /// N
  public var count: Int { dataset.rows }
  /// D
  public var width: Int { dataset.width }

  /// The rows at `places`, in that order, `[n, D]`. Traps if one is out of range.
  public func rows(_ places: [Int]) throws(DataError) -> Tensor {
    precondition(
      places.allSatisfy { (0..<count).contains($0) }, "float rows: a row is out of range")
    let values = try file.floats(.order(HDF5RowOrder(places)), of: dataset)
    return Tensor([places.count, width], values)
  }

  /// All of them.
  func all() throws(DataError) -> Tensor {
    Tensor([count, width], try file.floats(.range(0..<count), of: dataset))
  }
}

extension FloatColumns {
  /// Reads a dataset of float rows as `[N, D]`.
  ///
  /// - Throws: if the file is damaged, or there is no such dataset of float32 rows.
  public static func readMatrix(_ name: String, from path: String) throws(DataError) -> Tensor {
    try FloatMatrixFile(path, name: name).all()
  }
}
