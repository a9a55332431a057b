import PairwiseAutodiff
import PairwiseTensor
import PairwiseTestSupport
import Testing

/// What must not change a bit of a fused operation's values and gradients: threads, other sequences of
/// the batch, how many rows there are, and memory budgets.
@Suite(.serialized) struct FusedBitsTests {
  private static func random(_ shape: Shape, _ seed: UInt64) -> Tensor {
    var numbers = SeededNumbers(seed)
    return Tensor(shape, numbers.floats(shape.count))
  }

  /// Value and gradients of the first operand's `rows`, for an operation of some rows.
  private static func run(
    _ x: Tensor, _ slopes: Tensor, threads: Int = 0, _ op: (Variable, Tape) -> Variable
  ) -> (value: Tensor, gradient: Tensor) {
    WorkerPool.shared.setThreads(threads)
    defer { WorkerPool.shared.setThreads(0) }
    let tape = Tape()
    let input = tape.variable(x)
    let y = op(input, tape)
    let loss = (y * Variable(constant: slopes.rows(0..<y.shape[0]))).sum()
    return (y.value, tape.backward(from: loss)[input])
  }

  /// `op` on all rows by 1, 2 and 3 threads, and on the rows of each part alone.
  private static func check(
    _ name: String, _ x: Tensor, outputs: Int?, parts: [Range<Int>],
    _ op: (_ x: Variable, _ rows: Range<Int>, _ tape: Tape) -> Variable
  ) {
    let rows = x.shape[0]
    let slopes = random(outputs.map { [rows, $0] } ?? [rows], 99)
    let whole = run(x, slopes, threads: 1) { op($0, 0..<rows, $1) }
    for threads in [2, 3] {
      let again = run(x, slopes, threads: threads) { op($0, 0..<rows, $1) }
      #expect(again.value == whole.value, "\(name): \(threads) threads change the value")
      #expect(again.gradient == whole.gradient, "\(name): \(threads) threads change the gradient")
    }
    for part in parts {
      let alone = run(x.rows(part), slopes.rows(part)) { op($0, part, $1) }
      #expect(alone.value == whole.value.rows(part), "\(name): value of rows \(part) alone")
      #expect(alone.gradient == whole.gradient.rows(part), "\(name): gradient of \(part) alone")
    }
  }

  private static let parts = [0..<1, 5..<6, 0..<7, 60..<131, 130..<131]

  /// Rows of few numbers are computed sixteen at a time.
  @Test func shortRows() {
    let x = Self.random([131, 9], 1)
    let logWeights = Variable(constant: Self.random([131, 9], 2)).logSoftmax().value
    let w = Self.random([7, 9], 3)
    Self.check("logSoftmax", x, outputs: 9, parts: Self.parts) { x, _, _ in x.logSoftmax() }
    Self.check("softmax", x, outputs: 9, parts: Self.parts) { x, _, _ in x.softmax() }
    Self.check("logSumExp", x, outputs: nil, parts: Self.parts) { x, _, _ in x.logSumExp() }
    Self.check("mixture", x, outputs: nil, parts: Self.parts) { x, rows, _ in
      .mixtureLogOdds(x, logWeights: Variable(constant: logWeights.rows(rows)))
    }
    Self.check("linear", x, outputs: 7, parts: Self.parts) { x, _, tape in
      x.linear(tape.variable(w))
    }
  }

  @Test func dense() {
    let (width, outputs) = (96, 130)
    let w = Self.random([outputs, width / 2], 1), wide = Self.random([outputs, width], 2)
    let (gain, bias) = (Self.random([width], 3), Self.random([outputs], 4))
    let (a, b) = (Self.random([16, width], 5), Self.random([70, 16], 6))
    let residual = Self.random([131, outputs], 7)
    let x = Self.random([131, width], 8)
    Self.check("swiGLU", x, outputs: outputs, parts: Self.parts) { x, _, tape in
      x.dense(tape.variable(w), bias: tape.variable(bias), transform: .swiGLU)
    }
    Self.check("rmsNorm", x, outputs: outputs, parts: Self.parts) { x, rows, tape in
      x.dense(
        tape.variable(wide), transform: .rmsNorm(gain: tape.variable(gain), epsilon: 1e-5),
        updates: [
          LowRankUpdate(
            columns: 30..<100, a: tape.variable(a), b: tape.variable(b), scale: 2)
        ],
        residual: Variable(constant: residual.rows(rows)))
    }
  }

  /// Three groups: a prompt with two completions, one sequence alone, a prompt with one completion.
  @Test func attention() {
    let counts = [40, 23, 30, 70, 9, 64]
    let prefixes: [Int?] = [nil, 0, 0, nil, nil, 4]
    func layout(_ range: Range<Int>) -> TokenLayout {
      let start = range.lowerBound
      return TokenLayout(range.map { (counts[$0], prefixes[$0].map { $0 - start }) })
    }
    let (heads, keyHeads, size) = (6, 2, 64)
    let x = Self.random([counts.reduce(0, +), (heads + 2 * keyHeads) * size], 11)
    let starts = counts.indices.map { counts[..<$0].reduce(0, +) } + [x.shape[0]]
    let groups = [0..<3, 3..<4, 4..<6]
    Self.check(
      "attention", x, outputs: heads * size,
      parts: groups.map { starts[$0.lowerBound]..<starts[$0.upperBound] }
    ) { x, rows, _ in
      let whole = rows == 0..<starts[6]
      let group = groups.first { starts[$0.lowerBound] == rows.lowerBound } ?? 0..<6
      return x.attention(
        heads: heads, keyHeads: keyHeads, headSize: size, layout: layout(whole ? 0..<6 : group),
        causal: true)
    }
  }

  /// The chosen completion with and without the rejected one, and as one sequence with its prompt; the
  /// second time with a rejected one so long that tiles have fewer rows.
  @Test(arguments: [(110, 44, 50), (900, 70, 1200)])
  func attentionOfChosenAlone(prompt: Int, chosen: Int, rejected: Int) {
    let (heads, keyHeads, size) = (3, 1, 16)
    let x = Self.random([prompt + chosen + rejected, (heads + 2 * keyHeads) * size], 12)
    func value(_ layout: TokenLayout) -> Tensor {
      Variable(constant: x.rows(0..<layout.tokens)).attention(
        heads: heads, keyHeads: keyHeads, headSize: size, layout: layout, causal: true
      ).value
    }
    let both = value(TokenLayout([(prompt, nil), (chosen, 0), (rejected, 0)]))
    let rows = 0..<prompt + chosen
    #expect(value(TokenLayout([(prompt, nil), (chosen, 0)])) == both.rows(rows))
    #expect(value(TokenLayout([(prompt + chosen, nil)])) == both.rows(rows))
  }

  @Test func rotary() {
    let x = Self.random([131, 40], 13)
    let frequencies = (0..<8).map { 1 / Float($0 + 1) }
    Self.check("rotary", x, outputs: 40, parts: Self.parts) { x, rows, _ in
      x.rotary(
        heads: 2, headSize: 16, positions: rows.map { Int32($0 * 37 % 131) },
        frequencies: frequencies)
    }
  }

  @Test(arguments: [0, 1 << 30]) func tokenLogps(budget: Int) {
    let (rows, width, vocabulary) = (131, 48, 2500)
    let (h, w) = (Self.random([rows, width], 14), Self.random([vocabulary, width], 15))
    let targets = (0..<rows).map { Int32($0 * 19 % vocabulary) }
    Self.check("token logps", h, outputs: nil, parts: Self.parts) { x, rows, tape in
      x.tokenLogps(
        Array(targets[rows]), head: tape.variable(w), budget: budget, statistics: false
      ).logps
    }
  }

  @Test(arguments: [0, 1 << 30]) func divergence(budget: Int) {
    let (rows, width, vocabulary) = (131, 48, 2500)
    let (h, w) = (Self.random([rows, width], 24), Self.random([vocabulary, width], 25))
    let (theirs, head) = (Self.random([rows, 32], 26), Self.random([vocabulary, 32], 27))
    let targets = (0..<rows).map { Int32($0 * 19 % vocabulary) }
    Self.check("divergence", h, outputs: nil, parts: Self.parts) { x, rows, tape in
      let found = x.tokenLogps(
        Array(targets[rows]), head: tape.variable(w), budget: budget, statistics: false,
        against: TokenReference(hidden: theirs.rows(rows), head: head))
      return (found.divergence ?? found.logps) + found.logps
    }
  }

  @Test func budgetsChangeNothingBesideAReference() {
    let (rows, width, vocabulary) = (500, 20, 9000)
    let (h, w) = (Self.random([rows, width], 16), Self.random([vocabulary, width], 17))
    let reference = TokenReference(
      hidden: Self.random([rows, 12], 28), head: Self.random([vocabulary, 12], 29))
    let targets = (0..<rows).map { Int32($0 * 17) }
    let results = [0, 5 << 20, 1 << 30].map { budget in
      let tape = Tape()
      let (x, table) = (tape.variable(h), tape.variable(w))
      let found = x.tokenLogps(
        targets, head: table, budget: budget, statistics: false, squares: true,
        against: reference)
      let divergence = found.divergence ?? found.logps
      let gradients = tape.backward(from: (divergence - found.logps).sum())
      return [
        found.logps.value, divergence.value, found.referenceLogps ?? Tensor([]),
        found.logSumSquares ?? Tensor([]), gradients[x], gradients[table],
      ].map(\.array)
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  @Test func budgetsChangeNothing() {
    let (rows, width, vocabulary) = (500, 20, 9000)
    let (h, w) = (Self.random([rows, width], 16), Self.random([vocabulary, width], 17))
    let targets = (0..<rows).map { Int32($0 * 17) }
    let results = [0, 5 << 20, 1 << 30].map { budget in
      let tape = Tape()
      let (x, table) = (tape.variable(h), tape.variable(w))
      let found = x.tokenLogps(targets, head: table, budget: budget, statistics: true)
      let gradients = tape.backward(from: found.logps.sum())
      return [
        found.logps.value, found.entropy ?? Tensor([]), found.isBest ?? Tensor([]),
        found.meanLogit ?? Tensor([]),
        gradients[x], gradients[table],
      ].map(\.array)
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  /// A layer with parameters and a residual road around it, in a chain of two.
  @Test func recomputingChangesNothing() {
    let (width, rows) = (32, 70)
    let values = Self.random([2 * width * width + width], 18)
    let x = Self.random([rows, width], 19)
    func gradients(recompute: Bool) -> (Tensor, Tensor) {
      func layer(_ x: Variable, _ tape: Tape?) -> Variable {
        func parameter(_ range: Range<Int>, _ shape: Shape) -> Variable {
          let value = values.rows(range).reshaped(shape)
          return tape?.parameter(value, offset: range.lowerBound) ?? Variable(constant: value)
        }
        let square = width * width
        let hidden = x.dense(
          parameter(0..<square, [width, width]),
          transform: .rmsNorm(
            gain: parameter(2 * square..<2 * square + width, [width]), epsilon: 1e-5))
        return hidden.dense(
          parameter(square..<2 * square, [width, width]), transform: .silu, residual: x)
      }
      let tape = Tape()
      var block = Tensor.zeros([values.count])
      let input = tape.variable(x)
      var y = input
      for _ in 0..<2 { y = recompute ? y.recomputing(layer) : layer(y, tape) }
      let found = tape.backward(from: (y * y).sum(), into: &block)
      return (found[input], block)
    }
    let (plain, again) = (gradients(recompute: false), gradients(recompute: true))
    #expect(plain.0 == again.0)
    #expect(plain.1 == again.1)
  }

  /// A constant goes in, parameters are inside: the tape has to be named.
  @Test func recomputingOfAConstant() {
    let tape = Tape()
    var block = Tensor.zeros([1])
    let y = Variable(constant: Tensor([3])).recomputing(on: tape) { x, tape in
      x * (tape?.parameter(Tensor([2]), offset: 0) ?? Variable(constant: Tensor([2])))
    }
    tape.backward(from: y.sum(), into: &block)
    #expect(block == Tensor([3]))
  }
}
