extension PreferenceFile {
  /// The responses and orders of some rows; nil where rows are no slates.
  func slateItems(_ order: HDF5RowOrder) throws(DataError) -> SlateItems? {
    guard case .slates(let slates) = layout.sides else { return nil }
    let items = try file.slates(order, of: slates, responseCount: layout.responseCount)
    guard items.orders.allSatisfy({ $0.count <= self.slates?.most ?? 0 }) else {
      throw DataError(.invalid, file: path, "the file changed while it was being read")
    }
    return items
  }

  /// Completions behind the second place, and the columns that say how slates are ordered.
  func readSlates(
    _ items: SlateItems, _ needs: PairNeeds, into block: inout PairBlock
  ) throws(DataError) {
    guard let slates else { return }
    for (index, column) in slates.further.enumerated() {
      let rows = items.orders.indices.filter { index + 2 < items.orders[$0].count }
      let order = HDF5RowOrder(rows.compactMap { items.response(index + 2, of: $0) })
      if needs.textColumns.contains(column), let ragged = layout.responseTexts {
        block.textColumns[column] = try texts(order, of: ragged, in: rows, items.orders.count)
      }
      if needs.columns.contains(column), let dataset = layout.features, let width = featureWidth {
        block.columns[column] = try features(
          order, of: dataset, width, in: rows, items.orders.count)
      }
    }
    for column in needs.columns.intersection(slates.columns) {
      block.columns[column] = items.orders.flatMap { slates.values(column, of: $0) }
    }
  }

  /// Texts of the responses that some of the rows have, empty in the others.
  private func texts(
    _ order: HDF5RowOrder, of ragged: PreferenceLayout.Ragged, in rows: [Int], _ count: Int
  ) throws(DataError) -> TextColumn {
    let found = try file.ragged(order, of: ragged)
    var texts = TextColumn()
    var next = 0
    for row in 0..<count {
      let isThere = next < rows.count && rows[next] == row
      if isThere, String(validating: found[next], as: UTF8.self) == nil {
        throw error(ragged.values, order.rows[next], "the response's text is not valid UTF-8")
      }
      texts.append(isThere ? found[next] : [])
      if isThere { next += 1 }
    }
    return texts
  }

  /// Features of the responses that some of the rows have, NaN in the others.
  private func features(
    _ order: HDF5RowOrder, of dataset: HDF5Dataset, _ width: Int, in rows: [Int], _ count: Int
  ) throws(DataError) -> [Float] {
    let found = try file.floats(.order(order), of: dataset)
    if let bad = found.firstIndex(where: { !$0.isFinite }) {
      throw error(
        dataset, order.rows[bad / width],
        "expected a finite feature, found \(found[bad]) in column \(bad % width)")
    }
    var values = [Float](repeating: .nan, count: count * width)
    for (next, row) in rows.enumerated() {
      values.replaceSubrange(
        row * width..<(row + 1) * width, with: found[next * width..<(next + 1) * width])
    }
    return values
  }

  /// What records of slates hold besides their best two completions.
  func fillSlates(
    _ records: inout [PreferenceRecord], _ items: SlateItems, _ block: PairBlock
  ) {
    for row in records.indices {
      let order = items.orders[row]
      records[row].slate = order
      if order.tiesAtTop { records[row].label = 0 }
      guard let width = featureWidth else { continue }
      for column in PairColumn.furtherRejected.prefix(order.count - 2) {
        records[row].numbers[column] =
          block.columns[column].map { Array($0[row * width..<(row + 1) * width]) }
      }
    }
  }
}
