internal import CKernels
public import PairwiseTensor

extension Variable {
  /// Σ of all elements, a scalar. Summed in Double.
  public func sum() -> Variable {
    let (input, shape) = (handle, shape)
    let total = Tensor.scalar(Float(unsafe pw_sum(value.pointer, value.count)))
    return unary(total) { dy, cotangents in
      cotangents.add(Tensor(repeating: dy.item, shape), to: input)
    }
  }

  /// Mean of all elements, a scalar. Traps if there are none.
  public func mean() -> Variable {
    precondition(value.count > 0, "mean: no elements")
    return sum() / Float(value.count)
  }

  /// Σ along the innermost axis: `[..., N]` → `[...]`. Each row summed in Double. Traps for a scalar.
  public func sumRows() -> Variable {
    precondition(shape.rank > 0, "sum rows: a scalar has no rows")
    let (input, shape) = (handle, shape)
    var y = Tensor(uninitialized: Shape(Array(shape.array.dropLast())))
    unsafe pw_sum_rows(y.mutablePointer(), value.pointer, shape.rowCount, shape.rowLength)
    return unary(y) { dy, cotangents in
      let column = dy.reshaped(Shape(dy.shape.array + [1]))
      cotangents.add(Tensor.broadcast(.multiply, column, Tensor(repeating: 1, shape)), to: input)
    }
  }

  /// Sums of runs of a vector: `[C]` → `[offsets.count − 1]`, element i the sum over
  /// `offsets[i] ..< offsets[i + 1]`. Each summed in Double; an empty run gives 0.
  ///
  /// Traps unless the offsets ascend within 0...C. Elements outside all runs get no gradient.
  public func runSums(_ offsets: [Int32]) -> Variable {
    let (input, count) = (handle, value.count)
    precondition(
      shape.rank == 1 && !offsets.isEmpty && offsets[0] >= 0
        && Int(offsets[offsets.count - 1]) <= count
        && zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 },
      "run sums: offsets do not ascend within 0...\(count), or \(shape) is not a vector")
    var y = Tensor(uninitialized: [offsets.count - 1])
    let (out, x) = unsafe (y.mutablePointer(), value.pointer)
    for run in 0..<offsets.count - 1 {
      let (start, end) = (Int(offsets[run]), Int(offsets[run + 1]))
      unsafe out[run] = Float(pw_sum(x + start, end - start))
    }
    return unary(y) { dy, cotangents in
      var dx = Tensor.zeros([count])
      let (into, slope) = unsafe (dx.mutablePointer(), dy.pointer)
      for run in 0..<offsets.count - 1 {
        for i in Int(offsets[run])..<Int(offsets[run + 1]) { unsafe into[i] = slope[run] }
      }
      cotangents.add(dx, to: input)
    }
  }

  /// Σ along the outermost axis: `[R, ...]` → `[...]`, added row after row.
  public func sumColumns() -> Variable {
    let (input, shape) = (handle, shape)
    let width = shape.count / max(1, shape[0])
    var y = Tensor.zeros(Shape(Array(shape.array.dropFirst())))
    unsafe pw_sum_columns_accumulate(y.mutablePointer(), value.pointer, shape[0], width)
    return unary(y) { dy, cotangents in
      cotangents.add(Tensor.broadcast(.multiply, dy, Tensor(repeating: 1, shape)), to: input)
    }
  }

  /// Σ of the elements where `mask` is 1, per row: `[R, N]` → `[R]`.
  ///
  /// Masked elements are replaced by 0 before anything is done with them, so that a NaN or infinity
  /// there matters neither to the value nor to the gradient, which is exactly 0 there. An empty mask
  /// gives 0. Traps if the shapes differ.
  public func sumRows(where mask: Tensor) -> Variable { masked(by: mask).sumRows() }

  /// The elements where `mask` is not 0, and 0 elsewhere. A selection, not a product.
  public func masked(by mask: Tensor) -> Variable {
    precondition(mask.shape == shape, "masked: shapes differ, \(shape) and \(mask.shape)")
    let input = handle
    return unary(value.selected(by: mask)) { dy, cotangents in
      cotangents.add(dy.selected(by: mask), to: input)
    }
  }
}

extension Tensor {
  /// Elements where `mask` is not 0, else 0. Shapes are equal.
  fileprivate func selected(by mask: Tensor) -> Tensor {
    withSpan { x in
      mask.withSpan { keep in
        Tensor(shape) { out in
          for i in 0..<out.count { out[i] = keep[i] != 0 ? x[i] : 0 }
        }
      }
    }
  }
}
