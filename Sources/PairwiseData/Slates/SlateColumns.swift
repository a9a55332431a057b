/// The datasets of `/rankings` that say how slates are ordered. A class because they are one thing: columns of one
/// file, kept at equal length.
final class SlateColumns {
  private let items: HDF5Column<Int32>
  private let offsets: HDF5Column<Int64>
  private let topK: HDF5Column<Int32>
  private let tieLevel: HDF5Column<Int16>
  private var end = 0

  init(_ output: HDF5Output, isFiltered: Bool) {
    items = HDF5Column(output, "rankings/items/values", isFiltered: isFiltered)
    offsets = HDF5Column(output, "rankings/items/offsets", isFiltered: isFiltered)
    topK = HDF5Column(output, "rankings/top_k", isFiltered: isFiltered)
    tieLevel = HDF5Column(
      output, "rankings/tie_level", isFiltered: isFiltered)
  }

  /// One slate of the responses from `first` on, best first.
  func append(_ order: SlateOrder, responses first: Int) throws(DataError) {
    if end == 0 { try offsets.append(0) }
    for place in 0..<order.count {
      try items.append(Int32(first + place))
      try tieLevel.append(Int16(clamping: order.tieLevels?[place] ?? place))
    }
    end += order.count
    try offsets.append(Int64(end))
    try topK.append(Int32(order.ordered))
    if order.hasTies { hasTies = true }
  }

  private var hasTies = false

  func finish() throws(DataError) {
    try items.finish()
    try offsets.finish()
    try topK.finish()
    // Without ties the order of the items says it all.
    if hasTies { try tieLevel.finish() }
  }
}
