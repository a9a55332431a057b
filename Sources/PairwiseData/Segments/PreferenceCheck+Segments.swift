extension PreferenceCheck {
  /// Segments and the pairs of them: indices in range, one action fewer than states, states and actions that the
  /// process has.
  mutating func checkSegments() throws(DataError) {
    guard case .segments(let a, let b, let segments) = layout.sides else { return }
    let process = try TabularProcess(file)
    try checkValues(segments.states.values, below: process.map { Int64($0.states) })
    try checkValues(segments.actions.values, below: process.map { Int64($0.actions) })
    var longest = 0
    try forEachSlice(of: segments.count) { range throws(DataError) in
      let order = HDF5RowOrder(Array(range))
      let most = SegmentLayout.maxSteps
      let states = try file.ranges(order, of: segments.states, most: most + 1, "states")
      let actions = try file.ranges(order, of: segments.actions, most: most, "actions")
      let rewards = try segments.rewards.map { ragged throws(DataError) in
        try file.ranges(order, of: ragged, most: most, "rewards")
      }
      for index in range.indices {
        let (row, place) = (index, index - range.lowerBound)
        guard !actions[place].isEmpty, states[place].count == actions[place].count + 1 else {
          throw error(
            segments.actions.offsets, row,
            "expected one action fewer than the \(states[place].count) states, found "
              + "\(actions[place].count)")
        }
        if let rewards, let ragged = segments.rewards, rewards[place].count != actions[place].count
        {
          throw error(
            ragged.offsets, row,
            "expected \(actions[place].count) rewards as there are actions, found \(rewards[place].count)"
          )
        }
        longest = max(longest, actions[place].count)
      }
    }
    try forEachSlice(of: layout.count) { range throws(DataError) in
      let first = try checkedRange(a, range, 0, below: segments.count)
      let second = try checkedRange(b, range, 0, below: segments.count)
      for place in first.indices where first[place] == second[place] {
        throw error(
          b, range.lowerBound + place, "expected another segment than pairs/a, found the same")
      }
    }
    isInOrder = false
    segmentWidth = 2 * longest + 1
  }

  private func checkValues(_ dataset: HDF5Dataset, below limit: Int64?) throws(DataError) {
    let end = limit ?? SegmentLayout.limit
    try forEachSlice(of: dataset.rows) { range throws(DataError) in
      for (offset, value) in try file.integers(.range(range), of: dataset).enumerated()
      where value < 0 || value >= end {
        throw error(
          dataset, range.lowerBound + offset, "expected 0 to \(end - 1), found \(value)")
      }
    }
  }
}
