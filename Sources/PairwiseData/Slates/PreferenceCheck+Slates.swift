extension PreferenceCheck {
  /// Orders of responses: every item in range and once, all answers to the ranking's prompt, levels ascending, as
  /// many known places as there can be.
  mutating func checkSlates() throws(DataError) {
    guard case .slates(let layout) = self.layout.sides, let prompt = self.layout.prompt,
      let responsePrompt = self.layout.responsePrompt
    else { return }
    var form = SlateForm()
    var tiesAtTop = false
    try checkRange(responsePrompt, below: self.layout.promptCount)
    try forEachSlice(of: self.layout.count) { range throws(DataError) in
      let prompts = try checkedRange(prompt, range, 0, below: self.layout.promptCount)
      let order = HDF5RowOrder(Array(range))
      let found = try file.slates(
        order, of: layout, responseCount: self.layout.responseCount)
      let owners = try file.integers(
        .order(HDF5RowOrder(found.responses)), of: responsePrompt)
      for (slate, one) in found.orders.enumerated() {
        form.add(one)
        if one.tiesAtTop { tiesAtTop = true }
        for index in found.starts[slate]..<found.starts[slate + 1]
        where owners[index] != prompts[slate] {
          throw error(
            layout.items.values,
            try place(index - found.starts[slate], of: range.lowerBound + slate),
            "response \(found.responses[index]) answers prompt \(owners[index]), the ranking is about "
              + "prompt \(prompts[slate])")
        }
      }
    }
    if tiesAtTop { columns.insert(.labelProbability) }
    slates = form
    isInOrder = false
  }

  /// Where an item of a ranking lies among the values.
  private func place(_ item: Int, of slate: Int) throws(DataError) -> Int {
    guard case .slates(let layout) = self.layout.sides else { return item }
    return Int(try file.integers(.range(slate..<slate + 1), of: layout.items.offsets)[0]) + item
  }
}
