extension PreferenceCheck {
  /// The splits of the file: row numbers in range, no row twice, no row in two splits; with unit
  /// `prompt` or `annotator` nothing of one prompt or annotator in two splits.
  mutating func splits() throws(DataError) -> [String: RowSet] {
    var splits: [String: RowSet] = [:]
    var taken = RowBits(layout.count)
    var takenUnits: RowBits?
    let unit = try splitUnit()
    if let unit { takenUnits = RowBits(unitCount(unit)) }
    let group = layout.splitGroup
    for dataset in file.catalogue.datasets where dataset.path.hasPrefix(group + "/") {
      let name = String(dataset.path.dropFirst(group.count + 1))
      guard !name.contains("/") else {
        throw error(dataset, nil, "expected a dataset directly under '\(group)'")
      }
      guard dataset.element.isInteger, dataset.extents.count == 1 else {
        throw error(
          dataset, nil, "expected integers [rows], found \(dataset.element.name) \(dataset.shape)")
      }
      let rows = try split(dataset, &taken)
      splits[name] = rows
      if let unit, var seen = takenUnits {
        try checkUnits(rows, unit, dataset, &seen)
        takenUnits = seen
      }
    }
    return splits
  }

  private func splitUnit() throws(DataError) -> HDF5Dataset? {
    guard case .text(let bytes)? = file.catalogue.attribute("unit", of: layout.splitGroup) else {
      return nil
    }
    switch String(decoding: bytes, as: UTF8.self) {
    case "pair": return nil
    case "prompt": return layout.prompt
    case "annotator": return layout.annotator
    default:
      throw DataError(
        .invalid, file: file.path, place: "\(layout.splitGroup) attribute unit",
        "expected 'pair', 'prompt' or 'annotator'")
    }
  }

  private func unitCount(_ unit: HDF5Dataset) -> Int {
    unit.path == layout.prompt?.path ? layout.promptCount : layout.count
  }

  /// A split as a range where its rows follow one another, as many do.
  private func split(_ dataset: HDF5Dataset, _ taken: inout RowBits) throws(DataError) -> RowSet {
    var list: [Int32] = []
    var start = 0
    var isRange = true
    var seen = taken
    try forEachSlice(of: dataset.rows) { range throws(DataError) in
      let rows = try file.integers(.range(range), of: dataset)
      if range.lowerBound == 0 { start = Int(rows[0]) }
      for (i, value) in rows.enumerated() {
        let position = range.lowerBound + i
        guard value >= 0, value < Int64(layout.count) else {
          throw error(dataset, position, "expected 0 to \(layout.count - 1), found \(value)")
        }
        let row = Int(value)
        guard seen.insert(row) else {
          throw error(
            dataset, position, "\(layout.rowWord) \(row) is in this split already or in another one"
          )
        }
        if isRange, row != start + position {
          isRange = false
          list = (0..<position).map { Int32(start + $0) }
          list.reserveCapacity(dataset.rows)
        }
        if !isRange { list.append(Int32(row)) }
      }
    }
    taken = seen
    return isRange ? .range(start..<(start + dataset.rows)) : .list(list)
  }

  private func checkUnits(
    _ rows: RowSet, _ unit: HDF5Dataset, _ dataset: HDF5Dataset, _ taken: inout RowBits
  ) throws(DataError) {
    var own = RowBits(unitCount(unit))
    try forEachSlice(of: rows.count) { range throws(DataError) in
      let order = HDF5RowOrder(range.map { rows[$0] })
      for (i, value) in try file.integers(.order(order), of: unit).enumerated() where value >= 0 {
        guard value < Int64(own.count) else {
          throw error(unit, order.rows[i], "expected less than \(own.count), found \(value)")
        }
        guard !taken.contains(Int(value)) else {
          throw error(
            dataset, range.lowerBound + i, "\(unit.path) \(value) is also in another split")
        }
        _ = own.insert(Int(value))
      }
    }
    taken.formUnion(own)
  }
}

/// A set of row numbers, one bit each.
struct RowBits {
  let count: Int
  private var words: [UInt64]

  init(_ count: Int) {
    self.count = count
    words = [UInt64](repeating: 0, count: count / 64 + 1)
  }

  func contains(_ row: Int) -> Bool { words[row / 64] >> UInt64(row % 64) & 1 == 1 }

  /// False if it was there already.
  mutating func insert(_ row: Int) -> Bool {
    let bit = UInt64(1) << UInt64(row % 64)
    defer { words[row / 64] |= bit }
    return words[row / 64] & bit == 0
  }

  mutating func formUnion(_ other: RowBits) {
    for i in 0..<min(words.count, other.words.count) { words[i] |= other.words[i] }
  }
}
