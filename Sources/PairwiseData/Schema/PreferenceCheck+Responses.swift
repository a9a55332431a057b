extension PreferenceCheck {
  /// Indices of prompts and responses: in range, two different responses, both to the pair's prompt.
  mutating func checkResponses() throws(DataError) {
    guard case .responses(let a, let b) = layout.sides, let prompt = layout.prompt,
      let responsePrompt = layout.responsePrompt
    else { return }
    try checkRange(responsePrompt, below: layout.promptCount)
    var isInOrder = true
    try forEachSlice(of: layout.count) { range throws(DataError) in
      let prompts = try checkedRange(prompt, range, 0, below: layout.promptCount)
      var otherPrompts: [Int64]?
      if let promptB = layout.promptB {
        otherPrompts = try checkedRange(promptB, range, -1, below: layout.promptCount)
      }
      let first = try checkedRange(a, range, 0, below: layout.responseCount)
      let second = try checkedRange(b, range, 0, below: layout.responseCount)
      for i in 0..<range.count where first[i] == second[i] {
        throw error(
          b, range.lowerBound + i, "expected another response than pairs/a, found the same")
      }
      for i in 0..<range.count {
        let expected = 2 * Int64(range.lowerBound + i)
        if first[i] != expected || second[i] != expected + 1 { isInOrder = false }
      }
      for (side, indices) in [(a, first), (b, second)] {
        let order = HDF5RowOrder(indices.map { Int($0) })
        let found = try file.integers(.order(order), of: responsePrompt)
        for i in 0..<range.count {
          var expected = prompts[i]
          if side.path == b.path, let other = otherPrompts?[i], other >= 0 { expected = other }
          guard found[i] == expected else {
            throw error(
              side, range.lowerBound + i,
              "response \(indices[i]) answers prompt \(found[i]), the pair is about prompt \(expected)"
            )
          }
        }
      }
    }
    self.isInOrder = isInOrder
  }

  private func checkRange(_ dataset: HDF5Dataset, below end: Int) throws(DataError) {
    try forEachSlice(of: dataset.rows) { range throws(DataError) in
      _ = try checkedRange(dataset, range, 0, below: end)
    }
  }

  /// The values of a slice, each from `start` to `end − 1`.
  private func checkedRange(
    _ dataset: HDF5Dataset, _ range: Range<Int>, _ start: Int64, below end: Int
  ) throws(DataError) -> [Int64] {
    let values = try file.integers(.range(range), of: dataset)
    let end = Int64(end)
    for (i, value) in values.enumerated() where value < start || value >= end {
      throw error(
        dataset, range.lowerBound + i, "expected \(start) to \(end - 1), found \(value)")
    }
    return values
  }
}
