internal import Glibc
internal import PairwiseEvaluation
internal import PairwiseTensor

/// Concepts in hidden states: of thirty targets each has two references that it should be as close to as to the other.
///
/// Directions of 24 numbers. A target leans to its first reference by a share drawn from −0.8 … 0.8. States with a
/// concept lie 2 along its direction, in standard normal noise. The bias in behaviour is how much more a readout of the
/// target answers to 400 labelled states of one reference than of the other; the other way to find it has no test set,
/// only 400 states with each concept and 400 without.
public struct ConceptPairs: SeededStudy {
  public static let name = "concept_pairs"
  public static let summary = "bias of concepts by directions of probes, held against behaviour"
  public static let source = "Gao et al. 2025, BiasLens, arXiv 2505.15524"

  private static let width = 24
  public var seed = 0

  public init() {}

  public static let measures: [Measure] = [
    Measure("spearman", "rank correlation with the bias in behaviour, 30 targets", better: .higher)
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case probes
    case means = "mean_difference"
    case shuffled

    var summary: String {
      switch self {
      case .probes: "directions of logistic probes"
      case .means: "differences of means"
      case .shuffled: "probes of labels that say nothing"
      }
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var rng = SplitMix64(seed: UInt64(seed))
    func states(_ direction: [Double], _ count: Int) -> [[Double]] {
      (0..<count).map { _ in direction.map { 2 * $0 + rng.normal() } }
    }
    let nothing = [Double](repeating: 0, count: Self.width)
    func found(_ direction: [Double]) throws -> [Double] {
      let (with, without) = (states(direction, 400), states(nothing, 400))
      switch name {
      case .means:
        return try SteeringDirection(positives: with, negatives: without).direction
      case .probes:
        let labels = (0..<800).map { $0 < 400 }
        return try LinearProbe(states: with + without, labels: labels, penalty: 0.1).direction
      case .shuffled:
        let labels = (0..<800).map { $0.isMultiple(of: 2) }
        return try LinearProbe(states: with + without, labels: labels, penalty: 0.1).direction
      }
    }
    var (inside, outside) = ([Double](), [Double]())
    for _ in 0..<30 {
      let references = Directions.orthogonal(2, width: Self.width, &rng)
      let own = Directions.unit(Self.width, &rng)
      let lean = 1.6 * rng.uniform() - 0.8
      let mixed = zip(references[0], own).map { lean * $0 + (1 - lean * lean).squareRoot() * $1 }
      let length = dot(mixed, mixed).squareRoot()
      let target = mixed.map { $0 / length }
      let answers = references.map { reference in
        states(reference, 400).reduce(0) { $0 + dot(target, $1) } / 400
      }
      outside.append(abs(answers[0] - answers[1]))
      inside.append(
        LinearProbe.conceptBias(
          target: try found(target), first: try found(references[0]),
          second: try found(references[1])))
    }
    return StudyOutcome(["spearman": RankCorrelation.spearman(inside, outside) ?? 0])
  }
}
