internal import CKernels
internal import PairwiseTensor

extension Variable {
  /// Matrix product, batched over a leading axis if both have one.
  ///
  /// `[M, K] · [K, N] → [M, N]`; with `transposed` operands are given as `[K, M]` or `[N, K]`.
  /// `[B, M, K] · [B, K, N] → [B, M, N]`. Traps if inner dimensions or batch sizes differ.
  public func matmul(
    _ other: Variable, transposeLeft: Bool = false, transposeRight: Bool = false
  ) -> Variable {
    let (a, b) = (value, other.value)
    let (left, right) = (handle, other.handle)
    let plan = ProductPlan(a.shape, b.shape, transposeLeft, transposeRight)
    let result = Tensor(uninitialized: plan.resultShape)
    unsafe plan.forward(a, b, into: unsafe UnsafeMutablePointer(mutating: result.pointer))
    return Variable.record(result, from: [self, other]) { dy, cotangents in
      unsafe cotangents.accumulate(into: left) { gradient in
        unsafe plan.leftGradient(dy, b, into: gradient)
      }
      unsafe cotangents.accumulate(into: right) { gradient in
        unsafe plan.rightGradient(a, dy, into: gradient)
      }
    }
  }
}

/// Dimensions of a product and its two adjoint products.
private struct ProductPlan {
  let batch: Int, m: Int, n: Int, k: Int
  let transposeLeft: Bool, transposeRight: Bool
  let resultShape: Shape

  init(_ a: Shape, _ b: Shape, _ transposeLeft: Bool, _ transposeRight: Bool) {
    precondition(
      a.rank == b.rank && (a.rank == 2 || a.rank == 3),
      "matmul: expected two matrices or two batches of matrices, found \(a) and \(b)")
    let (m, k) = transposeLeft ? (a[-1], a[-2]) : (a[-2], a[-1])
    let (inner, n) = transposeRight ? (b[-1], b[-2]) : (b[-2], b[-1])
    precondition(k == inner, "matmul: inner dimensions differ, \(a) and \(b)")
    precondition(a.rank == 2 || a[0] == b[0], "matmul: batch sizes differ, \(a) and \(b)")
    (self.m, self.n, self.k) = (m, n, k)
    (self.transposeLeft, self.transposeRight) = (transposeLeft, transposeRight)
    batch = a.rank == 2 ? 1 : a[0]
    resultShape = a.rank == 2 ? [m, n] : [batch, m, n]
  }

  func forward(_ a: Tensor, _ b: Tensor, into c: UnsafeMutablePointer<Float>) {
    for i in 0..<batch {
      unsafe Matmul.multiply(
        left(a, i), right(b, i), into: c + i * m * n, stride: n, m: m, n: n, k: k)
    }
  }

  /// dA += dC · Bᵀ, or its transpose B · dCᵀ where A is stored transposed.
  func leftGradient(_ dy: Tensor, _ b: Tensor, into gradient: UnsafeMutablePointer<Float>) {
    for i in 0..<batch {
      let dc = unsafe dy.pointer + i * m * n
      let out = unsafe gradient + i * m * k
      let y = right(b, i).turned
      if transposeLeft {
        unsafe Matmul.multiply(
          y.turned, .init(dc, stride: n, transposed: true), into: out, stride: m, m: k, n: m, k: n,
          accumulate: true)
      } else {
        unsafe Matmul.multiply(
          .init(dc, stride: n), y, into: out, stride: k, m: m, n: k, k: n, accumulate: true)
      }
    }
  }

  /// dB += Aᵀ · dC, or its transpose dCᵀ · A where B is stored transposed.
  func rightGradient(_ a: Tensor, _ dy: Tensor, into gradient: UnsafeMutablePointer<Float>) {
    for i in 0..<batch {
      let dc = unsafe dy.pointer + i * m * n
      let out = unsafe gradient + i * k * n
      let x = left(a, i)
      if transposeRight {
        unsafe Matmul.multiply(
          .init(dc, stride: n, transposed: true), x, into: out, stride: k, m: n, n: k, k: m,
          accumulate: true)
      } else {
        unsafe Matmul.multiply(
          x.turned, .init(dc, stride: n), into: out, stride: n, m: k, n: n, k: m, accumulate: true)
      }
    }
  }

  private func left(_ a: Tensor, _ i: Int) -> Matmul.Operand {
    unsafe .init(a.pointer + i * m * k, stride: transposeLeft ? m : k, transposed: transposeLeft)
  }

  private func right(_ b: Tensor, _ i: Int) -> Matmul.Operand {
    unsafe .init(b.pointer + i * k * n, stride: transposeRight ? k : n, transposed: transposeRight)
  }
}

extension Matmul.Operand {
  /// The transpose: the same memory read the other way round.
  fileprivate var turned: Matmul.Operand {
    var copy = self
    copy.transposed.toggle()
    return copy
  }
}
