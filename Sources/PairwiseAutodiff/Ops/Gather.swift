internal import CKernels
internal import PairwiseTensor

extension Variable {
  /// Rows `indices` of a table: `[V, N]` → `[R, N]`; an embedding. Traps if an index is out of range.
  ///
  /// The table's gradient is scattered and added, in the order of `indices`.
  public func rows(_ indices: [Int32]) -> Variable {
    let (count, n) = (shape[0], shape.count / max(1, shape[0]))
    precondition(
      indices.allSatisfy { $0 >= 0 && Int($0) < count }, "rows: an index is outside 0..<\(count)")
    var extents = shape.array
    extents[0] = indices.count
    var y = Tensor(uninitialized: Shape(extents))
    unsafe pw_gather_rows(y.mutablePointer(), value.pointer, indices, indices.count, n)
    let table = handle
    return unary(y) { dy, cotangents in
      unsafe cotangents.accumulate(into: table) { gradient in
        unsafe pw_scatter_rows_accumulate(gradient, dy.pointer, indices, indices.count, n)
      }
    }
  }

  /// Adds row r of `self` `[R, N]` into row `indices[r]` of a `[count, N]` tensor of zeros.
  public func scatteredRows(_ indices: [Int32], count: Int) -> Variable {
    precondition(indices.count == shape[0], "scatter: \(indices.count) indices for \(shape)")
    precondition(
      indices.allSatisfy { $0 >= 0 && Int($0) < count }, "scatter: an index is outside 0..<\(count)"
    )
    let (rows, n) = (shape[0], shape.count / max(1, shape[0]))
    var extents = shape.array
    extents[0] = count
    var y = Tensor.zeros(Shape(extents))
    unsafe pw_scatter_rows_accumulate(y.mutablePointer(), value.pointer, indices, rows, n)
    let (input, inputShape) = (handle, shape)
    return unary(y) { dy, cotangents in
      var dx = Tensor(uninitialized: inputShape)
      unsafe pw_gather_rows(dx.mutablePointer(), dy.pointer, indices, rows, n)
      cotangents.add(dx, to: input)
    }
  }

  /// One element per row: `[R, N]` → `[R]`, element `indices[r]` of row r. Traps if out of range.
  public func picked(_ indices: [Int32]) -> Variable {
    precondition(
      shape.rank == 2 && indices.count == shape[0], "picked: \(indices.count) indices for \(shape)")
    let n = shape[1]
    precondition(
      indices.allSatisfy { $0 >= 0 && Int($0) < n }, "picked: an index is outside 0..<\(n)")
    let flat = reshaped([shape.count, 1])
    let positions = indices.enumerated().map { Int32($0.offset * n) + $0.element }
    return flat.rows(positions).reshaped([indices.count])
  }
}
