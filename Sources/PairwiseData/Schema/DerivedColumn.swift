/// A column of numbers that a file keeps elsewhere than with its pairs.
struct DerivedColumn: Sendable {
  enum Source: Sendable, Equatable {
    /// Of the chosen or the rejected response.
    case response(isChosen: Bool)
    /// Of the pair; its sign says which side has more.
    case signed
    /// Of the context that the pair is judged in.
    case context
    /// Of whoever judged.
    case annotator
  }

  var source: Source
  /// `[things, K]`; nil: 1 at the thing's own number.
  var values: HDF5Dataset?
  /// K
  var width: Int
}

extension PreferenceLayout {
  /// Finds ratings of responses, signed scores, and what is said of contexts and annotators. A column of the pairs
  /// that has the same name comes before.
  mutating func findDerived(_ finder: DatasetFinder) throws(DataError) {
    func add(
      _ name: PairColumn, _ source: DerivedColumn.Source, _ values: HDF5Dataset?, _ width: Int
    ) {
      guard numbers[name] == nil, (1...PairColumn.maxWidth).contains(width) else { return }
      derived[name] = DerivedColumn(source: source, values: values, width: width)
    }
    if case .responses = sides,
      let ratings = try finder.matrix("responses/ratings", rows: responseCount)
    {
      add("chosen_ratings", .response(isChosen: true), ratings, ratings.width)
      add("rejected_ratings", .response(isChosen: false), ratings, ratings.width)
    }
    if let scores = numbers["scores"] { add("annotator_scores", .signed, scores, scores.width) }
    context = try finder.column("pairs/context", .integers, count: count)
    if context != nil {
      let features = try finder.matrix("contexts/features", rows: nil)
      let directions = try finder.matrix("contexts/direction", rows: features?.rows)
      if let features { add("context", .context, features, features.width) }
      if let directions { add("direction", .context, directions, directions.width) }
      contextCount = features?.rows ?? directions?.rows
      if features == nil {
        let names = try finder.file.names("context_names").count
        let all = contextCount ?? names
        contextCount = all > 0 ? all : nil
        if all > 0 { add("context", .context, nil, all) }
      }
    }
    if annotator != nil, let features = try finder.matrix("annotators/features", rows: nil) {
      add("annotator_features", .annotator, features, features.width)
    }
  }
}

extension PreferenceCheck {
  /// Contexts in range, directions of unit length, finite numbers of contexts and annotators.
  mutating func checkDerived() throws(DataError) {
    if let context = layout.context {
      let end = layout.contextCount.map(Int64.init) ?? Int64(Int32.max)
      try forEachSlice(of: layout.count) { range throws(DataError) in
        for (i, index) in try file.integers(.range(range), of: context).enumerated()
        where index < -1 || index >= end {
          throw error(context, range.lowerBound + i, "expected −1 to \(end - 1), found \(index)")
        }
      }
    }
    for (name, column) in layout.derived.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      guard column.source == .context || column.source == .annotator, let dataset = column.values
      else { continue }
      let size = max(1, PreferenceSchema.slice / column.width)
      for start in stride(from: 0, to: dataset.rows, by: size) {
        let values = try file.floats(.range(start..<min(dataset.rows, start + size)), of: dataset)
        if let bad = values.firstIndex(where: { !$0.isFinite }) {
          throw error(
            dataset, start + bad / column.width, "expected finite numbers, found \(values[bad])")
        }
        guard name == "direction" else { continue }
        for row in 0..<values.count / column.width {
          let own = values[row * column.width..<(row + 1) * column.width]
          let length = own.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
          guard abs(length - 1) <= 1e-5 else {
            throw error(dataset, start + row, "expected length 1, found \(length)")
          }
        }
      }
    }
    columns.formUnion(layout.derived.keys)
  }
}

extension PreferenceFile {
  /// Numbers `[n, K]` of a derived column; NaN where a row has none.
  func derived(
    _ column: DerivedColumn, _ order: HDF5RowOrder, _ orientation: Orientation,
    _ sides: HDF5RowOrder?
  ) throws(DataError) -> [Float] {
    let width = column.width
    switch column.source {
    case .signed:
      guard let dataset = column.values else { return [] }
      var values = try numbers(.order(order), of: dataset)
      for pair in orientation.swapped {
        for place in pair * width..<(pair + 1) * width { values[place].negate() }
      }
      return values
    case .response(let isChosen):
      guard let dataset = column.values, let sides else { return [] }
      let rows = stride(from: isChosen ? 0 : 1, to: sides.rows.count, by: 2).map { sides.rows[$0] }
      return try file.floats(.order(HDF5RowOrder(rows)), of: dataset)
    case .context, .annotator:
      guard let index = column.source == .context ? layout.context : layout.annotator else {
        return []
      }
      let things = try file.integers(.order(order), of: index)
      return try numbers(of: things, column)
    }
  }

  /// Rows of a table by number; NaN for numbers that it does not have.
  private func numbers(
    of things: [Int64], _ column: DerivedColumn
  ) throws(DataError) -> [Float] {
    let width = column.width
    var result = [Float](repeating: .nan, count: things.count * width)
    guard let dataset = column.values else {
      for (row, thing) in things.enumerated() where thing >= 0 && thing < Int64(width) {
        for place in 0..<width { result[row * width + place] = place == Int(thing) ? 1 : 0 }
      }
      return result
    }
    let known = things.indices.filter { things[$0] >= 0 && things[$0] < Int64(dataset.rows) }
    let found = try file.floats(.order(HDF5RowOrder(known.map { Int(things[$0]) })), of: dataset)
    for (place, row) in known.enumerated() {
      result.replaceSubrange(
        row * width..<(row + 1) * width, with: found[place * width..<(place + 1) * width])
    }
    return result
  }
}
