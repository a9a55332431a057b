import Pairwise

/// The operations of a step one by one, each times the number of layers it occurs in.
struct Parts {
  struct Row {
    var name: String
    /// Seconds in all layers, and floating-point operations of products.
    var forward: Double, backward: Double, work: Double
  }

  private let shape: StackShape
  private let layout: TokenLayout
  private let scored: Int
  private let clock: Clock
  private var tokens: Int { layout.tokens }

  init(_ shape: StackShape, _ layout: TokenLayout, scored: Int, clock: Clock = .wall) {
    (self.shape, self.layout, self.scored, self.clock) = (shape, layout, scored, clock)
  }

  /// The parts whose names are in `wanted`, or all.
  func rows(_ wanted: [String] = []) -> [Row] {
    let (d, inner) = (shape.hidden, shape.inner)
    let gain = Variable(constant: Tensor(repeating: 1, [d]))
    let normed = InputTransform.rmsNorm(gain: gain, epsilon: 1e-5)
    let width = shape.heads * shape.headSize
    let all: [(name: String, measure: () -> Row)] = [
      ("qkv", { dense("qkv", d, shape.projected, normed) }),
      ("output", { dense("output", width, d, .none) }),
      ("gate and up", { dense("gate and up", d, 2 * inner, normed) }),
      ("down", { dense("down", 2 * inner, d, .swiGLU) }),
      ("lora", { adapted(normed) }),
      ("rotary", rotary), ("attention", attention), ("head", head),
      (
        "rms norm",
        {
          timed("rms norm (in the above)", [tokens, d], times: 2 * shape.layers, work: 0) { x, _ in
            x.rmsNorm(gain: gain)
          }
        }
      ),
    ]
    return all.filter { wanted.isEmpty || wanted.contains($0.name) }.map { $0.measure() }
  }

  private func dense(_ name: String, _ width: Int, _ outputs: Int, _ transform: InputTransform)
    -> Row
  {
    var inner = width
    if case .swiGLU = transform { inner = width / 2 }
    let w = Numbers.random([outputs, inner], 1)
    let work = 6 * Double(tokens * inner * outputs * shape.layers)
    return timed(name, [tokens, width], times: shape.layers, work: work, parameters: w.count) {
      x, tape in
      x.dense(tape.parameter(w, offset: 0), transform: transform)
    }
  }

  /// Gate and up with the weight frozen and two updates of rank 16.
  private func adapted(_ transform: InputTransform) -> Row {
    let (width, half, rank) = (shape.hidden, shape.inner, 16)
    let w = Variable(constant: Numbers.random([2 * half, width], 1))
    let (a, b) = (Numbers.random([rank, width], 2), Numbers.random([half, rank], 3))
    let work = 4 * Double(tokens * width * 2 * half * shape.layers)
    let pair = a.count + b.count
    return timed(
      "gate and up frozen, rank 16", [tokens, width], times: shape.layers, work: work,
      parameters: 2 * pair
    ) { x, tape in
      let updates = (0..<2).map { i in
        LowRankUpdate(
          columns: i * half..<(i + 1) * half, a: tape.parameter(a, offset: i * pair),
          b: tape.parameter(b, offset: i * pair + a.count), scale: 2)
      }
      return x.dense(w, transform: transform, updates: updates)
    }
  }

  private var projected: Shape { [tokens, shape.projected] }

  private func rotary() -> Row {
    let frequencies = (0..<shape.headSize / 2).map { 1 / Float($0 + 1) }
    let positions = layout.positions
    return timed("rotary", projected, times: shape.layers, work: 0) { x, _ in
      x.rotary(
        heads: shape.heads + shape.keyHeads, headSize: shape.headSize, positions: positions,
        frequencies: frequencies)
    }
  }

  private func attention() -> Row {
    let keys = layout.segments.reduce(0.0) { sum, segment in
      let before = segment.prefix.map { layout.segments[$0].count } ?? 0
      return sum + Double(segment.count) * (Double(before) + Double(segment.count + 1) / 2)
    }
    let work = 12 * keys * Double(shape.heads * shape.headSize * shape.layers)
    return timed("attention", projected, times: shape.layers, work: work) { x, _ in
      x.attention(
        heads: shape.heads, keyHeads: shape.keyHeads, headSize: shape.headSize, layout: layout,
        causal: true)
    }
  }

  private func head() -> Row {
    let w = Numbers.random([shape.vocabulary, shape.hidden], 2).scaled(by: 0.02)
    let targets = (0..<Int32(scored)).map { $0 * 53 }
    let work = 6 * Double(scored * shape.vocabulary * shape.hidden)
    return timed("head", [scored, shape.hidden], times: 1, work: work, parameters: w.count) {
      x, tape in
      x.tokenLogps(
        targets, head: tape.parameter(w, offset: 0), budget: 256 << 20, statistics: false
      ).logps
    }
  }

  /// Shortest of a few timings of one operation and its pullback.
  private func timed(
    _ name: String, _ shape: Shape, times: Int, work: Double, parameters: Int = 0,
    _ op: (Variable, Tape) -> Variable
  ) -> Row {
    let x = Numbers.random(shape, 3)
    var block = Tensor.zeros([parameters])
    var (forward, backward) = (Double.infinity, Double.infinity)
    for _ in 0..<6 {
      let tape = Tape()
      let input = tape.variable(x)
      let start = clock.now
      let y = op(input, tape)
      let middle = clock.now
      let loss = y.sum()
      let ready = clock.now
      tape.backward(from: loss, into: &block)
      forward = min(forward, middle - start)
      backward = min(backward, clock.now - ready)
    }
    return Row(
      name: name, forward: forward * Double(times), backward: backward * Double(times), work: work)
  }
}
