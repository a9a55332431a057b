public import PairwiseConfig
internal import PairwiseTensor

/// T18, context: pairs of items whose preference a context of ±1 turns around, each judged under both.
public struct ContextReversal: PairProblem {
  public static let name = "context_reversal"
  public static let summary =
    "every pair twice, preferred one way and the other, as the context says"
  public static let source = "Pitis et al. 2024, arXiv 2407.14916"

  public let theta = [2, -1, 0.5]
  public let comparisons = 300
  public var seed = 81

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value(
      "seed", default: seed, .closed(0...1_000_000_000),
      "Start of the training comparisons; test comparisons come from the next.")
  }

  public static let measures: [Measure] = [.accuracy, .logLoss]

  public var truth: [TruthEntry] { [TruthEntry("theta", theta)] }

  /// Rows 2i and 2i + 1 are the same comparison under +1 and −1. Test comparisons come from the next seed.
  public func draw(_ split: ToySplit) -> ToyPairs {
    var rng = SplitMix64(seed: UInt64(seed + (split == .test ? 1 : 0)))
    var pairs = ToyPairs(width: 3)
    for _ in 0..<comparisons {
      let a = theta.map { _ in rng.normal() }
      let b = theta.map { _ in rng.normal() }
      for _ in theta { _ = rng.normal() }
      let prefersA = dot(theta, a) > dot(theta, b)
      for context in [1.0, -1] {
        var note = ToyPairs.Note()
        note.context = context
        let isFirst = prefersA == (context > 0)
        pairs.append(chosen: isFirst ? a : b, rejected: isFirst ? b : a, note)
      }
    }
    return pairs
  }

  /// The pairs as a bilinear reward r(x, c) = c·(w·x) sees them, with other contexts if given, `[n]`.
  public func bilinear(_ pairs: ToyPairs, contexts: [Double]? = nil) -> LinearPairs {
    let width = pairs.width
    return LinearPairs(
      pairs.differences.enumerated().map { place, value in
        value * (contexts?[place / width] ?? pairs.notes[place / width].context ?? 0)
      }, width: width)
  }
}
