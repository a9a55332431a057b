/// Which rows of a dataset to read.
enum HDF5Rows {
  case range(Range<Int>)
  case order(HDF5RowOrder)

  var count: Int {
    switch self {
    case .range(let range): range.count
    case .order(let order): order.rows.count
    }
  }
}

extension HDF5File {
  /// Whole rows as 64-bit integers. Unsigned values beyond `Int64.max` come as `Int64.max`. The
  /// dataset must hold integers.
  func integers(_ rows: HDF5Rows, of dataset: HDF5Dataset) throws(DataError) -> [Int64] {
    switch dataset.element {
    case .int8: try elements(rows, of: dataset, Int8.self) { Int64($0) }
    case .int16: try elements(rows, of: dataset, Int16.self) { Int64(dataset.order($0)) }
    case .int32: try elements(rows, of: dataset, Int32.self) { Int64(dataset.order($0)) }
    case .int64: try elements(rows, of: dataset, Int64.self) { dataset.order($0) }
    case .uint8: try elements(rows, of: dataset, UInt8.self) { Int64($0) }
    case .uint16: try elements(rows, of: dataset, UInt16.self) { Int64(dataset.order($0)) }
    case .uint32: try elements(rows, of: dataset, UInt32.self) { Int64(dataset.order($0)) }
    case .uint64:
      try elements(rows, of: dataset, UInt64.self) { Int64(clamping: dataset.order($0)) }
    case .float32, .float64, .text: preconditionFailure("hdf5: integers of \(dataset.element.name)")
    }
  }

  /// Whole rows as floats; integers are converted, float64 is rounded.
  func floats(_ rows: HDF5Rows, of dataset: HDF5Dataset) throws(DataError) -> [Float] {
    switch dataset.element {
    case .float32:
      try elements(rows, of: dataset, UInt32.self) { Float(bitPattern: dataset.order($0)) }
    case .float64:
      try elements(rows, of: dataset, UInt64.self) { Float(Double(bitPattern: dataset.order($0))) }
    default: try integers(rows, of: dataset).map { Float($0) }
    }
  }

  /// Whole rows as doubles; integers are converted.
  func doubles(_ rows: HDF5Rows, of dataset: HDF5Dataset) throws(DataError) -> [Double] {
    switch dataset.element {
    case .float32:
      try elements(rows, of: dataset, UInt32.self) { Double(Float(bitPattern: dataset.order($0))) }
    case .float64:
      try elements(rows, of: dataset, UInt64.self) { Double(bitPattern: dataset.order($0)) }
    default: try integers(rows, of: dataset).map { Double($0) }
    }
  }

  /// Rows of a dataset of uint8.
  func bytes(_ range: Range<Int>, of dataset: HDF5Dataset) throws(DataError) -> [UInt8] {
    try elements(.range(range), of: dataset, UInt8.self) { $0 }
  }

  /// Reads `Stored` elements and maps each; inlined into its callers so that no closure is called.
  @inline(__always)
  private func elements<Stored: BitwiseCopyable, Element>(
    _ rows: HDF5Rows, of dataset: HDF5Dataset, _ type: Stored.Type,
    _ convert: (Stored) -> Element
  ) throws(DataError) -> [Element] {
    let count = rows.count * dataset.width
    var failure: DataError?
    let stored = unsafe [Stored](unsafeUninitializedCapacity: count) { buffer, initialized in
      guard let base = UnsafeMutableRawPointer(buffer.baseAddress), count > 0 else { return }
      do throws(DataError) {
        switch rows {
        case .range(let range): try unsafe readRows(range, of: dataset, into: base)
        case .order(let order): try unsafe gather(order, of: dataset, into: base)
        }
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return stored.map(convert)
  }
}

extension HDF5Dataset {
  /// A stored value in this machine's byte order (all machines Pairwise runs on are little-endian).
  @inline(__always)
  func order<T: FixedWidthInteger>(_ value: T) -> T {
    isBigEndian ? T(bigEndian: value) : T(littleEndian: value)
  }
}
