extension PreferenceCheck {
  /// Whether the file's rows are single responses: what the first row is, all must be.
  func findForm() throws(DataError) -> Bool {
    guard case .responses(_, let b) = layout.sides, layout.count > 0 else { return false }
    let isUnpaired = try file.integers(.range(0..<1), of: b)[0] == -1
    guard isUnpaired else { return false }
    try forEachSlice(of: layout.count) { range throws(DataError) in
      for (i, index) in try file.integers(.range(range), of: b).enumerated() where index != -1 {
        throw error(
          b, range.lowerBound + i,
          "expected −1 as in row 0, a response judged alone, found \(index)")
      }
    }
    return true
  }

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
      if isUnpaired {
        for i in 0..<range.count where first[i] != Int64(range.lowerBound + i) { isInOrder = false }
        return try checkPrompts(a, first, range, prompts, responsePrompt)
      }
      let second = try checkedRange(b, range, 0, below: layout.responseCount)
      for i in 0..<range.count where first[i] == second[i] {
        throw error(
          b, range.lowerBound + i, "expected another response than pairs/a, found the same")
      }
      for i in 0..<range.count {
        let expected = 2 * Int64(range.lowerBound + i)
        if first[i] != expected || second[i] != expected + 1 { isInOrder = false }
      }
      try checkPrompts(a, first, range, prompts, responsePrompt)
      let expected = prompts.indices.map { i in
        otherPrompts.flatMap { $0[i] >= 0 ? $0[i] : nil } ?? prompts[i]
      }
      try checkPrompts(b, second, range, expected, responsePrompt)
    }
    self.isInOrder = isInOrder
  }

  /// The responses of one side answer the prompts that their pairs are about.
  private func checkPrompts(
    _ side: HDF5Dataset, _ indices: [Int64], _ range: Range<Int>, _ prompts: [Int64],
    _ responsePrompt: HDF5Dataset
  ) throws(DataError) {
    let order = HDF5RowOrder(indices.map { Int($0) })
    let found = try file.integers(.order(order), of: responsePrompt)
    for i in 0..<range.count where found[i] != prompts[i] {
      throw error(
        side, range.lowerBound + i,
        "response \(indices[i]) answers prompt \(found[i]), the pair is about prompt \(prompts[i])")
    }
  }

  func checkRange(_ dataset: HDF5Dataset, below end: Int) throws(DataError) {
    try forEachSlice(of: dataset.rows) { range throws(DataError) in
      _ = try checkedRange(dataset, range, 0, below: end)
    }
  }

  /// The values of a slice, each from `start` to `end − 1`.
  func checkedRange(
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
