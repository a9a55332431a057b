internal import Glibc
internal import PairwiseEvaluation
internal import PairwiseTensor

/// Sixteen groups of units of which four carry a trait: which to shift, and how far, so that answers to a
/// questionnaire become those of a given person.
///
/// A state of eight numbers a group: the trait and another one, ±1, along directions with a cosine of 0.6, times the
/// group's strength (1.5 in four groups, below 0.15 in the others), in standard normal noise. The answer, in 0 … 1,
/// follows the trait's part of all groups. Probes see 200 states, the strength of the shift (0, 1, 2, 4, 6 or 8
/// deviations) is chosen on 20 questions, and 500 more are answered. The person answers 0.95 throughout.
public struct SteeredHeads: SeededStudy {
  public static let name = "steered_heads"
  public static let summary = "shifts of hidden states towards a person's answers"
  public static let source =
    "Zhu et al. 2024, PAS, arXiv 2408.11779; Handa et al. 2025, arXiv 2509.04794"

  private static let groups = 16
  private static let width = 8
  public var seed = 0

  public init() {}

  public static let measures: [Measure] = [
    Measure("alignment", "1 less the mean distance from the person's answers", better: .higher),
    Measure(
      "off_target", "how far the other trait moves, per unit of the trait itself", better: .lower),
    Measure("distance", "length of the shift over all groups", better: .lower),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case unchanged
    case best = "best_groups"
    case any = "random_groups"
    case purified

    var summary: String {
      switch self {
      case .unchanged: "no shift"
      case .best: "the four groups that a probe reads the trait off best"
      case .any: "four groups at random"
      case .purified: "the best groups, along directions without their part of the other trait"
      }
    }
  }

  /// A group's directions and strength.
  private struct Group {
    var trait: [Double]
    var other: [Double]
    var strength: Double
  }

  private static func fourGroups(_ rng: inout SplitMix64) -> [Int] {
    var found: [Int] = []
    while found.count < 4 {
      let next = rng.randint(groups)
      if !found.contains(next) { found.append(next) }
    }
    return found
  }

  private static func draw(
    _ groups: [Group], _ count: Int, _ rng: inout SplitMix64
  ) -> (states: [[[Double]]], trait: [Bool], other: [Bool]) {
    var states = [[[Double]]](repeating: [], count: groups.count)
    var (traits, others) = ([Bool](), [Bool]())
    for _ in 0..<count {
      let (trait, other) = (rng.bernoulli(0.5), rng.bernoulli(0.5))
      traits.append(trait)
      others.append(other)
      for (index, group) in groups.enumerated() {
        let parts = (
          trait ? group.strength : -group.strength, other ? group.strength : -group.strength
        )
        states[index].append(
          zip(group.trait, group.other).map { parts.0 * $0 + parts.1 * $1 + rng.normal() })
      }
    }
    return (states, traits, others)
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var rng = SplitMix64(seed: UInt64(seed))
    let carriers = Self.fourGroups(&rng)
    let groups = (0..<Self.groups).map { index -> Group in
      let pair = Directions.orthogonal(2, width: Self.width, &rng)
      return Group(
        trait: pair[0], other: zip(pair[0], pair[1]).map { 0.6 * $0 + 0.8 * $1 },
        strength: carriers.contains(index) ? 1.5 : 0.15 * rng.uniform())
    }
    let known = Self.draw(groups, 200, &rng)
    let chosen: [Int]
    switch name {
    case .unchanged: chosen = []
    case .any: chosen = Self.fourGroups(&rng)
    case .best, .purified:
      chosen = try LinearProbe.scores(groups: known.states, labels: known.trait, penalty: 0.1)
        .prefix(4).map(\.group)
    }
    var shifts = [[Double]](
      repeating: [Double](repeating: 0, count: Self.width), count: Self.groups)
    for group in chosen {
      let along = try Self.steering(known.states[group], by: known.trait)
      var shift = along.shift(1)
      if name == .purified {
        let other = try Self.steering(known.states[group], by: known.other)
        shift = Directions.without(other.direction, in: shift)
      }
      shifts[group] = shift
    }
    func alignment(_ states: [[[Double]]], _ strength: Double) -> Double {
      let rows = states[0].indices
      let misses = rows.reduce(0.0) { sum, row in
        let part = groups.indices.reduce(0.0) { total, group in
          let moved = zip(states[group][row], shifts[group]).map { $0 + strength * $1 }
          return total + groups[group].strength * dot(groups[group].trait, moved)
        }
        return sum + abs(0.95 - Logistic.sigmoid(part / 4))
      }
      return 1 - misses / Double(rows.count)
    }
    let questions = Self.draw(groups, 20, &rng).states
    let strengths = [0.0, 1, 2, 4, 6, 8].map { ($0, alignment(questions, $0)) }
    let strength = strengths.reduce(strengths[0]) { $1.1 > $0.1 ? $1 : $0 }.0
    func moved(_ direction: (Group) -> [Double]) -> Double {
      groups.indices.reduce(0) {
        $0 + groups[$1].strength * strength * dot(direction(groups[$1]), shifts[$1])
      }
    }
    let (own, other) = (moved(\.trait), moved(\.other))
    let length = shifts.reduce(0) { $0 + dot($1, $1) }.squareRoot() * strength
    return StudyOutcome([
      "alignment": alignment(Self.draw(groups, 500, &rng).states, strength),
      "off_target": own == 0 ? 0 : abs(other / own), "distance": length,
    ])
  }

  private static func steering(
    _ states: [[Double]], by labels: [Bool]
  ) throws -> SteeringDirection {
    let rows = zip(states, labels)
    return try SteeringDirection(
      positives: rows.filter(\.1).map(\.0), negatives: rows.filter { !$0.1 }.map(\.0))
  }
}
