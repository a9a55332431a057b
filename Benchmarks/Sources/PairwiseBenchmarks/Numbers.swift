import Pairwise

enum Numbers {
  /// Uniform in −2…2, the same every time.
  static func random(_ shape: Shape, _ seed: UInt64) -> Tensor {
    var random = CounterRandom(seed: seed, stream: "benchmarks")
    return Tensor(shape) { span in
      for i in 0..<span.count { span[i] = Float(random.uniform()) * 4 - 2 }
    }
  }

  /// Uniform in 0.1…1.1.
  static func positive(_ shape: Shape) -> Tensor { random(shape, 3).scaled(by: 0.25).adding(0.6) }

  /// Uses a result, so that the work isn't optimised away.
  @inline(never) static func keep(_ x: Variable) {}
}
