internal import PairwiseTensor

/// How tokens are chosen.
public struct GenerationOptions: Sendable, Equatable {
  /// Most new tokens of a completion.
  public var maxNewTokens: Int
  /// Divides the logits; 0 always takes the most likely token.
  public var temperature: Double
  /// Draws from the smallest set of most likely tokens whose probability is at least this.
  public var topP: Double
  public var seed: UInt64

  public init(
    maxNewTokens: Int = 128, temperature: Double = 0, topP: Double = 1, seed: UInt64 = 0
  ) {
    (self.maxNewTokens, self.temperature) = (maxNewTokens, temperature)
    (self.topP, self.seed) = (topP, seed)
  }
}

/// Draws one sequence's tokens: a function of its logits and its own stream of random numbers, so that
/// what a sequence gets does not depend on its neighbours.
struct Sampler {
  private let options: GenerationOptions
  private var random: CounterRandom

  init(_ options: GenerationOptions, index: Int) {
    self.options = options
    random = CounterRandom(seed: options.seed, stream: "generate/\(index)")
  }

  /// The next token from logits `[V]`.
  mutating func next(_ logits: Span<Float>) -> Int32 {
    var best = 0
    for i in 1..<max(1, logits.count) where logits[i] > logits[best] { best = i }
    if options.temperature == 0 { return Int32(best) }
    let top = Double(logits[best])
    var weights: [Double] = []
    weights.reserveCapacity(logits.count)
    var total = 0.0
    for i in 0..<logits.count {
      let weight = exponential((Double(logits[i]) - top) / options.temperature)
      weights.append(weight)
      total += weight
    }
    // Logits of a model that has diverged.
    guard total.isFinite else { return Int32(best) }
    let draw = random.uniform() * total
    if options.topP >= 1 { return pick(weights, in: nil, at: draw) }
    // The most likely tokens, until they hold enough; equal ones in order of their ids. Those below the
    // threshold hold less than 1 − p together, so none of them is needed.
    let threshold = (1 - options.topP) * total / Double(weights.count)
    let order = weights.indices.filter { weights[$0] >= threshold }.sorted {
      weights[$0] != weights[$1] ? weights[$0] > weights[$1] : $0 < $1
    }
    var (kept, held) = (0, 0.0)
    while kept < order.count, held < options.topP * total {
      held += weights[order[kept]]
      kept += 1
    }
    return pick(weights, in: Array(order[..<max(1, kept)]), at: draw / total * held)
  }

  private func pick(_ weights: [Double], in order: [Int]?, at draw: Double) -> Int32 {
    var left = draw
    let count = order?.count ?? weights.count
    for place in 0..<count {
      let token = order?[place] ?? place
      left -= weights[token]
      if left < 0 { return Int32(token) }
    }
    return Int32(order?[count - 1] ?? count - 1)
  }

  private func exponential(_ x: Double) -> Double { exp(x) }
}

#if canImport(Glibc)
  internal import Glibc
#endif
