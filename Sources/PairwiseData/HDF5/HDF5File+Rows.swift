import CHDF5Probe
import Synchronization

extension HDF5File {
  /// Reads rows `range` of `dataset` as stored (its byte order, its type) to `base`, which has
  /// `range.count * dataset.rowBytes` bytes. The range must lie inside the dataset, whose rank is at
  /// most 2.
  @unsafe func readRows(
    _ range: Range<Int>, of dataset: HDF5Dataset, into base: UnsafeMutableRawPointer
  ) throws(DataError) {
    precondition(range.lowerBound >= 0 && range.upperBound <= dataset.rows, "hdf5: rows \(range)")
    precondition(dataset.extents.count <= 2, "hdf5: rows of \(dataset.shape)")
    let rowBytes = dataset.rowBytes
    guard !range.isEmpty, rowBytes > 0 else { return }
    switch dataset.storage {
    case .compact(let bytes):
      unsafe bytes.withUnsafeBytes { source in
        unsafe base.copyMemory(
          from: source.baseAddress! + range.lowerBound * rowBytes, byteCount: range.count * rowBytes
        )
      }
    case .contiguous(let offset):
      try unsafe read(range.count * rowBytes, at: offset + range.lowerBound * rowBytes, into: base)
    case .chunked(let extents, let table):
      try unsafe readChunks(range, of: dataset, extents, table, into: base)
    }
  }

  private func readChunks(
    _ range: Range<Int>, of dataset: HDF5Dataset, _ extents: [Int], _ table: [HDF5Dataset.Chunk],
    into base: UnsafeMutableRawPointer
  ) throws(DataError) {
    let size = dataset.element.size
    let height = extents[0]
    let chunkWidth = extents.count > 1 ? extents[1] : 1
    let columns = dataset.width / chunkWidth + (dataset.width % chunkWidth == 0 ? 0 : 1)
    let isFullWidth = chunkWidth == dataset.width
    var row = range.lowerBound
    while row < range.upperBound {
      let block = row / height
      let end = min(range.upperBound, (block + 1) * height)
      let target = unsafe base + (row - range.lowerBound) * dataset.rowBytes
      if isFullWidth, dataset.filters.isEmpty, table[block].size == height * dataset.rowBytes {
        // Nothing to decode: these rows lie one after another in the file.
        let skipped = (row - block * height) * dataset.rowBytes
        try unsafe read(
          (end - row) * dataset.rowBytes, at: Int(table[block].offset) + skipped, into: target)
      } else if isFullWidth, end - row == height {
        // A whole chunk goes straight to its place.
        let chunkBytes = unsafe UnsafeMutableRawBufferPointer(
          start: target, count: height * dataset.rowBytes)
        try unsafe decode(block, table[block], of: dataset, into: chunkBytes)
      } else {
        for column in 0..<columns {
          let chunk = try decoded(block * columns + column, of: dataset, extents, table)
          let left = column * chunkWidth
          let copied = min(chunkWidth, dataset.width - left) * size
          unsafe chunk.withUnsafeBytes { source in
            for r in row..<end {
              unsafe (target + (r - row) * dataset.rowBytes + left * size).copyMemory(
                from: source.baseAddress! + (r - block * height) * chunkWidth * size,
                byteCount: copied)
            }
          }
        }
      }
      row = end
    }
  }

  /// One chunk, from the cache or decoded now. Two threads may decode the same one; neither waits.
  private func decoded(
    _ index: Int, of dataset: HDF5Dataset, _ extents: [Int], _ table: [HDF5Dataset.Chunk]
  ) throws(DataError) -> [UInt8] {
    let key = HDF5ChunkCache.Key(path: dataset.path, chunk: index)
    if let bytes = chunks.withLock({ $0.find(key) }) { return bytes }
    let count = extents.reduce(dataset.element.size, *)
    var failure: DataError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(DataError) {
        try unsafe decode(
          index, table[index], of: dataset, into: UnsafeMutableRawBufferPointer(buffer))
        initialized = count
      } catch {
        failure = error
        initialized = 0
      }
    }
    if let failure { throw failure }
    chunks.withLock { $0.insert(bytes, key) }
    return bytes
  }

  /// Reads one stored chunk and undoes its filters. `out` has the bytes of a full chunk.
  private func decode(
    _ index: Int, _ chunk: HDF5Dataset.Chunk, of dataset: HDF5Dataset,
    into out: UnsafeMutableRawBufferPointer
  ) throws(DataError) {
    guard let target = out.baseAddress else { return }
    let filters = dataset.filters.map(\.rawValue)
    if filters.isEmpty {
      guard Int(chunk.size) == out.count else { throw damaged(index, of: dataset) }
      return try unsafe read(Int(chunk.size), at: Int(chunk.offset), into: target)
    }
    let room = out.count + 4
    let scratch = UnsafeMutablePointer<UInt8>.allocate(capacity: room + Int(chunk.size))
    defer { unsafe scratch.deallocate() }
    let stored = unsafe scratch + room
    try unsafe read(Int(chunk.size), at: Int(chunk.offset), into: stored)
    let status = unsafe pw_hdf5_decode_chunk(
      stored, Int(chunk.size), filters, filters.count, chunk.filterMask, dataset.element.size,
      target.assumingMemoryBound(to: UInt8.self), out.count, scratch)
    guard status == 0 else { throw damaged(index, of: dataset) }
  }

  private func damaged(_ chunk: Int, of dataset: HDF5Dataset) -> DataError {
    guard case .chunked(let extents, _) = dataset.storage else {
      return DataError(.invalid, file: path, place: dataset.path, "damaged values")
    }
    let columns = (dataset.width - 1) / (extents.count > 1 ? extents[1] : 1) + 1
    let first = chunk / max(1, columns) * extents[0]
    let last = min(first + extents[0], dataset.rows) - 1
    return DataError(
      .invalid, file: path, place: "\(dataset.path) rows \(first) to \(last)",
      "damaged values: the compressed data or its checksum is wrong")
  }
}
