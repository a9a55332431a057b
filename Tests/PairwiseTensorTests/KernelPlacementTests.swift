import CKernels
import PairwiseTestSupport
import Testing

/// A kernel over two rows of 20, all its floats in one block: `gap` floats lie between its input and
/// its output.
private struct Placement {
  let rows = 2
  let n = 20
  var x: [Float]
  var dy: [Float]
  var row: [Float]
  var saved: [Float] = [0.25, -0.5]
  var rates: [Float] = [1.5, 0.75]

  init() {
    var numbers = SeededNumbers(8)
    x = numbers.floats(rows * n)
    dy = numbers.floats(rows * n)
    row = numbers.floats(n)
  }

  /// Where one run writes and reads.
  @safe struct Places {
    let y: UnsafeMutablePointer<Float>
    let x: UnsafePointer<Float>
  }

  typealias Kernel = @Sendable (_ places: Places, _ p: Placement) -> Void

  /// The output's bits with the output `gap` floats behind the input.
  func bits(_ gap: Int, _ kernel: Kernel) -> [UInt32] {
    let count = rows * n
    var block = x + [Float](repeating: 0, count: gap + count)
    unsafe block.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      kernel(unsafe Places(y: base + count + gap, x: UnsafePointer(base)), self)
    }
    return block[(count + gap)...].map(\.bitPattern)
  }
}

@Suite struct KernelPlacementTests {
  private static let kernels: [(String, Placement.Kernel)] = [
    (
      "layer_norm_dx",
      { unsafe pw_layer_norm_dx($0.y, $0.x, $1.row, $1.saved, $1.rates, $1.dy, 2, 20) }
    ),
    ("rms_norm_dx", { unsafe pw_rms_norm_dx($0.y, $0.x, $1.row, $1.rates, $1.dy, 2, 20) }),
    ("softmax_rows", { at, _ in unsafe pw_softmax_rows(at.y, at.x, 2, 20) }),
    ("log_softmax_rows", { at, _ in unsafe pw_log_softmax_rows(at.y, at.x, 2, 20) }),
    ("short softmax_rows", { at, _ in unsafe pw_softmax_rows(at.y, at.x, 4, 10) }),
    ("short log_softmax_rows", { at, _ in unsafe pw_log_softmax_rows(at.y, at.x, 4, 10) }),
    ("softmax_rows_vjp", { unsafe pw_softmax_rows_vjp($0.y, $0.x, $1.dy, 2, 20) }),
    ("log_softmax_rows_vjp", { unsafe pw_log_softmax_rows_vjp($0.y, $0.x, $1.dy, 2, 20) }),
    (
      "log_sum_exp_rows_vjp",
      { unsafe pw_log_sum_exp_rows_vjp($0.y, $0.x, $1.saved, $1.rates, 2, 20) }
    ),
    ("axpy", { at, _ in unsafe pw_axpy(at.y, 0.3, at.x, 40) }),
    ("sum_columns", { at, _ in unsafe pw_sum_columns_accumulate(at.y, at.x, 2, 20) }),
    (
      "dgain",
      { unsafe pw_layer_norm_dgain_accumulate($0.y, $0.x, $1.saved, $1.rates, $1.dy, 2, 20) }
    ),
    ("rms dgain", { unsafe pw_rms_norm_dgain_accumulate($0.y, $0.x, $1.rates, $1.dy, 2, 20) }),
    ("silu_vjp", { unsafe pw_silu_vjp($0.y, $0.x, $1.dy, 40) }),
    ("gelu_vjp", { unsafe pw_gelu_vjp($0.y, $0.x, $1.dy, 40) }),
    ("transpose", { at, _ in unsafe pw_transpose(at.y, 2, at.x, 20, 2, 20) }),
    ("short narrow", { unsafe pw_gemm_narrow($0.y, 7, $0.x, 5, $1.dy, 5, 5, 7, 5) }),
    ("narrow", { unsafe pw_gemm_narrow($0.y, 3, $0.x, 20, $1.dy, 20, 2, 2, 20) }),
  ]

  /// Compilers guard loops by a look at the distance of arrays, and take another road, which may round
  /// differently, if they lie close. Where memory came from must not show in the bits.
  @Test func bitsDoNotDependOnWhereTheOutputLies() {
    let placement = Placement()
    for (name, kernel) in Self.kernels {
      let far = placement.bits(4096, kernel)
      let differing = (0..<160).filter { placement.bits($0, kernel) != far }
      #expect(differing.isEmpty, "\(name): other bits at gaps of \(differing.prefix(4)) floats")
    }
  }
}
