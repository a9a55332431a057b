internal import Glibc
public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTensor

/// T11: a generative model retrained on samples that people picked out of K: three items exactly, and two
/// modes on a line with samples.
public struct KChoiceTabular: ToyProblem {
  public static let name = "kchoice_tabular"
  public static let summary =
    "retraining on the picked one of K samples, with and without real data"
  public static let source = "Ferbach et al. 2024, arXiv 2407.09499"

  /// p of the three items at the start, and their rewards.
  public let start = [0.5, 0.3, 0.2]
  public let rewards = [0.0, 1, 2]
  public var seed = 91
  public var generations = 20

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the samples.")
    generations = reader.value(
      "generations", default: generations, .closed(1...10_000), "How often it is retrained.")
  }

  public var truth: [TruthEntry] { [TruthEntry("limit", exp(2.0))] }

  /// The weight of the right one of two normal modes at ±2 (deviation 0.5, r(x) = −|x − 2|), generation by
  /// generation: of two samples one is kept, 1000 times, and the weight is fitted to what was kept.
  ///
  /// - Parameter curated: λ, curated samples for each real one; nil: no real data. The real weight is ½.
  /// - Returns: the weights after each generation.
  public func modeWeights(
    generations: Int, curated: Double? = nil, samples: Int = 1000
  ) -> [Double] {
    var rng = SplitMix64(seed: UInt64(seed))
    var weight = 0.5
    return (0..<generations).map { _ in
      var responsibility = 0.0
      for _ in 0..<samples {
        let first = sample(weight, &rng)
        let second = sample(weight, &rng)
        let prefersFirst = Logistic.sigmoid(reward(first) - reward(second))
        let kept = rng.bernoulli(prefersFirst) ? first : second
        // Modes eight deviations apart: which one a sample came from is never in doubt.
        if kept > 0 { responsibility += 1 }
      }
      let share = responsibility / Double(samples)
      weight = curated.map { (0.5 + $0 * share) / (1 + $0) } ?? share
      return weight
    }
  }

  private func sample(_ weight: Double, _ rng: inout SplitMix64) -> Double {
    let centre: Double = rng.bernoulli(weight) ? 2 : -2
    return centre + 0.5 * rng.normal()
  }

  private func reward(_ x: Double) -> Double { -abs(x - 2) }
}
