internal import Dispatch

extension Matmul {
  /// Floating-point operations a second of a product of usual size, on all threads: the best of a few
  /// tries that take some 50 ms.
  public static func measuredRate() -> Double {
    let (rows, inner, columns) = (768, 576, 1536)
    let x = Tensor(repeating: 0.5, [rows, inner])
    let w = Tensor(repeating: 0.25, [columns, inner])
    var y = Tensor(uninitialized: [rows, columns])
    var best = 0.0
    let start = DispatchTime.now().uptimeNanoseconds
    while DispatchTime.now().uptimeNanoseconds - start < 50_000_000 {
      let began = DispatchTime.now().uptimeNanoseconds
      unsafe multiply(
        .init(x.pointer, stride: inner), .init(w.pointer, stride: inner, transposed: true),
        into: y.mutablePointer(), stride: columns, m: rows, n: columns, k: inner)
      let seconds = Double(DispatchTime.now().uptimeNanoseconds - began) * 1e-9
      best = max(best, 2 * Double(rows * inner * columns) / max(1e-9, seconds))
    }
    return best
  }
}
