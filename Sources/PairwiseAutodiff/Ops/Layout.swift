internal import CKernels
public import PairwiseTensor

extension Variable {
  /// The same elements under another shape of equal count. Traps if the counts differ.
  public func reshaped(_ shape: Shape) -> Variable {
    let (input, before) = (handle, self.shape)
    return unary(value.reshaped(shape)) { dy, cotangents in
      cotangents.add(dy.reshaped(before), to: input)
    }
  }

  /// `[M, N]` → `[N, M]`. Traps unless this is a matrix.
  public func transposed() -> Variable {
    precondition(shape.rank == 2, "transposed: expected a matrix, found \(shape)")
    let input = handle
    return unary(value.turned()) { dy, cotangents in cotangents.add(dy.turned(), to: input) }
  }

  /// The part `range` of one axis. Traps if it is out of range.
  public func sliced(axis: Int, _ range: Range<Int>) -> Variable {
    let (input, before) = (handle, shape)
    return unary(value.sliced(axis: axis, range)) { dy, cotangents in
      var dx = Tensor.zeros(before)
      dx.assign(dy, axis: axis, from: range.lowerBound)
      cotangents.add(dx, to: input)
    }
  }

  /// Element `position` of the innermost axis: `[..., N]` → `[...]`.
  public func column(_ position: Int) -> Variable {
    sliced(axis: -1, position..<position + 1).reshaped(Shape(Array(shape.array.dropLast())))
  }

  /// Every `step`-th row from `start` on: `[R, ...]` → `[R / step, ...]`, of a vector every element. Rows of pairs lie
  /// side by side, so this takes them apart. Traps unless `step` divides R.
  public func strided(from start: Int, by step: Int) -> Variable {
    precondition(
      shape.rank > 0 && step > 0 && shape[0] % step == 0 && start >= 0 && start < step,
      "strided: from \(start) by \(step) of \(shape)")
    let (input, count, n) = (handle, shape[0] / step, shape.count / max(1, shape[0]))
    var extents = shape.array
    extents[0] = count
    var y = Tensor(uninitialized: Shape(extents))
    unsafe pw_copy_rows(y.mutablePointer(), n, value.pointer + start * n, step * n, count, n)
    return unary(y) { dy, cotangents in
      unsafe cotangents.accumulate(into: input) { gradient in
        unsafe pw_add_rows(gradient + start * n, step * n, dy.pointer, n, count, n)
      }
    }
  }

  /// Puts `parts` one after the other along an axis. Traps if the other extents differ.
  public static func concatenated(_ parts: [Variable], axis: Int) -> Variable {
    precondition(!parts.isEmpty, "concatenated: no parts")
    var extents = parts[0].shape.array
    let index = axis < 0 ? axis + extents.count : axis
    extents[index] = parts.reduce(0) { $0 + $1.shape[index] }
    var y = Tensor.zeros(Shape(extents))
    var start = 0
    var places: [(Variable, Range<Int>)] = []
    for part in parts {
      y.assign(part.value, axis: index, from: start)
      places.append((part.handle, start..<start + part.shape[index]))
      start += part.shape[index]
    }
    return record(y, from: parts) { dy, cotangents in
      for (part, range) in places where cotangents.wants(part) {
        cotangents.add(dy.sliced(axis: index, range), to: part)
      }
    }
  }
}

extension Tensor {
  fileprivate func turned() -> Tensor {
    let (rows, columns) = (shape[0], shape[1])
    var result = Tensor(uninitialized: [columns, rows])
    unsafe pw_transpose(result.mutablePointer(), rows, pointer, columns, rows, columns)
    return result
  }

  /// Extents before and after `axis`.
  private func around(_ axis: Int) -> (axis: Int, outer: Int, inner: Int) {
    let index = axis < 0 ? axis + shape.rank : axis
    precondition(index >= 0 && index < shape.rank, "axis \(axis) of \(shape)")
    let extents = shape.array
    return (index, extents[..<index].reduce(1, *), extents[(index + 1)...].reduce(1, *))
  }

  fileprivate func sliced(axis: Int, _ range: Range<Int>) -> Tensor {
    let (index, outer, inner) = around(axis)
    let extent = shape[index]
    precondition(
      range.lowerBound >= 0 && range.upperBound <= extent,
      "slice: \(range) of axis \(axis) of \(shape)")
    var extents = shape.array
    extents[index] = range.count
    var result = Tensor(uninitialized: Shape(extents))
    let length = range.count * inner
    var out = unsafe result.mutablePointer()
    for block in 0..<outer {
      unsafe out.update(from: pointer + (block * extent + range.lowerBound) * inner, count: length)
      unsafe out += length
    }
    return result
  }

  /// Overwrites the part of `axis` that starts at `start` with `part`.
  fileprivate mutating func assign(_ part: Tensor, axis: Int, from start: Int) {
    let (index, outer, inner) = around(axis)
    let (extent, length) = (shape[index], part.shape[index] * inner)
    precondition(
      part.count == outer * length && start + part.shape[index] <= extent,
      "assign: \(part.shape) into \(shape)")
    let base = unsafe mutablePointer()
    for block in 0..<outer {
      unsafe (base + (block * extent + start) * inner).update(
        from: part.pointer + block * length, count: length)
    }
  }
}
