internal import CKernels
internal import PairwiseTensor

extension Variable {
  /// x·Wᵀ + b, optionally rectified: one node for a dense layer.
  ///
  /// `self` is `[R, in]`, `weight` `[out, in]`, `bias` `[out]`; the result `[R, out]`. A row of the
  /// result depends on its own row alone. Gradients of weight and bias are added row by row.
  /// Traps if the shapes don't fit.
  public func linear(_ weight: Variable, bias: Variable? = nil, relu: Bool = false) -> Variable {
    let (x, w) = (value, weight.value)
    precondition(
      x.shape.rank == 2 && w.shape.rank == 2,
      "linear: expected matrices, found \(x.shape) and \(w.shape)")
    let (rows, width, outputs) = (x.shape[0], x.shape[1], w.shape[0])
    precondition(w.shape[1] == width, "linear: inner dimensions differ, \(x.shape) and \(w.shape)")
    precondition(bias.map { $0.shape == [outputs] } ?? true, "linear: bias is not [\(outputs)]")
    var y = Tensor(uninitialized: [rows, outputs])
    let out = unsafe y.mutablePointer()
    unsafe Matmul.multiply(
      .init(x.pointer, stride: width), .init(w.pointer, stride: width, transposed: true), into: out,
      stride: outputs, m: rows, n: outputs, k: width)
    if let bias {
      unsafe pw_bias_rows(out, bias.value.pointer, rows, outputs, relu ? 1 : 0)
    } else if relu {
      y = unsafe y.map(unsafe pw_relu)
    }
    let (input, weights, biases) = (handle, weight.handle, bias?.handle)
    let rectified = relu ? y : nil
    return Variable.record(y, from: [self, weight] + (bias.map { [$0] } ?? [])) { dy, cotangents in
      let dz = rectified.map { unsafe Tensor.zip($0, dy, unsafe pw_relu_vjp) } ?? dy
      if let biases {
        unsafe cotangents.accumulate(into: biases) { gradient in
          unsafe pw_sum_columns_accumulate(gradient, dz.pointer, rows, outputs)
        }
      }
      unsafe cotangents.accumulate(into: weights) { gradient in
        unsafe Matmul.multiply(
          .init(dz.pointer, stride: outputs, transposed: true), .init(x.pointer, stride: width),
          into: gradient, stride: width, m: outputs, n: width, k: rows, accumulate: true)
      }
      guard cotangents.wants(input) else { return }
      var dx = Tensor(uninitialized: [rows, width])
      unsafe Matmul.multiply(
        .init(dz.pointer, stride: outputs), .init(w.pointer, stride: width),
        into: dx.mutablePointer(), stride: width, m: rows, n: width, k: outputs)
      cotangents.add(dx, to: input)
    }
  }
}

extension Variable {
  /// Adds `bias` `[N]` to every row of `self` `[R, N]`. The bias's gradient is added row by row.
  /// Traps if the shapes don't fit.
  public func adding(bias: Variable) -> Variable {
    let (rows, n) = (shape.rowCount, shape.rowLength)
    precondition(bias.shape == [n], "bias: \(bias.shape) for rows of \(shape)")
    var y = value
    unsafe pw_bias_rows(y.mutablePointer(), bias.value.pointer, rows, n, 0)
    let (input, biases) = (handle, bias.handle)
    return Variable.record(y, from: [self, bias]) { dy, cotangents in
      unsafe cotangents.accumulate(into: biases) { gradient in
        unsafe pw_sum_columns_accumulate(gradient, dy.pointer, rows, n)
      }
      cotangents.add(dy, to: input)
    }
  }
}

/// Sparse rows in CSR form: the input of a dense layer over hashed features.
public struct SparseMatrix: Sendable {
  /// `[rows + 1]`, ascending from 0.
  public let offsets: [Int64]
  /// Column of each entry, below `width`.
  public let indices: [Int32]
  /// Value of each entry.
  public let values: [Float]
  public let width: Int

  /// Traps if the arrays don't fit together or a column is out of range.
  public init(offsets: [Int64], indices: [Int32], values: [Float], width: Int) {
    precondition(
      offsets.first == 0 && offsets.last == Int64(indices.count) && indices.count == values.count,
      "sparse matrix: \(offsets.count) offsets, \(indices.count) indices, \(values.count) values")
    precondition(
      zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }, "sparse matrix: offsets descend")
    precondition(
      indices.allSatisfy { $0 >= 0 && Int($0) < width }, "sparse matrix: a column is out of range")
    (self.offsets, self.indices, self.values, self.width) = (offsets, indices, values, width)
  }

  public var rows: Int { offsets.count - 1 }
}

extension Variable {
  /// X·T for sparse rows X `[R, width]` and a dense table `self` `[width, out]`; the result `[R, out]`.
  ///
  /// Touches only the rows of the table that occur in X. The table's gradient is added entry by entry.
  /// Traps if the widths differ.
  public func sparseRows(_ x: SparseMatrix) -> Variable {
    let outputs = shape[1]
    precondition(shape[0] == x.width, "sparse rows: table \(shape) for width \(x.width)")
    var y = Tensor(uninitialized: [x.rows, outputs])
    unsafe pw_sparse_rows(
      y.mutablePointer(), x.offsets, x.indices, x.values, value.pointer, x.rows, outputs)
    let table = handle
    return unary(y) { dy, cotangents in
      unsafe cotangents.accumulate(into: table) { gradient in
        unsafe pw_sparse_rows_accumulate(
          gradient, x.offsets, x.indices, x.values, dy.pointer, x.rows, outputs)
      }
    }
  }
}
