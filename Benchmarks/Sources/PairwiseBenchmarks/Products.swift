import COpenBLASPeer
import Pairwise

/// Matrix products against one plain call of `cblas_sgemm`.
enum Products {
  /// Rows, columns, inner dimension.
  private static let shapes = [
    (32, 32, 16), (256, 256, 384), (256, 384, 512), (800, 576, 576), (800, 1536, 576),
    (800, 576, 1536),
    (1024, 1024, 1024), (2048, 2048, 2048),
  ]

  static func run() {
    for threads in [1, 2] where threads <= WorkerPool.availableCores {
      WorkerPool.shared.setThreads(threads)
      openblas_set_num_threads(Int32(threads))
      let core = unsafe openblas_get_corename().map { unsafe String(cString: $0) } ?? "unknown"
      print(
        "### Matrix products, \(threads) thread\(threads == 1 ? "" : "s"), OpenBLAS core \(core)\n")
      print(
        "`x.linear(w)` is x·wᵀ with its result newly allocated; `dyᵀ·x` is the gradient of a weight.\n"
      )
      var table = Table(
        "M × N × K", "x·wᵀ GFLOP/s", "sgemm", "ratio", "dyᵀ·x GFLOP/s", "sgemm", "ratio")
      for (m, n, k) in shapes {
        let work = 2e-9 * Double(m) * Double(n) * Double(k)
        let forward = compare(m, n, k, threads, transposed: false)
        let gradient = compare(m, n, k, threads, transposed: true)
        table.add(
          "\(m) × \(n) × \(k)", decimals(work / forward.ours, 0), decimals(work / forward.peer, 0),
          decimals(forward.ratio, 2), decimals(work / gradient.ours, 0),
          decimals(work / gradient.peer, 0), decimals(gradient.ratio, 2))
      }
      table.printed()
    }
    WorkerPool.shared.setThreads(1)
    openblas_set_num_threads(1)
  }

  /// c[m, n] = a·bᵀ, or aᵀ·b with a stored as `[k, m]`.
  private static func compare(_ m: Int, _ n: Int, _ k: Int, _ threads: Int, transposed: Bool)
    -> Comparison
  {
    let a = Variable(constant: Numbers.random(transposed ? [k, m] : [m, k], 1))
    let b = Variable(constant: Numbers.random(transposed ? [k, n] : [n, k], 2))
    let (left, right) = (a.value.array, b.value.array)
    var c = [Float](repeating: 0, count: m * n)
    return Comparison(threads == 1 ? .thread : .wall, samples: m * n * k > 1 << 31 ? 7 : 15) {
      Numbers.keep(transposed ? a.matmul(b, transposeLeft: true) : a.linear(b))
    } peer: {
      unsafe cblas_sgemm(
        CblasRowMajor, transposed ? CblasTrans : CblasNoTrans,
        transposed ? CblasNoTrans : CblasTrans,
        Int32(m), Int32(n), Int32(k), 1, left, Int32(transposed ? m : k), right,
        Int32(transposed ? n : k), 0, &c, Int32(n))
    }
  }
}
