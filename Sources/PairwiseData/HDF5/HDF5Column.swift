/// Collects the rows of one dataset and writes them chunk by chunk. A class because the file's writer
/// and the lists it keeps refer to the same one.
///
/// The dataset is created when the first chunk is full, or at the end, when its length is known. An
/// optional column is created by its first value; rows before it are filled with `missing`.
final class HDF5Column<Element: HDF5Element> {
  let path: String
  private let output: HDF5Output
  private let width: Int?
  private let missing: Element?
  private let isFiltered: Bool
  private let chunkRows: Int
  private var buffer: [Element] = []
  private var writtenRows = 0
  private var isCreated = false
  /// Rows before the first value.
  private var skipped = 0
  private var hasValue = false

  /// - Parameters:
  ///   - width: elements of a row; nil for a column of single values.
  ///   - missing: what stands for no value; nil if every row has one.
  init(
    _ output: HDF5Output, _ path: String, width: Int? = nil, missing: Element? = nil,
    isFiltered: Bool
  ) {
    self.output = output
    self.path = path
    self.width = width
    self.missing = missing
    self.isFiltered = isFiltered
    // Rules C1 (columns) and C2 (rows of 4-byte elements, 1 MiB) of the schema.
    chunkRows = width.map { max(1, (1 << 20) / (4 * max(1, $0))) } ?? 65_536
  }

  /// Rows so far, those without a value included.
  var rows: Int { writtenRows + skipped + buffer.count / max(1, width ?? 1) }

  func append(_ value: Element) throws(DataError) {
    try start()
    buffer.append(value)
    if buffer.count == chunkRows { try flush() }
  }

  /// Values of whole rows.
  func append(contentsOf values: some Collection<Element>) throws(DataError) {
    try start()
    let chunkElements = chunkRows * (width ?? 1)
    var rest = values[...]
    while !rest.isEmpty {
      let part = rest.prefix(chunkElements - buffer.count)
      buffer.append(contentsOf: part)
      rest = rest.dropFirst(part.count)
      if buffer.count == chunkElements { try flush() }
    }
  }

  /// One row: a value, or `missing` (which the column must then have).
  func append(optional value: Element?) throws(DataError) {
    if let value { return try append(value) }
    guard let missing else { preconditionFailure("hdf5 column: \(path) has no missing value") }
    if hasValue { try append(missing) } else { skipped += 1 }
  }

  /// One row of `width` elements: values, or `missing` for each (which the column must then have).
  func append(optionalRow values: [Element]?) throws(DataError) {
    if let values { return try append(contentsOf: values) }
    guard let missing else { preconditionFailure("hdf5 column: \(path) has no missing value") }
    if hasValue {
      try append(contentsOf: repeatElement(missing, count: width ?? 1))
    } else {
      skipped += 1
    }
  }

  /// Writes what is left. An optional column without a value leaves no dataset.
  func finish() throws(DataError) {
    guard hasValue || missing == nil else { return }
    if isCreated {
      try flush()
    } else {
      let rows = buffer.count / max(1, width ?? 1)
      let isSmall = buffer.count * MemoryLayout<Element>.stride < 4096
      let form = HDF5Form(
        rows: rows, width: width, chunkRows: isSmall ? nil : min(max(1, rows), chunkRows),
        isFiltered: isFiltered)
      try output.create(path, Element.self, form)
      try output.write(path, buffer, from: 0, width: width, extending: false)
    }
    buffer = []
  }

  private func start() throws(DataError) {
    guard !hasValue else { return }
    hasValue = true
    guard let missing, skipped > 0 else { return }
    let chunkElements = chunkRows * (width ?? 1)
    var left = skipped * (width ?? 1)
    skipped = 0
    while left > 0 {
      let count = min(left, chunkElements - buffer.count)
      buffer.append(contentsOf: repeatElement(missing, count: count))
      left -= count
      if buffer.count == chunkElements { try flush() }
    }
  }

  private func flush() throws(DataError) {
    guard !buffer.isEmpty else { return }
    if !isCreated {
      let form = HDF5Form(rows: 0, width: width, chunkRows: chunkRows, isFiltered: isFiltered)
      try output.create(path, Element.self, form)
      isCreated = true
    }
    try output.write(path, buffer, from: writtenRows, width: width, extending: true)
    writtenRows += buffer.count / max(1, width ?? 1)
    buffer.removeAll(keepingCapacity: true)
  }
}

/// Ragged bytes as values and offsets. Optional if `isOptional`: then there is no dataset until a row
/// has bytes.
final class HDF5RaggedColumn {
  private let values: HDF5Column<UInt8>
  private let offsets: HDF5Column<Int64>
  private let isOptional: Bool
  private var end: Int64 = 0
  private(set) var rows = 0
  private(set) var hasValue = false

  init(_ output: HDF5Output, _ group: String, isOptional: Bool, isFiltered: Bool) {
    values = HDF5Column(output, group + "/values", isFiltered: isFiltered)
    offsets = HDF5Column(output, group + "/offsets", missing: 0, isFiltered: isFiltered)
    self.isOptional = isOptional
  }

  /// One more row; nil is an empty one.
  func append(_ bytes: (some Collection<UInt8>)?) throws(DataError) {
    if rows == 0 { try offsets.append(optional: isOptional ? nil : 0) }
    rows += 1
    if let bytes {
      hasValue = true
      try values.append(contentsOf: bytes)
      end += Int64(bytes.count)
    }
    try offsets.append(optional: hasValue || !isOptional ? end : nil)
  }

  func finish() throws(DataError) {
    guard hasValue || !isOptional else { return }
    if rows == 0 { try offsets.append(0) }
    try values.finish()
    try offsets.finish()
  }
}
