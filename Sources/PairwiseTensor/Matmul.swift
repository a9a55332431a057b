internal import CKernels
internal import COpenBLAS
internal import Synchronization

/// Matrix products: the only caller of OpenBLAS, and of our own product kernel.
///
/// Two backends compute the same thing. `kernel` is `pw_gemm`: every element is one chain of
/// multiply-adds in the order of the inner index, so a row's bits depend on nothing but that row.
/// `openBLAS` calls `cblas_sgemm` on fixed tiles of rows, padded to a full tile, with one BLAS thread,
/// which makes rows independent of each other as well, if its core treats all rows of a tile alike. Not
/// all do (those for Haswell and Zen round every other six rows differently), so that is tried before
/// OpenBLAS is chosen. Which backend runs depends on the machine alone, so results on one machine
/// never depend on thread count, batch size or microbatches.
///
/// Sums over rows (gradients of weights) always use `kernel`: only there may the rows be split over
/// several calls without changing a bit.
public enum Matmul {
  public enum Backend: String, Sendable, CaseIterable {
    case kernel
    case openBLAS = "openblas"
  }

  /// A matrix operand: `rows` × `columns` after transposition.
  @safe package struct Operand {
    package var region: Region
    /// Distance between the starts of stored rows.
    package var stride: Int
    package var transposed: Bool

    package init(_ pointer: UnsafePointer<Float>, stride: Int, transposed: Bool = false) {
      unsafe self.region = Region(pointer)
      self.stride = stride
      self.transposed = transposed
    }
  }

  private static let chosen = Atomic<Int>(-1)

  /// The backend for products over columns; decided once.
  public static var backend: Backend {
    let stored = chosen.load(ordering: .relaxed)
    if stored >= 0 { return stored == 0 ? .kernel : .openBLAS }
    let decided = preferredBackend()
    setBackend(decided)
    return decided
  }

  /// Chooses the backend; to be called before any product, or results mix two roundings. Chosen this way,
  /// OpenBLAS is not asked whether it treats rows alike.
  public static func setBackend(_ backend: Backend) {
    chosen.store(backend == .kernel ? 0 : 1, ordering: .relaxed)
    limitToOneThread()
  }

  /// Our kernel wherever it has vectors of 8 floats or more: tiles of 64 rows make OpenBLAS copy `b` for
  /// each of them, which leaves it at 0.7–0.8 of its speed on large tiles, behind the kernel even with
  /// its AVX-512 cores (see Benchmarks). With narrower vectors OpenBLAS, if it treats rows alike.
  private static func preferredBackend() -> Backend {
    pw_vector_width() == 4 && openBLASTreatsRowsAlike() ? .openBLAS : .kernel
  }

  /// Whether equal rows of a tile give equal bits at every place, tried on a few shapes (about 0.1 ms).
  package static func openBLASTreatsRowsAlike() -> Bool {
    limitToOneThread()
    for (n, k) in [(16, 16), (17, 33), (65, 100), (130, 300)] {
      let x = Tensor([blasRows, k]) { span in
        for i in 0..<span.count { span[i] = 1 / Float(i % k + 3) }
      }
      let w = Tensor([n, k]) { span in
        for i in 0..<span.count { span[i] = 1 / Float(i % 97 + 2) - 0.1 }
      }
      var y = Tensor(uninitialized: [blasRows, n])
      unsafe sgemm(CblasTrans, x.pointer, k, w.pointer, k, y.mutablePointer(), n, n, k)
      let first = y.rows(0..<1)
      for row in 1..<blasRows where y.rows(row..<row + 1) != first { return false }
    }
    return true
  }

  /// The pool cuts the work; threads inside OpenBLAS would fight it. Refuses to go on if the library
  /// does not obey (an OpenMP build may ignore the call).
  private static func limitToOneThread() {
    openblas_set_num_threads(1)
    precondition(
      openblas_get_num_threads() == 1, "matmul: OpenBLAS did not accept one thread")
  }

  /// What is in use, for `environment.json`.
  public static var description: String {
    let name = unsafe openblas_get_corename().map { unsafe String(cString: $0) } ?? "unknown"
    return "\(backend.rawValue) (vector width \(pw_vector_width()), OpenBLAS core \(name))"
  }

  // MARK: Products

  /// c[m, n] (+)= a[m, k] · b[k, n]. `c` doesn't overlap the operands.
  ///
  /// `finish` is called for every range of rows when it is complete, by the task that wrote it.
  package static func multiply(
    _ a: Operand, _ b: Operand, into c: UnsafeMutablePointer<Float>, stride ldc: Int, m: Int,
    n: Int, k: Int, accumulate: Bool = false,
    finish: @Sendable (_ start: Int, _ rows: Int) -> Void
  ) {
    if b.transposed && n >= 16 && (backend == .kernel || accumulate || k < 16) {
      unsafe multiplyTurned(
        a, b, into: c, stride: ldc, m: m, n: n, k: k, accumulate: accumulate, finish: finish)
    } else {
      unsafe multiply(
        a, b, into: c, stride: ldc, m: m, n: n, k: k, accumulate: accumulate)
      Tensor.forRows(m, length: n, finish)
    }
  }

  /// c[m, n] (+)= a[m, k] · b[k, n]. `c` doesn't overlap the operands.
  package static func multiply(
    _ a: Operand, _ b: Operand, into c: UnsafeMutablePointer<Float>, stride ldc: Int, m: Int,
    n: Int,
    k: Int, accumulate: Bool = false
  ) {
    if m == 0 || n == 0 { return }
    if b.transposed && n < 16 && !a.transposed && !accumulate {
      return unsafe multiplyNarrow(a, b, into: c, stride: ldc, m: m, n: n, k: k)
    }
    if !accumulate && !a.transposed && backend == .openBLAS && n >= 16 && k >= 16 {
      return unsafe multiplyBLAS(a, b, into: c, stride: ldc, m: m, n: n, k: k)
    }
    if a.transposed && !b.transposed && n <= 32 && m >= 128 {
      return unsafe multiplySideways(
        a, b, into: c, stride: ldc, m: m, n: n, k: k, accumulate: accumulate)
    }
    guard b.transposed else {
      return unsafe multiplyKernel(
        a, b, into: c, stride: ldc, m: m, n: n, k: k, accumulate: accumulate)
    }
    unsafe multiplyTurned(
      a, b, into: c, stride: ldc, m: m, n: n, k: k, accumulate: accumulate)
  }

  /// Columns of b that lie together once it is turned around.
  private static let panel = Int(PW_PANEL)
  /// Columns from which on b is not turned around as a whole.
  private static let longOperand = 8192
  /// Rows below which the columns are shared out instead of the rows.
  private static let fewRows = 96

  /// c (+)= a·bᵀ, b stored as `[n, k]`. The kernel wants rows of b along k: b is turned around first, into
  /// panels that are read from end to end, a small part of the product's cost.
  private static func multiplyTurned(
    _ a: Operand, _ b: Operand, into c: UnsafeMutablePointer<Float>, stride ldc: Int, m: Int,
    n: Int, k: Int, accumulate: Bool,
    finish: @Sendable (_ start: Int, _ rows: Int) -> Void = { _, _ in }
  ) {
    if n >= longOperand || (m < fewRows && n >= 4 * panel && max(m, 32) * n * k >= parallelWork) {
      unsafe multiplyPanels(
        a, b, into: c, stride: ldc, m: m, n: n, k: k, accumulate: accumulate)
      return Tensor.forRows(m, length: n, finish)
    }
    let aRow = a.transposed ? 1 : a.stride
    let aColumn = a.transposed ? a.stride : 1
    let (left, right) = unsafe (a.region, b.region)
    let ldb = b.stride
    let output = unsafe MutableRegion(c)
    let flag: Int32 = accumulate ? 1 : 0
    let turned = TensorStorage(uninitialized: (n + panel - 1) / panel * panel * k)
    let packed = unsafe MutableRegion(turned.base)
    // Each task fills its own panels.
    rowTiles(n, work: 32 * n * k, multiple: panel) { start, rows in
      unsafe pw_pack_turned(packed.base + start * k, right.base + start * ldb, ldb, rows, k)
    }
    rowTiles(m, work: m * n * k, multiple: 6) { start, rows in
      unsafe pw_gemm_packed(
        output.base + start * ldc, ldc, left.base + start * aRow, aRow, aColumn, packed.base,
        rows, n, k, flag)
      finish(start, rows)
    }
  }

  /// The same panel by panel, each turned around in the task that uses it: for a long b, as that of a
  /// vocabulary, which then never exists as a whole, and for few rows, where the turning is most of the work.
  private static func multiplyPanels(
    _ a: Operand, _ b: Operand, into c: UnsafeMutablePointer<Float>, stride ldc: Int, m: Int,
    n: Int, k: Int, accumulate: Bool
  ) {
    let aRow = a.transposed ? 1 : a.stride
    let aColumn = a.transposed ? a.stride : 1
    let (left, right) = unsafe (a.region, b.region)
    let ldb = b.stride
    let output = unsafe MutableRegion(c)
    let width = n >= longOperand ? 4 * panel : panel
    // Each task writes its own columns.
    WorkerPool.shared.run((n + width - 1) / width) { index in
      let (start, columns) = (index * width, min(width, n - index * width))
      let turned = TensorStorage(uninitialized: k * width)
      unsafe pw_pack_turned(turned.base, right.base + start * ldb, ldb, columns, k)
      unsafe pw_gemm_packed(
        output.base + start, ldc, left.base, aRow, aColumn, turned.base, m, columns, k,
        accumulate ? 1 : 0)
    }
  }

  /// Products below this many multiply-adds stay on the calling thread.
  private static let parallelWork = 1 << 21

  private static func multiplyKernel(
    _ a: Operand, _ b: Operand, into c: UnsafeMutablePointer<Float>, stride ldc: Int, m: Int,
    n: Int,
    k: Int, accumulate: Bool
  ) {
    let aRow = a.transposed ? 1 : a.stride
    let aColumn = a.transposed ? a.stride : 1
    let left = unsafe a.region
    let right = unsafe b.region
    let ldb = b.stride
    let output = unsafe MutableRegion(c)
    // Tiles of rows of c: each task writes its own rows.
    rowTiles(m, work: m * n * k, multiple: 6) { start, rows in
      unsafe pw_gemm(
        output.base + start * ldc, ldc, left.base + start * aRow, aRow, aColumn, right.base, ldb,
        rows, n, k, accumulate ? 1 : 0)
    }
  }

  /// c (+)= aᵀ·b with few columns, as its transpose bᵀ·a: a, stored as `[k, m]`, is then read along its rows.
  /// The same products in the same order, hence the same bits.
  private static func multiplySideways(
    _ a: Operand, _ b: Operand, into c: UnsafeMutablePointer<Float>, stride ldc: Int, m: Int,
    n: Int, k: Int, accumulate: Bool
  ) {
    let (left, right) = unsafe (a.region, b.region)
    let (lda, ldb) = (a.stride, b.stride)
    let output = unsafe MutableRegion(c)
    rowTiles(m, work: m * n * k, multiple: panel) { start, rows in
      let turned = TensorStorage(uninitialized: n * rows)
      let mine = unsafe output.base + start * ldc
      if accumulate { unsafe pw_transpose(turned.base, rows, mine, ldc, rows, n) }
      unsafe pw_gemm(
        turned.base, rows, right.base, 1, ldb, left.base + start, lda, n, rows, k,
        accumulate ? 1 : 0)
      unsafe pw_transpose(mine, ldc, turned.base, rows, n, rows)
    }
  }

  private static func multiplyNarrow(
    _ a: Operand, _ b: Operand, into c: UnsafeMutablePointer<Float>, stride ldc: Int, m: Int,
    n: Int,
    k: Int
  ) {
    let left = unsafe a.region
    let right = unsafe b.region
    let (lda, ldb) = (a.stride, b.stride)
    let output = unsafe MutableRegion(c)
    rowTiles(m, work: m * n * k, multiple: 1) { start, rows in
      unsafe pw_gemm_narrow(
        output.base + start * ldc, ldc, left.base + start * lda, lda, right.base, ldb, rows, n, k)
    }
  }

  /// Rows of one OpenBLAS call. Every call has exactly this many, so that its one-row and small-matrix
  /// paths, which round differently, are never taken for some batches and not for others.
  private static let blasRows = 64

  private static func multiplyBLAS(
    _ a: Operand, _ b: Operand, into c: UnsafeMutablePointer<Float>, stride ldc: Int, m: Int,
    n: Int,
    k: Int
  ) {
    let left = unsafe a.region
    let right = unsafe b.region
    let output = unsafe MutableRegion(c)
    let (lda, ldb) = (a.stride, b.stride)
    let transposition = b.transposed ? CblasTrans : CblasNoTrans
    let tiles = (m + blasRows - 1) / blasRows
    let task: @Sendable (Int) -> Void = { tile in
      let start = tile * blasRows
      let rows = min(blasRows, m - start)
      if rows == blasRows {
        unsafe sgemm(
          transposition, left.base + start * lda, lda, right.base, ldb, output.base + start * ldc,
          ldc, n, k)
        return
      }
      let padded = TensorStorage(uninitialized: blasRows * (k + n))
      let (input, result) = unsafe (padded.base, padded.base + blasRows * k)
      unsafe input.update(repeating: 0, count: blasRows * k)
      for row in 0..<rows {
        unsafe (input + row * k).update(from: left.base + (start + row) * lda, count: k)
      }
      unsafe sgemm(transposition, input, k, right.base, ldb, result, n, n, k)
      for row in 0..<rows {
        unsafe (output.base + (start + row) * ldc).update(from: result + row * n, count: n)
      }
    }
    if m * n * k < parallelWork {
      for tile in 0..<tiles { task(tile) }
    } else {
      WorkerPool.shared.run(tiles, task)
    }
  }

  private static func sgemm(
    _ transposition: CBLAS_TRANSPOSE, _ a: UnsafePointer<Float>, _ lda: Int,
    _ b: UnsafePointer<Float>, _ ldb: Int, _ c: UnsafeMutablePointer<Float>, _ ldc: Int, _ n: Int,
    _ k: Int
  ) {
    unsafe cblas_sgemm(
      CblasRowMajor, CblasNoTrans, transposition, blas(blasRows), blas(n), blas(k), 1, a, blas(lda),
      b, blas(ldb), 0, c, blas(ldc))
  }

  private static func blas(_ dimension: Int) -> blasint {
    guard let narrow = blasint(exactly: dimension) else {
      preconditionFailure("matmul: dimension \(dimension) is beyond OpenBLAS's integers")
    }
    return narrow
  }

  /// Cuts `count` rows into tasks whose starts are multiples of `multiple`; small work stays here.
  private static func rowTiles(
    _ count: Int, work: Int, multiple: Int, _ body: @Sendable (_ start: Int, _ rows: Int) -> Void
  ) {
    if work < parallelWork || count < 2 * multiple { return body(0, count) }
    // Several tasks a thread, so that one that is held up doesn't keep the others waiting for long; and no more
    // rows than the kernel takes at a time, so that they are in the cache when they are finished.
    let share = min(max(count / (4 * WorkerPool.shared.threads), 48), 120)
    let tile = max(1, (share + multiple / 2) / multiple) * multiple
    WorkerPool.shared.run((count + tile - 1) / tile) { index in
      body(index * tile, min(tile, count - index * tile))
    }
  }
}
