internal import PairwiseEvaluation
internal import PairwiseTensor

/// Draws places from given probabilities.
struct ArmSampler {
  /// Sums of the probabilities up to and with each place; the last is 1.
  private let sums: [Double]
  private let probabilities: [Double]

  /// - Parameter weights: ≥ 0 with a positive sum.
  init(_ weights: [Double]) {
    let total = weights.reduce(0, +)
    probabilities = weights.map { $0 / total }
    var sum = 0.0
    sums = probabilities.map { probability in
      sum += probability
      return sum
    }
  }

  /// One draw of the generator.
  func draw(_ rng: inout SplitMix64) -> Int { place(rng.uniform()) }

  /// Any place but one, with the others' probabilities scaled up. One draw of the generator.
  func draw(otherThan excluded: Int, _ rng: inout SplitMix64) -> Int {
    let own = probabilities[excluded]
    let below = sums[excluded] - own
    var u = rng.uniform() * (1 - own)
    if u >= below { u += own }
    let found = place(u)
    guard found == excluded else { return found }
    // Rounding at an edge, or a probability of one: the neighbour.
    return excluded + 1 < sums.count ? excluded + 1 : excluded - 1
  }

  /// Two different places, the one first that somebody prefers who judges by Bradley and Terry. Three draws.
  func pair(_ rewards: [Double], _ rng: inout SplitMix64) -> (chosen: Int, rejected: Int) {
    let a = draw(&rng)
    let b = draw(otherThan: a, &rng)
    return rng.bernoulli(Logistic.sigmoid(rewards[a] - rewards[b])) ? (a, b) : (b, a)
  }

  /// The first place whose sum is above u.
  private func place(_ u: Double) -> Int {
    var (low, high) = (0, sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > u { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
