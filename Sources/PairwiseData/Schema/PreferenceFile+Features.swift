internal import PairwiseTensor

extension PreferenceFile {
  /// `[2n, D]`: chosen features of pair i in row 2i, rejected in row 2i + 1.
  func features(
    _ order: HDF5RowOrder, _ orientation: Orientation, _ sides: HDF5RowOrder?
  ) throws(DataError) -> Tensor {
    let n = order.rows.count
    let width = layout.width ?? 0
    var tensor = Tensor(uninitialized: [2 * n, width])
    let base = unsafe tensor.mutablePointer()
    switch layout.sides {
    case .dense(let chosen, let rejected):
      unsafe try fill(base, order, of: chosen, stride: 2)
      unsafe try fill(base + width, order, of: rejected, stride: 2)
      for pair in orientation.swapped {
        let row = unsafe base + 2 * pair * width
        for i in 0..<width { unsafe swap(&row[i], &row[width + i]) }
      }
    case .responses, .slates:
      guard let dataset = layout.features, let sides else { break }
      unsafe try fill(base, sides, of: dataset, stride: 1)
    case .segments(let a, let b, let segments):
      let sides = try segmentSides(order, orientation, a, b, segments)
      return Tensor([2 * n, width], try file.segments(sides, of: segments, width: width))
    }
    try checkFinite(tensor, order, orientation, sides)
    return tensor
  }

  /// Writes row `order.rows[i]` of `dataset` to row `i * stride` of `base`.
  private func fill(
    _ base: UnsafeMutablePointer<Float>, _ order: HDF5RowOrder, of dataset: HDF5Dataset,
    stride: Int
  ) throws(DataError) {
    if dataset.element == .float32, !dataset.isBigEndian {
      return try unsafe file.gather(
        order, of: dataset, into: UnsafeMutableRawPointer(base), stride: stride)
    }
    let values = try file.floats(.order(order), of: dataset)
    let width = dataset.width
    for row in 0..<order.rows.count {
      let to = unsafe base + row * stride * width
      for i in 0..<width { unsafe to[i] = values[row * width + i] }
    }
  }

  private func checkFinite(
    _ tensor: Tensor, _ order: HDF5RowOrder, _ orientation: Orientation, _ sides: HDF5RowOrder?
  ) throws(DataError) {
    let isFinite = tensor.withSpan { values in
      // Without its sign a float orders as its bits do; infinity and NaN come last.
      var largest: UInt32 = 0
      for i in 0..<values.count { largest = max(largest, values[i].bitPattern & 0x7FFF_FFFF) }
      return largest < Float.infinity.bitPattern
    }
    guard !isFinite else { return }
    let width = tensor.shape[1]
    for (i, value) in tensor.array.enumerated() where !value.isFinite {
      let (side, column) = i.quotientAndRemainder(dividingBy: width)
      let pair = side / 2
      let message = "expected a finite feature, found \(value) in column \(column)"
      switch layout.sides {
      case .dense(let chosen, let rejected):
        let isChosen = (side % 2 == 0) != orientation.isSwapped(pair)
        throw error(isChosen ? chosen : rejected, order.rows[pair], message)
      case .responses, .slates, .segments:
        guard let dataset = layout.features, let sides else { return }
        throw error(dataset, sides.rows[side], message + ", pair \(order.rows[pair])")
      }
    }
  }
}
