internal import PairwiseTensor

/// Sizes of a head, and how its vocabulary is cut.
struct HeadPlan {
  let rows: Int, vocabulary: Int
  let targets: [Int32]
  let squares: Bool
  let reference: TokenReference?
  /// Columns of the logits that exist at a time.
  let part: Int
  /// Distance between rows of logits: not a power of two, whose multiples fall into the same places of
  /// the cache.
  var stride: Int { part % 1024 == 0 ? part + 16 : part }

  /// Bytes of logits that exist at a time where nothing is to be kept.
  static let passingBudget = 16 << 20
  /// Statistics are gathered over runs of this many columns, whatever the budget.
  static let run = 1024

  init(
    rows: Int, vocabulary: Int, targets: [Int32], squares: Bool,
    reference: TokenReference?, budget: Int
  ) {
    (self.rows, self.vocabulary, self.targets) = (rows, vocabulary, targets)
    (self.squares, self.reference) = (squares, reference)
    // The reference's logits stand beside the policy's.
    let width = (reference == nil ? 4 : 8) * max(1, rows)
    let (bytes, overflow) = vocabulary.multipliedReportingOverflow(by: width)
    if !overflow && bytes <= budget {
      part = vocabulary
    } else {
      let runs = max(1, min(budget, HeadPlan.passingBudget) / (width * HeadPlan.run))
      part = min(vocabulary, runs * HeadPlan.run)
    }
  }

  var isWhole: Bool { part == vocabulary }

  private func forParts(_ body: (_ columns: Range<Int>) -> Void) {
    for start in Swift.stride(from: 0, to: vocabulary, by: part) {
      body(start..<min(vocabulary, start + part))
    }
  }

  /// Writes h·Wᵀ for `columns` of the vocabulary, rows `stride` apart.
  private func formLogits(
    _ h: Tensor, _ w: Tensor, _ columns: Range<Int>, into logits: inout Tensor
  ) {
    let width = h.shape[1]
    unsafe Matmul.multiply(
      .init(h.pointer, stride: width),
      .init(w.pointer + columns.lowerBound * width, stride: width, transposed: true),
      into: logits.mutablePointer(), stride: stride, m: rows, n: columns.count, k: width)
  }

  /// Statistics of every row; the logits of the last part are left in the result.
  func forward(_ h: Tensor, _ w: Tensor) -> HeadState {
    var state = HeadState(self)
    var logits = Tensor(uninitialized: [rows, stride])
    var theirs = reference.map { _ in Tensor(uninitialized: [rows, stride]) }
    forParts { columns in
      formLogits(h, w, columns, into: &logits)
      state.policy.add(logits, columns, self)
      if squares { state.squares.addSquares(logits, columns, self) }
      guard let reference, theirs != nil else { return }
      theirs.mutate { formLogits(reference.hidden, reference.head, columns, into: &$0) }
      if let theirs {
        state.reference.add(theirs, columns, self)
        state.divergence.addDivergence(theirs, logits, columns, self)
      }
    }
    (state.logits, state.referenceLogits) = (logits, theirs)
    return state
  }

  /// dlogits = g·(onehot − softmax) + k·(softmax − reference's), part by part; dh += dlogits·W in the
  /// order of the vocabulary. `dy` holds g, and k below it where there is a reference.
  func pullback(
    _ h: Tensor, _ w: Tensor, _ head: HeadState, _ dy: Tensor, _ input: Variable,
    _ table: Variable, _ cotangents: inout Cotangents
  ) {
    let width = h.shape[1]
    var logits = head.logits ?? Tensor(uninitialized: [rows, stride])
    var theirs = reference.map { _ in
      head.referenceLogits ?? Tensor(uninitialized: [rows, stride])
    }
    var dh = cotangents.wants(input) ? Tensor.zeros([rows, width]) : nil
    forParts { columns in
      if head.logits == nil {
        formLogits(h, w, columns, into: &logits)
        if let reference {
          theirs.mutate { formLogits(reference.hidden, reference.head, columns, into: &$0) }
        }
      }
      head.turnIntoSlopes(&logits, theirs, columns, dy, self)
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

extension Tensor? {
  /// Changes the tensor in place, if there is one.
  fileprivate mutating func mutate(_ body: (inout Tensor) -> Void) {
    guard var tensor = self else { return }
    self = nil  // the only owner, or the first write would copy
    body(&tensor)
    self = tensor
  }
}
