/// Where the orders of several responses lie in a file.
struct SlateLayout: Sendable {
  /// Responses of each slate, best first.
  var items: PreferenceLayout.Ragged
  /// Places whose order is known; nil: all.
  var topK: HDF5Dataset?
  /// Parallel to the items: equal for responses as good as each other; nil: none are.
  var tieLevel: HDF5Dataset?

  static func isThere(_ finder: DatasetFinder) -> Bool {
    finder.file.catalogue.dataset("rankings/items/values") != nil
  }

  init(_ finder: DatasetFinder) throws(DataError) {
    let prompt = try finder.require("rankings/prompt")
    items = try finder.integers("rankings/items", count: prompt.rows)
    topK = try finder.column("rankings/top_k", .integers, count: prompt.rows)
    tieLevel = try finder.column("rankings/tie_level", .integers, count: items.values.rows)
  }
}

/// Responses and orders of some slates.
struct SlateItems {
  var orders: [SlateOrder] = []
  /// Of all slates one after another, best first.
  var responses: [Int] = []
  /// Where each slate begins in `responses`, and where the last ends.
  var starts = [0]

  /// The response at a place of a slate; nil behind its end.
  func response(_ place: Int, of slate: Int) -> Int? {
    place < orders[slate].count ? responses[starts[slate] + place] : nil
  }

  /// The first two responses of every slate.
  var sides: [Int] {
    orders.indices.flatMap { [responses[starts[$0]], responses[starts[$0] + 1]] }
  }
}

extension HDF5File {
  /// The slates of some rows, each checked for itself.
  ///
  /// - Parameter responseCount: responses of the file.
  func slates(
    _ order: HDF5RowOrder, of layout: SlateLayout, responseCount: Int
  ) throws(DataError) -> SlateItems {
    let ranges = try self.ranges(order, of: layout.items, most: PairColumn.mostCompletions, "items")
    let places = HDF5RowOrder(ranges.flatMap { Array($0) })
    let items = try integers(.order(places), of: layout.items.values)
    let levels = try layout.tieLevel.map { dataset throws(DataError) in
      try integers(.order(places), of: dataset)
    }
    let tops = try layout.topK.map { dataset throws(DataError) in
      try integers(.order(order), of: dataset)
    }
    var result = SlateItems()
    for (slate, range) in ranges.enumerated() {
      let start = result.responses.count
      let own = start..<start + range.count
      try check(
        order.rows[slate], range, items[own], levels?[own], of: layout, responseCount)
      if let top = tops?[slate], top < 1 || top >= Int64(range.count), let dataset = layout.topK {
        throw wrong(
          dataset, order.rows[slate], "expected 1 to \(range.count - 1), found \(top)")
      }
      result.responses += items[own].map { Int($0) }
      result.starts.append(result.responses.count)
      var found = SlateOrder(
        count: range.count, ordered: tops.map { Int($0[slate]) },
        tieLevels: levels.map { SlateOrder.levels($0[own]) })
      if !found.hasTies { found.tieLevels = nil }
      result.orders.append(found)
    }
    return result
  }

  /// Two items at least, each in range and once, levels ascending.
  private func check(
    _ slate: Int, _ range: Range<Int>, _ items: ArraySlice<Int64>, _ levels: ArraySlice<Int64>?,
    of layout: SlateLayout, _ responseCount: Int
  ) throws(DataError) {
    guard range.count >= 2 else {
      throw wrong(
        layout.items.offsets, slate,
        "expected 2 to \(PairColumn.mostCompletions) items, found \(range.count)")
    }
    for (at, item) in zip(items.indices, items) {
      let row = range.lowerBound + at - items.startIndex
      guard item >= 0, item < Int64(responseCount) else {
        throw wrong(
          layout.items.values, row, "expected 0 to \(responseCount - 1), found \(item)")
      }
      if items[..<at].contains(item) {
        throw wrong(layout.items.values, row, "response \(item) is in ranking \(slate) twice")
      }
      if let levels, let dataset = layout.tieLevel, at > items.startIndex,
        levels[at] < levels[at - 1]
      {
        throw wrong(
          dataset, row, "expected ascending levels, found \(levels[at]) after \(levels[at - 1])")
      }
    }
  }

  private func wrong(_ dataset: HDF5Dataset, _ row: Int, _ message: String) -> DataError {
    DataError(.invalid, file: path, place: "\(dataset.path) row \(row)", message)
  }

  /// Where some rows of ragged values lie.
  ///
  /// - Parameter most: values of a row at most, as messages call them.
  func ranges(
    _ order: HDF5RowOrder, of ragged: PreferenceLayout.Ragged, most: Int, _ what: String
  ) throws(DataError) -> [Range<Int>] {
    let starts = try integers(.order(order), of: ragged.offsets)
    let ends = try integers(.order(HDF5RowOrder(order.rows.map { $0 + 1 })), of: ragged.offsets)
    var ranges: [Range<Int>] = []
    for (index, row) in order.rows.enumerated() {
      let (start, end) = (starts[index], ends[index])
      guard start >= 0, start <= end, end <= Int64(ragged.values.rows) else {
        throw DataError(
          .invalid, file: path, place: "\(ragged.offsets.path) row \(row + 1)",
          "expected an offset from \(max(0, start)) to \(ragged.values.rows), found \(end)")
      }
      guard end - start <= Int64(most) else {
        throw DataError(
          .invalid, file: path, place: "\(ragged.offsets.path) row \(row)",
          "expected at most \(most) \(what), found \(end - start)")
      }
      ranges.append(Int(start)..<Int(end))
    }
    return ranges
  }
}

extension SlateOrder {
  /// Levels from 0 on without gaps, of ascending ones.
  static func levels(_ levels: some Collection<some Equatable>) -> [Int] {
    var result = [0]
    for (before, level) in zip(levels, levels.dropFirst()) {
      result.append((result.last ?? 0) + (level == before ? 0 : 1))
    }
    return result
  }
}
