import Pairwise

/// Sizes of a Llama-style decoder.
struct StackShape {
  var hidden: Int, heads: Int, keyHeads: Int, headSize: Int, inner: Int, layers: Int
  var vocabulary: Int

  static let smolLM2 = StackShape(
    hidden: 576, heads: 9, keyHeads: 3, headSize: 64, inner: 1536, layers: 30, vocabulary: 49_152)

  var projected: Int { (heads + 2 * keyHeads) * headSize }
  /// Multiply-adds of a token in the linear layers.
  var perToken: Double {
    Double(layers * (hidden * projected + heads * headSize * hidden + 3 * hidden * inner))
  }
}

/// The stack with its parameters, and a batch of pairs.
struct Stack {
  struct Layer {
    var inputGain: Parameter, qkv: Parameter, output: Parameter
    var innerGain: Parameter, gateUp: Parameter, down: Parameter
  }

  let shape: StackShape
  let layout: TokenLayout
  /// Rows whose next token is scored.
  let scored: [Int32]
  private let pairs: Int
  private let embedding: Parameter, gain: Parameter
  private let layers: [Layer]
  private var store: ParameterStore
  private var gradients: Tensor
  private var optimizer: AdamW

  init(_ shape: StackShape, pairs: Int, prompt: Int, completion: Int) {
    (self.shape, self.pairs) = (shape, pairs)
    layout = TokenLayout(
      (0..<pairs).flatMap { pair -> [(count: Int, prefix: Int?)] in
        [(prompt, nil), (completion, 3 * pair), (completion, 3 * pair)]
      })
    scored = layout.segments.filter { $0.prefix != nil }.flatMap { segment in
      (segment.start..<segment.start + segment.count).map { Int32($0) }
    }
    var builder = ParameterBuilder()
    let d = shape.hidden
    embedding = builder.add("embedding", [shape.vocabulary, d], .zeros)
    layers = (0..<shape.layers).map { index in
      builder.scoped("\(index)") { p in
        Layer(
          inputGain: p.add("inputGain", [d], .ones),
          qkv: p.add("qkv", [shape.projected, d], .zeros),
          output: p.add("output", [d, shape.heads * shape.headSize], .zeros),
          innerGain: p.add("innerGain", [d], .ones),
          gateUp: p.add("gateUp", [2 * shape.inner, d], .zeros),
          down: p.add("down", [d, shape.inner], .zeros))
      }
    }
    gain = builder.add("gain", [d], .ones)
    store = ParameterStore(builder, seed: 0)
    var random = SplitMix64(seed: 1)
    store.values.withMutableSpan { span in
      for i in 0..<span.count where span[i] == 0 {
        span[i] = (Float(random.next() >> 40) * 0x1p-24 - 0.5) * 0.08
      }
    }
    gradients = .zeros([store.count])
    optimizer = AdamW(parameterCount: store.count)
  }

  /// Floating-point operations of the products of a step: forward and twice that backward.
  var work: Double {
    let attended = layout.segments.reduce(0.0) { sum, segment in
      let before = segment.prefix.map { layout.segments[$0].count } ?? 0
      return sum + Double(segment.count) * (Double(before) + Double(segment.count + 1) / 2)
    }
    let attention = 2 * attended * Double(shape.heads * shape.headSize * shape.layers)
    let head = Double(scored.count * shape.vocabulary * shape.hidden)
    return 6 * (Double(layout.tokens) * shape.perToken + attention + head)
  }

  private func layer(_ x: Variable, _ layer: Layer, _ weights: Weights) -> Variable {
    let frequencies = (0..<shape.headSize / 2).map { 1 / Float(1 << ($0 / 2)) }
    let qkv = x.dense(
      weights[layer.qkv], transform: .rmsNorm(gain: weights[layer.inputGain], epsilon: 1e-5))
    let attended = qkv.rotary(
      heads: shape.heads + shape.keyHeads, headSize: shape.headSize, positions: layout.positions,
      frequencies: frequencies
    ).attention(
      heads: shape.heads, keyHeads: shape.keyHeads, headSize: shape.headSize, layout: layout,
      causal: true)
    let middle = attended.dense(weights[layer.output], residual: x)
    let gateUp = middle.dense(
      weights[layer.gateUp], transform: .rmsNorm(gain: weights[layer.innerGain], epsilon: 1e-5))
    return gateUp.dense(weights[layer.down], transform: .swiGLU, residual: middle)
  }

  private func loss(_ weights: Weights) -> Variable {
    let table = weights[embedding]
    var x = table.rows((0..<layout.tokens).map { Int32($0 * 37 % shape.vocabulary) })
    for parameters in layers { x = layer(x, parameters, weights) }
    let final = x.rows(scored).rmsNorm(gain: weights[gain])
    let logps = final.tokenLogps(
      scored.map { $0 * 53 % Int32(shape.vocabulary) }, head: table, budget: 256 << 20,
      statistics: false
    ).logps
    let length = scored.count / (2 * pairs)
    let sums = logps.runSums((0...2 * pairs).map { Int32($0 * length) })
    let margin = sums.strided(from: 0, by: 2) - sums.strided(from: 1, by: 2)
    return -(0.1 * margin).logSigmoid().mean()
  }

  /// Shortest times of `count` steps after one to warm up, and each one's rate as a share of `peer`'s, taken
  /// before and after it.
  mutating func times(_ count: Int, _ clock: Clock, peer: () -> Double = { 1 }) -> (
    forward: Double, backward: Double, update: Double, all: Double, shares: [Double]
  ) {
    var best = (Double.infinity, Double.infinity, Double.infinity, Double.infinity, [Double]())
    var before = peer()
    for step in 0...count {
      let start = clock.now
      let (middle, end) = derive(clock)
      update()
      let done = clock.now
      let after = peer()
      if step > 0 {
        best.0 = min(best.0, middle - start)
        best.1 = min(best.1, end - middle)
        best.2 = min(best.2, done - end)
        best.3 = min(best.3, done - start)
        best.4.append(work / (done - start) / ((before + after) / 2))
      }
      before = after
    }
    return best
  }

  /// Adds the gradients of one batch; returns when the forward and the backward pass were done.
  private mutating func derive(_ clock: Clock) -> (Double, Double) {
    let tape = Tape()
    let loss = loss(Weights(store, on: tape))
    let middle = clock.now
    tape.backward(from: loss, into: &gradients)
    return (middle, clock.now)
  }

  private mutating func update() {
    let norm = GradientNorm.norm(gradients)
    let context = UpdateContext(
      learningRate: 1e-6, gradientScale: GradientNorm.clipFactor(norm: norm, maximum: 1),
      segments: [ParameterSegment(range: 0..<store.count, decays: true)])
    optimizer.update(&store.values, gradients: gradients, context)
    gradients.fill(0)
  }
}
