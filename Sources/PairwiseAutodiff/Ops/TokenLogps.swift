internal import CKernels
internal import Glibc
public import PairwiseTensor

/// Log-probabilities of target tokens, with statistics of their distributions if asked for; each `[C]`.
public struct TokenLogps {
  /// log p(target), in nats.
  public let logps: Variable
  /// −Σ p·log p over the vocabulary, in nats.
  public let entropy: Tensor?
  /// 1 where the target is the most likely token (the first of equals), else 0.
  public let isBest: Tensor?
  /// Mean of the logits over the vocabulary.
  public let meanLogit: Tensor?
}

extension Variable {
  /// log softmax(self·Wᵀ)[target] of each row: `self` `[C, D]`, `weight` `[V, D]` → `[C]`.
  ///
  /// Logits exist for a part of the vocabulary at a time. All of them are kept for the pullback if they
  /// fit into `budget` bytes, else computed again. A row depends on itself alone, and nothing on `budget`.
  /// Traps if the shapes don't fit or a target is out of range.
  public func tokenLogps(
    _ targets: [Int32], head weight: Variable, budget: Int, statistics: Bool
  ) -> TokenLogps {
    let (h, w) = (value, weight.value)
    precondition(
      h.shape.rank == 2 && w.shape.rank == 2 && h.shape[1] == w.shape[1],
      "token logps: rows \(h.shape) for a head \(w.shape)")
    let vocabulary = w.shape[0]
    precondition(
      targets.count == h.shape[0] && vocabulary > 0
        && targets.allSatisfy { $0 >= 0 && Int($0) < vocabulary },
      "token logps: \(targets.count) targets for \(h.shape), or one outside 0..<\(vocabulary)")
    let isRecorded = tape != nil || weight.tape != nil
    let plan = HeadPlan(
      rows: h.shape[0], width: h.shape[1], vocabulary: vocabulary, targets: targets,
      budget: isRecorded ? budget : min(budget, HeadPlan.passingBudget))
    var head = plan.forward(h, w)
    if !plan.isWhole || !isRecorded { head.logits = nil }
    let result = head.summary(plan)
    let (input, table, kept) = (handle, weight.handle, head)
    let logps = Variable.record(result.logps, from: [self, weight]) { dy, cotangents in
      plan.pullback(h, w, kept, dy, input, table, &cotangents)
    }
    return TokenLogps(
      logps: logps, entropy: statistics ? result.entropy : nil,
      isBest: statistics ? result.isBest : nil, meanLogit: statistics ? result.meanLogit : nil)
  }
}

/// Sizes of a head, and how its vocabulary is cut.
private struct HeadPlan {
  let rows: Int, width: Int, vocabulary: Int
  let targets: [Int32]
  /// Columns of the logits that exist at a time.
  let part: Int
  /// Distance between rows of logits: not a power of two, whose multiples fall into the same places of
  /// the cache.
  var stride: Int { part % 1024 == 0 ? part + 16 : part }

  /// Bytes of logits that exist at a time where nothing is to be kept.
  static let passingBudget = 16 << 20
  /// Statistics are gathered over runs of this many columns, whatever the budget.
  private static let run = 1024

  init(rows: Int, width: Int, vocabulary: Int, targets: [Int32], budget: Int) {
    (self.rows, self.width, self.vocabulary) = (rows, width, vocabulary)
    self.targets = targets
    let (bytes, overflow) = vocabulary.multipliedReportingOverflow(by: 4 * max(1, rows))
    if !overflow && bytes <= budget {
      part = vocabulary
    } else {
      let runs = max(1, min(budget, HeadPlan.passingBudget) / (4 * max(1, rows) * HeadPlan.run))
      part = min(vocabulary, runs * HeadPlan.run)
    }
  }

  var isWhole: Bool { part == vocabulary }

  func forParts(_ body: (_ columns: Range<Int>) -> Void) {
    for start in Swift.stride(from: 0, to: vocabulary, by: part) {
      body(start..<min(vocabulary, start + part))
    }
  }

  /// Writes h·Wᵀ for `columns` of the vocabulary, rows `stride` apart.
  private func formLogits(
    _ h: Tensor, _ w: Tensor, _ columns: Range<Int>, into logits: inout Tensor
  ) {
    unsafe Matmul.multiply(
      .init(h.pointer, stride: width),
      .init(w.pointer + columns.lowerBound * width, stride: width, transposed: true),
      into: logits.mutablePointer(), stride: stride, m: rows, n: columns.count, k: width)
  }

  /// Statistics of every row; the logits of the last part are left in the result.
  func forward(_ h: Tensor, _ w: Tensor) -> HeadState {
    var logits = Tensor(uninitialized: [rows, stride])
    var state = HeadState(rows: rows)
    forParts { columns in
      formLogits(h, w, columns, into: &logits)
      state.add(logits, columns, stride: stride, run: HeadPlan.run, targets)
    }
    state.logits = logits
    return state
  }

  /// dlogits = g·(onehot − softmax), part by part; dh += dlogits·W in the order of the vocabulary.
  func pullback(
    _ h: Tensor, _ w: Tensor, _ head: HeadState, _ dy: Tensor, _ input: Variable,
    _ table: Variable, _ cotangents: inout Cotangents
  ) {
    var logits = head.logits ?? Tensor(uninitialized: [rows, stride])
    var dh = cotangents.wants(input) ? Tensor.zeros([rows, width]) : nil
    forParts { columns in
      if head.logits == nil { formLogits(h, w, columns, into: &logits) }
      head.turnIntoSlopes(&logits, columns, stride: stride, dy, targets)
      if let into = unsafe dh?.mutablePointer() {
        unsafe Matmul.multiply(
          .init(logits.pointer, stride: stride),
          .init(w.pointer + columns.lowerBound * width, stride: width), into: into, stride: width,
          m: rows, n: width, k: columns.count, accumulate: true)
      }
      unsafe cotangents.accumulate(into: table) { gradient in
        unsafe Matmul.multiply(
          .init(logits.pointer, stride: stride, transposed: true), .init(h.pointer, stride: width),
          into: gradient + columns.lowerBound * width, stride: width, m: columns.count, n: width,
          k: rows, accumulate: true)
      }
    }
    if let dh { cotangents.add(dh, to: input) }
  }
}

/// What is known of the distribution of each row.
private struct HeadState: Sendable {
  /// Maximum, Σ e^(x − maximum), Σ e^(x − maximum)·x and Σ x of each row.
  private var sums: [Double]
  /// Column of the maximum, and logit of the target.
  private var best: [Int32]
  private var targetLogits: [Float]
  private var top: [Float]
  private var inverse: [Float]
  /// `[C, V]` if kept.
  var logits: Tensor?

  init(rows: Int) {
    sums = (0..<4 * rows).map { $0 % 4 == 0 ? -.infinity : 0 }
    best = Array(repeating: 0, count: rows)
    targetLogits = Array(repeating: .nan, count: rows)
    (top, inverse) = (targetLogits, targetLogits)
  }

  /// Goes on with `columns` of the logits.
  mutating func add(
    _ logits: Tensor, _ columns: Range<Int>, stride: Int, run: Int, _ targets: [Int32]
  ) {
    let rows = best.count
    let x = unsafe Region(logits.pointer)
    for (row, target) in targets.enumerated() where columns.contains(Int(target)) {
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

  mutating func summary(_ plan: HeadPlan) -> (
    logps: Tensor, entropy: Tensor, isBest: Tensor, meanLogit: Tensor
  ) {
    var logps: [Float] = [], entropy: [Float] = [], isBest: [Float] = [], mean: [Float] = []
    for row in 0..<plan.rows {
      let (most, sum) = (sums[4 * row], sums[4 * row + 1])
      let logSum = Glibc.log(sum)
      logps.append(Float((Double(targetLogits[row]) - most) - logSum))
      entropy.append(Float(most + logSum - sums[4 * row + 2] / sum))
      isBest.append(best[row] == plan.targets[row] ? 1 : 0)
      mean.append(Float(sums[4 * row + 3] / Double(plan.vocabulary)))
      top[row] = Float(most)
      inverse[row] = Float(1 / sum)
    }
    return (Tensor(logps), Tensor(entropy), Tensor(isBest), Tensor(mean))
  }

  /// Turns logits of `columns` into their gradients in place.
  func turnIntoSlopes(
    _ logits: inout Tensor, _ columns: Range<Int>, stride: Int, _ dy: Tensor, _ targets: [Int32]
  ) {
    let x = unsafe MutableRegion(logits.mutablePointer())
    let g = unsafe Region(dy.pointer)
    let (top, inverse) = (top, inverse)
    Tensor.forRows(targets.count, length: 2 * columns.count) { start, count in
      unsafe targets.withUnsafeBufferPointer { targets in
        unsafe top.withUnsafeBufferPointer { top in
          unsafe inverse.withUnsafeBufferPointer { inverse in
            guard let t = targets.baseAddress, let m = top.baseAddress,
              let i = inverse.baseAddress
            else { return }
            unsafe pw_logits_vjp(
              x.base + start * stride, stride, m + start, i + start, g.base + start, t + start,
              count, columns.count, columns.lowerBound)
          }
        }
      }
    }
  }
}
