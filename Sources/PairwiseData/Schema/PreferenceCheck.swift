/// Checks the columns of a file slice by slice, and finds out which of them say something.
struct PreferenceCheck {
  let file: HDF5File
  let layout: PreferenceLayout
  private(set) var warnings: [String] = []
  var columns: Set<PairColumn> = []
  /// Every pair prefers its first side: no label needs to be read again.
  private(set) var allPreferFirst = true
  /// The first rationale of each pair, −1 without one; empty if there are none.
  private(set) var rationales: [Int32] = []
  /// Every row judges one response alone: `pairs/b` is −1 throughout.
  private(set) var isUnpaired = false
  /// Pair i is between the responses 2i and 2i + 1: no index needs to be read again.
  var isInOrder = true

  /// What the slates have in common that the rows are.
  var slates: SlateForm?
  /// Numbers of the longest segment, 2·T + 1.
  var segmentWidth: Int?

  init(file: HDF5File, layout: PreferenceLayout) {
    self.file = file
    self.layout = layout
  }

  mutating func warn(_ place: String, _ message: String) { warnings.append("\(place): \(message)") }

  func error(_ dataset: HDF5Dataset, _ row: Int? = nil, _ message: String) -> DataError {
    let place = row.map { "\(dataset.path) row \($0)" } ?? dataset.path
    return DataError(.invalid, file: file.path, place: place, message)
  }

  /// - Parameters: how many groups and annotators have names; 0 means that nobody counted them.
  mutating func run(groups: Int, annotators: Int) throws(DataError) {
    isUnpaired = try findForm()
    try checkRagged()
    try checkLabels()
    try checkNumbers()
    try checkIndices(layout.group, .group, below: groups)
    try checkIndices(layout.annotator, .annotator, below: annotators)
    try checkResponses()
    try checkSlates()
    try checkSegments()
    try checkRationales()
    if layout.goldReward != nil, !isUnpaired { columns.formUnion([.chosenGold, .rejectedGold]) }
    columns.formUnion(layout.numbers.keys)
    if isUnpaired == false { try checkDerived() }
    warnOfUnknown()
  }

  /// Calls `body` with each slice of rows.
  func forEachSlice(
    of count: Int, _ body: (Range<Int>) throws(DataError) -> Void
  ) throws(DataError) {
    var start = 0
    while start < count {
      let end = min(count, start + PreferenceSchema.slice)
      try body(start..<end)
      start = end
    }
  }

  private func checkRagged() throws(DataError) {
    let all: [PreferenceLayout.Ragged?] =
      layout.integers + Array(layout.texts.values) + [
        layout.rationales?.texts, layout.promptTexts, layout.responseTexts, layout.promptMessages,
        layout.responseMessages,
        layout.extra,
      ]
    for case .some(let ragged) in all {
      let length = Int64(ragged.values.rows)
      var last: Int64 = 0
      try forEachSlice(of: ragged.offsets.rows) { range throws(DataError) in
        let offsets = try file.integers(.range(range), of: ragged.offsets)
        if range.lowerBound == 0, offsets[0] != 0 {
          throw error(ragged.offsets, 0, "expected 0, found \(offsets[0])")
        }
        for (i, offset) in offsets.enumerated() {
          guard offset >= last, offset <= length else {
            throw error(
              ragged.offsets, range.lowerBound + i,
              "expected an offset from \(last) to \(length), found \(offset)")
          }
          last = offset
        }
      }
      guard last == length else {
        throw error(ragged.offsets, ragged.count, "expected \(length), the end, found \(last)")
      }
    }
  }

  private mutating func checkLabels() throws(DataError) {
    guard let label = layout.label else {
      if layout.labelProbability != nil { columns.insert(.labelProbability) }
      return
    }
    var hasTies = false
    var allPreferFirst = true
    var doubtful: Int?
    try forEachSlice(of: layout.count) { range throws(DataError) in
      let labels = try file.integers(.range(range), of: label)
      var soft: [Float]?
      if let dataset = layout.labelProbability {
        soft = try file.floats(.range(range), of: dataset)
      }
      for (i, code) in labels.enumerated() {
        guard (-1...1).contains(code) || code == PreferenceSchema.unlabelled else {
          throw error(label, range.lowerBound + i, "expected 1, 0, −1 or −128, found \(code)")
        }
        if isUnpaired, code == 0 {
          throw error(
            label, range.lowerBound + i, "expected 1 or −1 for a response judged alone, found 0")
        }
        if code == 0 { hasTies = true }
        if code != 1 { allPreferFirst = false }
        if let p = soft?[i], doubtful == nil, code == 1 && p < 0.5 || code == -1 && p > 0.5 {
          doubtful = range.lowerBound + i
        }
      }
    }
    self.allPreferFirst = allPreferFirst
    if isUnpaired {
      columns.insert(.label)
      return
    }
    if hasTies || layout.labelProbability != nil { columns.insert(.labelProbability) }
    if let row = doubtful, let dataset = layout.labelProbability {
      warn("\(dataset.path) row \(row)", "lies on the other side of one half than the label")
    }
  }

  private mutating func checkNumbers() throws(DataError) {
    if let dataset = layout.labelProbability {
      _ = try checkFloats(dataset, "a number from 0 to 1, or NaN") { $0.isNaN || 0...1 ~= $0 }
    }
    if let dataset = layout.weight {
      _ = try checkFloats(dataset, "a finite number ≥ 0") { $0.isFinite && $0 >= 0 }
      columns.insert(.weight)
    }
    if let dataset = layout.goldReward {
      _ = try checkFloats(dataset, "a finite number, or NaN") { !$0.isInfinite }
    }
    if let dataset = layout.margin {
      let missing = try checkFloats(dataset, "a finite number, or NaN") { !$0.isInfinite }
      if missing < layout.count { columns.insert(.margin) }
      if missing > 0, missing < layout.count {
        warn(dataset.path, "missing in \(missing) of \(layout.count) rows")
      }
    }
  }

  /// The number of NaN values. Throws at the first value that does not fit.
  private func checkFloats(
    _ dataset: HDF5Dataset, _ expected: String, _ fits: (Float) -> Bool
  ) throws(DataError) -> Int {
    var missing = 0
    try forEachSlice(of: dataset.rows) { range throws(DataError) in
      let values = try file.floats(.range(range), of: dataset)
      for (i, value) in values.enumerated() {
        guard fits(value) else {
          throw error(dataset, range.lowerBound + i, "expected \(expected), found \(value)")
        }
        if value.isNaN { missing += 1 }
      }
    }
    return missing
  }

  private mutating func checkIndices(
    _ dataset: HDF5Dataset?, _ column: PairColumn, below limit: Int
  ) throws(DataError) {
    guard let dataset else { return }
    let end = limit == 0 ? Int64(Int32.max) : Int64(limit)
    try forEachSlice(of: layout.count) { range throws(DataError) in
      for (i, index) in try file.integers(.range(range), of: dataset).enumerated() {
        guard index >= -1, index < end else {
          let row = range.lowerBound + i
          throw error(dataset, row, "expected −1 to \(end - 1), found \(index)")
        }
      }
    }
    columns.insert(column)
  }

  private mutating func checkRationales() throws(DataError) {
    guard let (pair, _) = layout.rationales else { return }
    var first = [Int32](repeating: -1, count: layout.count)
    try forEachSlice(of: pair.rows) { range throws(DataError) in
      for (i, index) in try file.integers(.range(range), of: pair).enumerated() {
        guard index >= 0, index < Int64(layout.count) else {
          throw error(
            pair, range.lowerBound + i, "expected 0 to \(layout.count - 1), found \(index)")
        }
        if first[Int(index)] < 0 { first[Int(index)] = Int32(clamping: range.lowerBound + i) }
      }
    }
    rationales = first
  }

  private mutating func warnOfUnknown() {
    if case .dense = layout.sides { return }
    let texts = layout.texts.values.flatMap { [$0.values.path, $0.offsets.path] }
    let read = Set(layout.numbers.values.map(\.path) + texts)
    for dataset in file.catalogue.datasets
    where !PreferenceSchema.knows(dataset.path) && !read.contains(dataset.path) {
      warn(dataset.path, "unknown dataset, ignored")
    }
  }
}
