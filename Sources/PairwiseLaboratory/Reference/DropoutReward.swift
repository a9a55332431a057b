internal import Glibc
public import PairwiseEvaluation
internal import PairwiseTensor

/// A small reward network with dropout, h = relu(W·x + b) and r = v·h, trained with the contrastive term.
///
/// Every batch is encoded twice under different masks: the preference loss is the mean over both, and the
/// contrastive term is taken between them.
///
/// - Source: Wang et al. 2024, arXiv 2401.06080.
public struct DropoutReward: Sendable {
  public struct Options: Sendable, Equatable {
    public var hidden = 32
    /// Chance that a unit is left out.
    public var dropout = 0.1
    /// β of the contrastive term; 0 trains the preference loss alone.
    public var contrast = 0.1
    public var temperature = 0.05
    public var epochs = 30
    public var batch = 50
    public var rate = 0.01
    public var seed: UInt64 = 7

    public init() {}
  }

  private let width: Int
  private let hidden: Int
  /// W `[H, D]`, then b `[H]`, then v `[H]`.
  private var point: [Double]

  /// - Throws: as the contrastive term, for encodings of zeros: a network whose units have all died.
  public init(fitting pairs: ToyPairs, _ options: Options = Options()) throws(EvaluationError) {
    (width, hidden) = (pairs.width, options.hidden)
    var rng = SplitMix64(seed: options.seed)
    let scale = (2 / Double(width)).squareRoot()
    point = (0..<hidden * width).map { _ in scale * rng.normal() }
    point += [Double](repeating: 0.1, count: hidden)
    point += (0..<hidden).map { _ in rng.normal() / Double(hidden).squareRoot() }
    var adam = Adam(unknowns: point.count, rate: options.rate)
    for _ in 0..<options.epochs {
      var order = Array(0..<pairs.count)
      for place in order.indices.reversed() { order.swapAt(place, rng.randint(place + 1)) }
      for start in stride(from: 0, to: order.count, by: options.batch) {
        let rows = order[start..<min(start + options.batch, order.count)]
        let inputs = rows.flatMap { [Array(pairs.chosen($0)), Array(pairs.rejected($0))] }
        let slope = try slope(inputs, options, &rng)
        adam.update(&point, slope)
      }
    }
  }

  private func encode(_ x: [Double], keeping mask: [Double]? = nil) -> [Double] {
    (0..<hidden).map { unit in
      let sum = dot(point[unit * width..<(unit + 1) * width], x) + point[hidden * width + unit]
      return max(0, sum) * (mask?[unit] ?? 1)
    }
  }

  /// r(x), without dropout.
  public func score(_ x: [Double]) -> Double { dot(encode(x), point.suffix(hidden)) }

  /// Share of pairs told right, and the mean cosine between chosen and rejected encodings.
  public func measured(_ pairs: ToyPairs) -> (accuracy: Double, cosine: Double) {
    var (right, cosine) = (0, 0.0)
    for row in 0..<pairs.count {
      let (chosen, rejected) = (
        encode(Array(pairs.chosen(row))), encode(Array(pairs.rejected(row)))
      )
      let head = point.suffix(hidden)
      if dot(chosen, head) > dot(rejected, head) { right += 1 }
      let lengths = (dot(chosen, chosen) * dot(rejected, rejected)).squareRoot()
      cosine += lengths > 0 ? dot(chosen, rejected) / lengths : 0
    }
    return (Double(right) / Double(pairs.count), cosine / Double(pairs.count))
  }

  /// The gradient of a batch; inputs are chosen and rejected in turn.
  private func slope(
    _ inputs: [[Double]], _ options: Options, _ rng: inout SplitMix64
  ) throws(EvaluationError) -> [Double] {
    var masks: [[[Double]]] = []
    for _ in 0..<2 {
      masks.append(
        inputs.map { _ in
          (0..<hidden).map { _ in rng.bernoulli(options.dropout) ? 0 : 1 / (1 - options.dropout) }
        })
    }
    let states = masks.map { zip(inputs, $0).map { encode($0, keeping: $1) } }
    var slopes = [Double](repeating: 0, count: point.count)
    var pulls = states.map { $0.map { _ in [Double](repeating: 0, count: hidden) } }
    if options.contrast > 0 {
      let contrast = try ContrastiveSpread(states[0], states[1], temperature: options.temperature)
      pulls[0] = contrast.firstSlopes.map { $0.map { $0 * options.contrast } }
      pulls[1] = contrast.secondSlopes.map { $0.map { $0 * options.contrast } }
    }
    let head = Array(point.suffix(hidden))
    let outputs = hidden * width + hidden
    for (pass, encoded) in states.enumerated() {
      for pair in stride(from: 0, to: encoded.count, by: 2) {
        let gap = dot(encoded[pair], head) - dot(encoded[pair + 1], head)
        // Means over pairs and over both passes.
        let pull = -Logistic.sigmoid(-gap) / Double(encoded.count)
        for unit in 0..<hidden {
          slopes[outputs + unit] += pull * (encoded[pair][unit] - encoded[pair + 1][unit])
          pulls[pass][pair][unit] += pull * head[unit]
          pulls[pass][pair + 1][unit] -= pull * head[unit]
        }
      }
      for row in encoded.indices {
        for unit in 0..<hidden where encoded[row][unit] > 0 {
          let inner = pulls[pass][row][unit] * masks[pass][row][unit]
          slopes[hidden * width + unit] += inner
          for k in 0..<width { slopes[unit * width + k] += inner * inputs[row][k] }
        }
      }
    }
    return slopes
  }
}
