import PairwiseOptim
import PairwiseTensor
import Testing

/// Double-precision references written from the formulas of the papers, one element at a time.
struct OptimizerTests {
  private let gradients: [[Double]] = [
    [0.5, -0.25, 1e-4], [0.1, 0.75, -3e-4], [-0.4, 0.2, 2e-4],
  ]
  private let start: [Double] = [1, -2, 0.5]

  private func context(_ rate: Double, scale: Float = 1, decays: Bool = true) -> UpdateContext {
    UpdateContext(
      learningRate: rate, gradientScale: scale,
      segments: [ParameterSegment(range: 0..<3, decays: decays)])
  }

  /// Float32 keeps 7 digits; three steps of a handful of operations lose at most a few of the last one.
  private func expectClose(
    _ values: Tensor, _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (value, want) in zip(values.array, expected) {
      #expect(
        abs(Double(value) - want) <= 4e-7 * max(1, abs(want)), "\(value), expected \(want)",
        sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: [0.0, 0.1]) func adamWFollowsItsFormula(decay: Double) {
    var values = Tensor(start.map { Float($0) })
    var optimizer = AdamW(parameterCount: 3, weightDecay: decay)
    var (p, m, v) = (start, [0.0, 0, 0], [0.0, 0, 0])
    for (index, gradient) in gradients.enumerated() {
      optimizer.update(&values, gradients: Tensor(gradient.map { Float($0) }), context(0.01))
      let t = Double(index + 1)
      for i in 0..<3 {
        p[i] *= 1 - 0.01 * decay
        m[i] = 0.9 * m[i] + 0.1 * gradient[i]
        v[i] = 0.999 * v[i] + 0.001 * gradient[i] * gradient[i]
        let mHat = m[i] / (1 - power(0.9, t))
        let vHat = v[i] / (1 - power(0.999, t))
        p[i] -= 0.01 * mHat / (vHat.squareRoot() + 1e-8)
      }
    }
    expectClose(values, p)
    #expect(optimizer.stepCount == 3)
  }

  /// Runs of parameters with rates of their own move as under an optimizer with that rate and decay.
  @Test(arguments: ["adamw", "sgd"]) func runsHaveTheirOwnRates(name: String) {
    func optimizer() -> any Optimizer {
      name == "sgd"
        ? SGD(parameterCount: 3, momentum: 0.9, weightDecay: 0.1)
        : AdamW(parameterCount: 3, weightDecay: 0.1)
    }
    var (whole, parts) = (optimizer(), (slow: optimizer(), fast: optimizer()))
    var values = Tensor(start.map { Float($0) })
    var (slow, fast) = (Tensor(start.map { Float($0) }), Tensor(start.map { Float($0) }))
    let segments = [
      ParameterSegment(range: 0..<1, decays: true),
      ParameterSegment(range: 1..<3, decays: true, weightDecay: 0, rateFactor: 4),
    ]
    for gradient in gradients.map({ Tensor($0.map { Float($0) }) }) {
      whole.update(
        &values, gradients: gradient,
        UpdateContext(learningRate: 0.01, gradientScale: 1, segments: segments))
      parts.slow.update(&slow, gradients: gradient, context(0.01))
      parts.fast.update(&fast, gradients: gradient, context(0.04, decays: false))
    }
    #expect(values.array == [slow.array[0]] + fast.array[1...])
    #expect(fast.array[1] != slow.array[1])
  }

  private func power(_ base: Double, _ exponent: Double) -> Double {
    (0..<Int(exponent)).reduce(1) { result, _ in result * base }
  }

  /// The first step of AdamW moves every parameter by the rate, whatever the gradient's size.
  @Test func firstStepHasTheSizeOfTheRate() {
    var values = Tensor(start.map { Float($0) })
    var optimizer = AdamW(parameterCount: 3)
    optimizer.update(&values, gradients: Tensor([0.5, -0.25, 1e-4]), context(0.01))
    expectClose(values, [0.99, -1.99, 0.49 + 1e-6])
  }

  @Test(arguments: [false, true]) func sgdFollowsItsFormula(nesterov: Bool) {
    var values = Tensor(start.map { Float($0) })
    var optimizer = SGD(parameterCount: 3, momentum: 0.9, weightDecay: 0.01, nesterov: nesterov)
    var (p, b) = (start, [0.0, 0, 0])
    for gradient in gradients {
      optimizer.update(&values, gradients: Tensor(gradient.map { Float($0) }), context(0.1))
      for i in 0..<3 {
        let g = gradient[i] + 0.01 * p[i]
        b[i] = 0.9 * b[i] + g
        p[i] -= 0.1 * (nesterov ? g + 0.9 * b[i] : b[i])
      }
    }
    expectClose(values, p)
  }

  @Test func segmentsWithoutDecayKeepTheirSize() {
    var values = Tensor([1, 1, 1])
    var optimizer = AdamW(parameterCount: 3, weightDecay: 0.5)
    let context = UpdateContext(
      learningRate: 0.1, gradientScale: 1,
      segments: [.init(range: 0..<1, decays: true), .init(range: 1..<3, decays: false)])
    optimizer.update(&values, gradients: .zeros([3]), context)
    #expect(values.array == [0.95, 1, 1])
  }

  @Test func clippingScalesTheGradient() {
    var clipped = Tensor([1, 1, 1])
    var plain = Tensor([1, 1, 1])
    var a = SGD(parameterCount: 3)
    var b = SGD(parameterCount: 3)
    a.update(&clipped, gradients: Tensor([2, 4, 8]), context(0.1, scale: 0.25))
    b.update(&plain, gradients: Tensor([0.5, 1, 2]), context(0.1))
    #expect(clipped == plain)
  }

  @Test func restoredStateGoesOnWithTheSameBits() {
    var values = Tensor(start.map { Float($0) })
    var optimizer = AdamW(parameterCount: 3, weightDecay: 0.1)
    optimizer.update(&values, gradients: Tensor([0.5, -0.25, 1e-4]), context(0.01))
    var copy = AdamW(parameterCount: 3, weightDecay: 0.1)
    // Copies, as a file would give: an update demands that nobody shares its state.
    let saved = optimizer.state.map { ($0.name, Tensor($0.tensor.array)) }
    copy.restore(Dictionary(uniqueKeysWithValues: saved), stepCount: 1)
    var other = Tensor(values.array)
    optimizer.update(&values, gradients: Tensor([0.1, 0.75, -3e-4]), context(0.01))
    copy.update(&other, gradients: Tensor([0.1, 0.75, -3e-4]), context(0.01))
    #expect(values == other)
  }

  @Test func sharedParametersAreRefused() async {
    await #expect(processExitsWith: .failure) {
      var values = Tensor([1, 2, 3])
      let alias = values
      var optimizer = SGD(parameterCount: 3)
      optimizer.update(
        &values, gradients: .zeros([3]),
        UpdateContext(learningRate: 0.1, gradientScale: 1, segments: []))
      _ = alias.count
    }
  }

  @Test func normIsTheSameForAnyThreadCount() {
    let gradients = Tensor((0..<200_000).map { Float($0 % 977) * 1e-3 - 0.4 })
    let expected = gradients.array.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    let before = WorkerPool.shared.threads
    defer { WorkerPool.shared.setThreads(before) }
    var norms: Set<Double> = []
    for threads in [1, 2, 5] {
      WorkerPool.shared.setThreads(threads)
      norms.insert(GradientNorm.norm(gradients))
    }
    #expect(norms.count == 1)
    // Sums in double: the order of adding shows in the last digits only.
    #expect(abs((norms.first ?? 0) - expected) < 1e-12 * expected)
  }

  @Test func clipFactorIsTorchs() {
    #expect(GradientNorm.clipFactor(norm: 2, maximum: 1) == Float(1 / (2 + 1e-6)))
    #expect(GradientNorm.clipFactor(norm: 0.5, maximum: 1) == 1)
    #expect(GradientNorm.clipFactor(norm: 5, maximum: 0) == 1)
  }
}
