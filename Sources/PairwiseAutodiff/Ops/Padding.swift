internal import PairwiseTensor

extension Variable {
  /// Runs of a vector as rows of a matrix: `[C]` → `[runs.count, width]`, row i holding the elements
  /// `offsets[runs[i]] ..< offsets[runs[i] + 1]` and then zeros.
  ///
  /// Elements outside all runs get no gradient. Traps unless the runs lie within the vector and fit the
  /// width.
  public func paddedRuns(_ runs: [Int], of offsets: [Int32], width: Int) -> Variable {
    let (input, count) = (handle, value.count)
    precondition(shape.rank == 1, "padded runs: \(shape) is not a vector")
    let ranges = runs.map { run in
      precondition(run >= 0 && run + 1 < offsets.count, "padded runs: there is no run \(run)")
      let (start, end) = (Int(offsets[run]), Int(offsets[run + 1]))
      precondition(
        start >= 0 && start <= end && end <= count && end - start <= width,
        "padded runs: \(start)..<\(end) of \(count) elements into rows of \(width)")
      return start..<end
    }
    var y = Tensor.zeros([runs.count, width])
    let (out, x) = unsafe (y.mutablePointer(), value.pointer)
    for (row, range) in ranges.enumerated() {
      unsafe (out + row * width).update(from: x + range.lowerBound, count: range.count)
    }
    return unary(y) { dy, cotangents in
      var dx = Tensor.zeros([count])
      let (into, slope) = unsafe (dx.mutablePointer(), dy.pointer)
      for (row, range) in ranges.enumerated() {
        for (place, index) in range.enumerated() {
          unsafe into[index] += slope[row * width + place]
        }
      }
      cotangents.add(dx, to: input)
    }
  }
}
