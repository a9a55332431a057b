internal import CKernels
internal import Glibc
internal import PairwiseTensor

/// What is known of one model's distribution of each row.
struct LogitStatistics: Sendable {
  /// Maximum, Σ e^(x − maximum), Σ e^(x − maximum)·x and Σ x of each row.
  private var sums: [Double]
  /// Column of the maximum, and logit of the target.
  private var best: [Int32]
  private var targetLogits: [Float]

  init(rows: Int) {
    sums = (0..<4 * rows).map { $0 % 4 == 0 ? -.infinity : 0 }
    best = Array(repeating: 0, count: rows)
    targetLogits = Array(repeating: .nan, count: rows)
  }

  /// Goes on with `columns` of the logits.
  mutating func add(_ logits: Tensor, _ columns: Range<Int>, _ plan: HeadPlan) {
    let (rows, stride, run) = (best.count, plan.stride, HeadPlan.run)
    let x = unsafe Region(logits.pointer)
    for (row, target) in plan.targets.enumerated() where columns.contains(Int(target)) {
      targetLogits[row] = unsafe x.base[row * stride + Int(target) - columns.lowerBound]
    }
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      unsafe best.withUnsafeMutableBufferPointer { best in
        guard let state = sums.baseAddress, let places = best.baseAddress else { return }
        let (states, firsts) = unsafe (MutableRegionOf(state), MutableRegionOf(places))
        Tensor.forRows(rows, length: 8 * columns.count) { start, count in
          for first in Swift.stride(from: 0, to: columns.count, by: run) {
            unsafe pw_logit_statistics(
              states.base + 4 * start, firsts.base + start, x.base + start * stride + first, stride,
              count, min(run, columns.count - first), columns.lowerBound + first)
          }
        }
      }
    }
  }

  func most(_ row: Int) -> Double { sums[4 * row] }
  /// Σ e^(x − maximum).
  func sum(_ row: Int) -> Double { sums[4 * row + 1] }
  func logp(_ row: Int) -> Float {
    Float((Double(targetLogits[row]) - most(row)) - Glibc.log(sum(row)))
  }
  func entropy(_ row: Int) -> Float {
    Float(most(row) + Glibc.log(sum(row)) - sums[4 * row + 2] / sum(row))
  }
  func isBest(_ row: Int, _ target: Int32) -> Bool { best[row] == target }
  func total(_ row: Int) -> Double { sums[4 * row + 3] }

  /// Maximum, and 1/Σ e^(x − maximum), of each row.
  var scales: (top: [Float], inverse: [Float]) {
    (best.indices.map { Float(most($0)) }, best.indices.map { Float(1 / sum($0)) })
  }
}

/// A sum that goes with a maximum: two numbers a row.
struct ScaledSums: Sendable {
  private var values: [Double]

  init(rows: Int) { values = (0..<2 * rows).map { $0 % 2 == 0 ? -.infinity : 0 } }

  func most(_ row: Int) -> Double { values[2 * row] }
  func sum(_ row: Int) -> Double { values[2 * row + 1] }

  mutating func addDivergence(
    _ reference: Tensor, _ policy: Tensor, _ columns: Range<Int>, _ plan: HeadPlan
  ) {
    let (r, x) = unsafe (Region(reference.pointer), Region(policy.pointer))
    let stride = plan.stride
    unsafe addRuns(columns.count) { state, row, rows, first, count in
      unsafe pw_logit_divergence(
        state, r.base + row * stride + first, x.base + row * stride + first, stride, rows, count)
    }
  }

  mutating func addSquares(_ logits: Tensor, _ columns: Range<Int>, _ plan: HeadPlan) {
    let x = unsafe Region(logits.pointer)
    let stride = plan.stride
    unsafe addRuns(columns.count) { state, row, rows, first, count in
      unsafe pw_logit_squares(state, x.base + row * stride + first, stride, rows, count)
    }
  }

  private mutating func addRuns(
    _ columns: Int,
    _ kernel:
      @Sendable (
        _ state: UnsafeMutablePointer<Double>, _ row: Int, _ rows: Int, _ first: Int, _ count: Int
      ) -> Void
  ) {
    let (rows, run) = (values.count / 2, HeadPlan.run)
    unsafe values.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      let states = unsafe MutableRegionOf(base)
      Tensor.forRows(rows, length: 8 * columns) { start, count in
        for first in Swift.stride(from: 0, to: columns, by: run) {
          unsafe kernel(states.base + 2 * start, start, count, first, min(run, columns - first))
        }
      }
    }
  }
}

/// What is known of the distributions of each row.
struct HeadState: Sendable {
  var policy: LogitStatistics
  var reference: LogitStatistics
  /// Maximum of the reference's logits r, and Σ e^(r − maximum)·(r − x).
  var divergence: ScaledSums
  /// Maximum, and Σ e^(2(x − maximum)).
  var squares: ScaledSums
  /// `[C, V]` if kept.
  var logits: Tensor?
  var referenceLogits: Tensor?

  init(_ plan: HeadPlan) {
    policy = LogitStatistics(rows: plan.rows)
    let others = plan.reference == nil ? 0 : plan.rows
    reference = LogitStatistics(rows: others)
    divergence = ScaledSums(rows: others)
    squares = ScaledSums(rows: plan.squares ? plan.rows : 0)
  }

  mutating func dropLogits() { (logits, referenceLogits) = (nil, nil) }

  struct Summary {
    /// Log-probs `[1, C]`, and divergences below them where there is a reference.
    let outputs: Tensor
    let entropy: Tensor, isBest: Tensor, meanLogit: Tensor
    let logSumSquares: Tensor?
    let referenceLogps: Tensor?
  }

  func summary(_ plan: HeadPlan) -> Summary {
    let rows = 0..<plan.rows
    let hasReference = plan.reference != nil
    var outputs = rows.map { policy.logp($0) }
    if hasReference { outputs += rows.map { Float(divergence($0)) } }
    return Summary(
      outputs: Tensor([hasReference ? 2 : 1, plan.rows], outputs),
      entropy: Tensor(rows.map { policy.entropy($0) }),
      isBest: Tensor(rows.map { policy.isBest($0, plan.targets[$0]) ? 1 : 0 }),
      meanLogit: Tensor(rows.map { Float(policy.total($0) / Double(plan.vocabulary)) }),
      logSumSquares: plan.squares
        ? Tensor(rows.map { Float(logSumSquares($0)) }) : nil,
      referenceLogps: hasReference ? Tensor(rows.map { reference.logp($0) }) : nil)
  }

  /// Σ ρ·(r − x) − (log Z_r − log Z_x): exactly 0 where r = x, and never below.
  private func divergence(_ row: Int) -> Double {
    let gap = reference.most(row) - policy.most(row)
    let difference = Glibc.log(reference.sum(row)) - Glibc.log(policy.sum(row))
    let value = divergence.sum(row) / reference.sum(row) - gap - difference
    return value < 0 ? 0 : value  // NaN passes through
  }

  private func logSumSquares(_ row: Int) -> Double {
    let shift = squares.most(row) - policy.most(row)
    return min(0, 2 * shift + Glibc.log(squares.sum(row)) - 2 * Glibc.log(policy.sum(row)))
  }

  /// Turns logits of `columns` into their gradients in place.
  func turnIntoSlopes(
    _ logits: inout Tensor, _ theirs: Tensor?, _ columns: Range<Int>, _ dy: Tensor,
    _ plan: HeadPlan
  ) {
    let x = unsafe MutableRegion(logits.mutablePointer())
    let (g, stride, rows) = unsafe (Region(dy.pointer), plan.stride, plan.rows)
    let (own, targets) = (policy.scales, plan.targets)
    let (top, inverse) = (Tensor(own.top), Tensor(own.inverse))
    let (m, i) = unsafe (Region(top.pointer), Region(inverse.pointer))
    defer { withExtendedLifetime((top, inverse)) {} }
    guard let theirs else {
      return Tensor.forRows(rows, length: 2 * columns.count) { start, count in
        unsafe targets.withUnsafeBufferPointer { targets in
          guard let t = targets.baseAddress else { return }
          unsafe pw_logits_vjp(
            x.base + start * stride, stride, m.base + start, i.base + start, g.base + start,
            t + start, count, columns.count, columns.lowerBound)
        }
      }
    }
    let other = reference.scales
    let (topR, inverseR) = (Tensor(other.top), Tensor(other.inverse))
    let (mr, ir) = unsafe (Region(topR.pointer), Region(inverseR.pointer))
    let r = unsafe Region(theirs.pointer)
    defer { withExtendedLifetime((topR, inverseR)) {} }
    Tensor.forRows(rows, length: 4 * columns.count) { start, count in
      unsafe targets.withUnsafeBufferPointer { targets in
        guard let t = targets.baseAddress else { return }
        unsafe pw_logits_divergence_vjp(
          x.base + start * stride, r.base + start * stride, stride, m.base + start, i.base + start,
          mr.base + start, ir.base + start, g.base + start, g.base + rows + start, t + start,
          count, columns.count, columns.lowerBound)
      }
    }
  }
}
