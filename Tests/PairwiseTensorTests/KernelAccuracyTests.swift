import CKernels
import Glibc
import PairwiseTensor
import PairwiseTestSupport
import Testing

/// A kernel, its function in Double, and the largest error in ulps over the sweep. The figures are what
/// the polynomials and the roundings after them give, measured and rounded up to a half.
struct KernelCase: Sendable, CustomTestStringConvertible {
  let name: String
  let ulps: Double
  let kernel: @Sendable (Tensor) -> Tensor
  let exact: @Sendable (Double) -> Double
  var testDescription: String { name }

  static let all: [KernelCase] = [
    KernelCase(
      name: "exp", ulps: 1.5, kernel: { unsafe $0.map(unsafe pw_exp) }, exact: { exp($0) }),
    KernelCase(
      name: "expm1", ulps: 2, kernel: { unsafe $0.map(unsafe pw_expm1) }, exact: { expm1($0) }),
    KernelCase(
      name: "tanh", ulps: 2.5, kernel: { unsafe $0.map(unsafe pw_tanh) }, exact: { tanh($0) }),
    KernelCase(
      name: "sigmoid", ulps: 2.5, kernel: { unsafe $0.map(unsafe pw_sigmoid) },
      exact: { $0 >= 0 ? 1 / (1 + exp(-$0)) : exp($0) / (1 + exp($0)) }),
    KernelCase(
      name: "softplus", ulps: 2.5, kernel: { unsafe $0.map(unsafe pw_softplus) },
      exact: { max($0, 0) + log1p(exp(-abs($0))) }),
    KernelCase(
      name: "logSigmoid", ulps: 2.5, kernel: { unsafe $0.map(unsafe pw_log_sigmoid) },
      exact: { min($0, 0) - log1p(exp(-abs($0))) }),
    KernelCase(name: "log", ulps: 1, kernel: { unsafe $0.map(unsafe pw_log) }, exact: { log($0) }),
    KernelCase(
      name: "log1p", ulps: 1.5, kernel: { unsafe $0.map(unsafe pw_log1p) }, exact: { log1p($0) }),
    KernelCase(
      name: "erf", ulps: 1.5, kernel: { unsafe $0.map(unsafe pw_erf) }, exact: { erf($0) }),
  ]
}

@Suite struct KernelAccuracyTests {
  /// Every 4,001st Float there is, NaN left out: both signs, denormals, infinities' neighbours.
  private static let sweep: [Float] = stride(from: UInt32(0), to: .max - 4_001, by: 4_001)
    .map(Float.init(bitPattern:)).filter { !$0.isNaN }

  @Test(arguments: KernelCase.all)
  func errorInUlps(_ row: KernelCase) {
    let x = Tensor(Self.sweep)
    let y = row.kernel(x)
    var worst = (error: 0.0, at: Float(0))
    y.withSpan { found in
      for (i, input) in Self.sweep.enumerated() {
        let error = Ulps.error(found[i], row.exact(Double(input)))
        if error > worst.error { worst = (error, input) }
      }
    }
    #expect(worst.error <= row.ulps, "\(row.name): \(worst.error) ulps at \(worst.at)")
  }

  /// An element's bits depend on neither its place nor the length of the array, so that tails, chunks
  /// and slices all agree.
  @Test(arguments: KernelCase.all)
  func bitsDoNotDependOnPlace(_ row: KernelCase) {
    var numbers = SeededNumbers(3)
    let values = numbers.floats(70, in: -20...20)
    let whole = row.kernel(Tensor(values)).array.map(\.bitPattern)
    for start in [0, 1, 15, 16, 33] {
      for length in [1, 2, 7, 8, 9, 16, 17, 37] {
        let part = row.kernel(Tensor(Array(values[start..<start + length]))).array.map(\.bitPattern)
        #expect(part == Array(whole[start..<start + length]), "\(row.name) at \(start), \(length)")
      }
    }
  }

  /// Sums run in Double: one rounding at the end, whatever cancels on the way.
  @Test(arguments: [0, 1, 15, 16, 17, 1000, 100_003])
  func sumsAreRoundedOnce(count: Int) {
    var numbers = SeededNumbers(4)
    let x = numbers.floats(count, in: -1000...1000)
    let exact = x.reduce(0.0) { $0 + Double($1) }
    let magnitude = x.reduce(0.0) { $0 + Double(abs($1)) }
    // Half an ulp of Double for each term, most of it the plain sum's.
    let limit = 0x1p-53 * Double(count)
    #expect(abs(unsafe pw_sum(x, count) - exact) <= limit * magnitude)
    let squares = x.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(abs(unsafe pw_sum_squares(x, count) - squares) <= limit * squares)
    var rows = [Float](repeating: 0, count: 1)
    unsafe pw_sum_rows(&rows, x, 1, count)
    #expect(rows[0] == Float(unsafe pw_sum(x, count)))
    unsafe pw_dot_rows(&rows, x, x, 1, count)
    #expect(rows[0] == Float(unsafe pw_sum_squares(x, count)))
  }

  @Test func largestValue() {
    for count in [1, 15, 16, 17, 40] {
      for place in 0..<count {
        var x = [Float](repeating: -5, count: count)
        x[place] = 3
        #expect(unsafe pw_max_value(x, count) == 3)
        x[place] = .nan
        #expect(unsafe pw_max_value(x, count).isNaN)
      }
    }
    #expect(unsafe pw_max_value([0], 0) == -.infinity)
  }

  /// Sums over rows of a batch may be cut anywhere: one call or many give the same bits.
  @Test(arguments: [1, 3, 7, 64])
  func accumulationMayBeSplit(step: Int) {
    let (rows, n) = (64, 37)
    var numbers = SeededNumbers(5)
    let x = numbers.floats(rows * n)
    let index = (0..<rows).map { Int32($0 * 7 % 5) }
    func parts(_ body: (_ row: Int, _ count: Int) -> Void) {
      for row in stride(from: 0, to: rows, by: step) { body(row, min(step, rows - row)) }
    }
    var (whole, split) = ([Float](repeating: 0.1, count: n), [Float](repeating: 0.1, count: n))
    unsafe pw_sum_columns_accumulate(&whole, x, rows, n)
    parts { row, count in unsafe pw_sum_columns_accumulate(&split, Array(x[(row * n)...]), count, n)
    }
    #expect(whole == split)
    var (table, other) = ([Float](repeating: 0, count: 5 * n), [Float](repeating: 0, count: 5 * n))
    unsafe pw_scatter_rows_accumulate(&table, x, index, rows, n)
    parts { row, count in
      unsafe pw_scatter_rows_accumulate(
        &other, Array(x[(row * n)...]), Array(index[row...]), count, n)
    }
    #expect(table == other)
  }
}
