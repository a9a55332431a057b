/// The datasets of `/segments` being written. A class because they are one thing: columns of one file, kept at equal
/// length.
final class SegmentColumns {
  private let states: HDF5Column<Int32>
  private let stateOffsets: HDF5Column<Int64>
  private let actions: HDF5Column<Int16>
  private let actionOffsets: HDF5Column<Int64>
  private let path: String
  private var ends = (states: 0, actions: 0)

  init(_ output: HDF5Output, _ path: String, isFiltered: Bool) {
    states = HDF5Column(output, "segments/states/values", isFiltered: isFiltered)
    stateOffsets = HDF5Column(output, "segments/states/offsets", isFiltered: isFiltered)
    actions = HDF5Column(output, "segments/actions/values", isFiltered: isFiltered)
    actionOffsets = HDF5Column(output, "segments/actions/offsets", isFiltered: isFiltered)
    self.path = path
  }

  /// Both segments of a pair.
  func append(_ record: PreferenceRecord) throws(DataError) {
    try append(record.chosenFeatures ?? [], "chosen of line \(record.origin)")
    try append(record.rejectedFeatures ?? [], "rejected of line \(record.origin)")
  }

  private func append(_ numbers: [Float], _ place: String) throws(DataError) {
    let used = numbers.prefix { $0 != -1 }
    guard used.count >= 3, used.count % 2 == 1, used.count / 2 <= SegmentLayout.maxSteps,
      numbers.dropFirst(used.count).allSatisfy({ $0 == -1 })
    else {
      throw DataError(
        .invalid, file: path, place: place,
        "expected a segment: state, action, state, …, then -1 to the end")
    }
    if ends.states == 0 {
      try stateOffsets.append(0)
      try actionOffsets.append(0)
    }
    for (index, number) in used.enumerated() {
      let isState = index % 2 == 0
      let limit = isState ? Int(SegmentLayout.limit) : Int(Int16.max) + 1
      guard let value = Int(exactly: number), (0..<limit).contains(value) else {
        throw DataError(
          .invalid, file: path, place: place,
          "expected \(isState ? "a state" : "an action") in 0 ..< \(limit), found \(number)")
      }
      if isState {
        try states.append(Int32(value))
      } else {
        try actions.append(Int16(value))
      }
    }
    ends.states += used.count / 2 + 1
    ends.actions += used.count / 2
    try stateOffsets.append(Int64(ends.states))
    try actionOffsets.append(Int64(ends.actions))
  }

  func finish() throws(DataError) {
    try states.finish()
    try stateOffsets.finish()
    try actions.finish()
    try actionOffsets.finish()
  }
}
