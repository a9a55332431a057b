internal import Glibc
internal import PairwiseEvaluation
internal import PairwiseTensor

/// Hidden states of eighty personas with five traits each, which linear heads are to read off and to move.
///
/// States of 24 numbers: each trait in 0 … 1 along a direction of its own, orthogonal to the others; a style of each
/// persona; noise. Traits of a persona go together in part. Eight states a persona for training, and eighty other
/// personas for tests.
public struct PersonaStates: SeededStudy {
  public static let name = "persona_states"
  public static let summary = "traits of personas in hidden states: linear heads and shifts"
  public static let source = "Wang, Z. 2025, The Geometry of Persona, arXiv 2512.07092"

  static let traits = 5
  static let width = 24
  static let personas = 80
  public var seed = 0

  public init() {}

  public static let measures: [Measure] = [
    Measure("trait_error", "mean square error of traits of new personas", better: .lower),
    Measure("cosine", "mean cosine of a head's direction with the trait's", better: .higher),
    Measure(
      "off_target",
      "what a shift along a head's direction does to other traits, per unit of its own",
      better: .lower),
    Measure(
      "identity",
      "share of further states put down to the right persona; without a head for it, that of guesses",
      better: .higher),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case dual = "dual_head"
    case single = "trait_head"
    case means = "mean_difference"

    var summary: String {
      switch self {
      case .dual: "traits and identity together, directions held apart"
      case .single: "traits alone"
      case .means: "states of much of a trait less states of little"
      }
    }
  }

  private struct Sample {
    var states: [[Double]] = []
    var traits: [[Double]] = []
    var personas: [Int] = []
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var rng = SplitMix64(seed: UInt64(seed))
    let directions = Directions.orthogonal(Self.traits, width: Self.width, &rng)
    func personas() -> [(traits: [Double], style: [Double])] {
      (0..<Self.personas).map { _ in
        let common = rng.normal()
        return (
          (0..<Self.traits).map { _ in Logistic.sigmoid(0.7 * common + 1.2 * rng.normal()) },
          (0..<Self.width).map { _ in 0.3 * rng.normal() }
        )
      }
    }
    func draw(_ personas: [(traits: [Double], style: [Double])]) -> Sample {
      var sample = Sample()
      for (index, persona) in personas.enumerated() {
        for _ in 0..<8 {
          var state = persona.style.map { $0 + 0.2 * rng.normal() }
          for (trait, direction) in zip(persona.traits, directions) {
            for k in state.indices { state[k] += 3 * (trait - 0.5) * direction[k] }
          }
          sample.states.append(state)
          sample.traits.append(persona.traits)
          sample.personas.append(index)
        }
      }
      return sample
    }
    let known = personas()
    let (train, again, test) = (draw(known), draw(known), draw(personas()))
    var heads = TraitHeads(traits: Self.traits, personas: Self.personas, width: Self.width)
    heads.overlapWeight = name == .dual ? 0.1 : 0
    heads.identityWeight = name == .dual ? 1 : 0
    heads.train(train.states, train.traits, train.personas, steps: 200)
    var found = heads.directions
    if name == .means { found = try Self.meanDifferences(train) }
    let cosines = zip(found, directions).map { LinearProbe.cosine($0, $1) }
    let sideways = found.enumerated().map { index, direction -> Double in
      let moved = directions.map { dot(direction, $0) }
      let others = moved.indices.filter { $0 != index }.map { abs(moved[$0]) }
      return others.reduce(0, +) / Double(others.count) / max(abs(moved[index]), 1e-12)
    }
    return StudyOutcome([
      "trait_error": heads.error(test.states, test.traits),
      "cosine": cosines.reduce(0, +) / Double(cosines.count),
      "off_target": sideways.reduce(0, +) / Double(sideways.count),
      "identity": name == .dual
        ? heads.accuracy(again.states, again.personas) : 1 / Double(Self.personas),
    ])
  }

  private static func meanDifferences(_ sample: Sample) throws -> [[Double]] {
    try (0..<traits).map { trait in
      let isHigh = sample.traits.map { $0[trait] > 0.5 }
      let states = zip(sample.states, isHigh)
      return try SteeringDirection(
        positives: states.filter(\.1).map(\.0), negatives: states.filter { !$0.1 }.map(\.0)
      ).direction
    }
  }
}

/// A linear head for traits, t̂ = σ(W h + b), and one for who it is, a softmax over personas, trained together.
///
/// L = mean square error + η·cross-entropy + ζ·Σ_{i<j} cos²(wᵢ, wⱼ), by Adam at 0.05 on all rows.
struct TraitHeads {
  private let traits: Int
  private let personas: Int
  private let width: Int
  var identityWeight = 1.0
  var overlapWeight = 0.1
  /// W and b, then those of the personas; a row and its number each.
  private var values: [Double]

  init(traits: Int, personas: Int, width: Int) {
    (self.traits, self.personas, self.width) = (traits, personas, width)
    values = [Double](repeating: 0, count: (traits + personas) * (width + 1))
    // Equal rows of zeros would have no direction to hold apart.
    for trait in 0..<traits { values[trait * (width + 1) + trait % width] = 0.01 }
  }

  private func row(_ index: Int) -> ArraySlice<Double> {
    values[index * (width + 1)..<index * (width + 1) + width]
  }

  private func outputs(_ range: Range<Int>, _ state: [Double]) -> [Double] {
    range.map { dot(row($0), state) + values[$0 * (width + 1) + width] }
  }

  /// w of each trait.
  var directions: [[Double]] { (0..<traits).map { Array(row($0)) } }

  func error(_ states: [[Double]], _ truth: [[Double]]) -> Double {
    let squares = zip(states, truth).reduce(0.0) { sum, row in
      zip(outputs(0..<traits, row.0), row.1).reduce(sum) {
        let miss = Logistic.sigmoid($1.0) - $1.1
        return $0 + miss * miss
      }
    }
    return squares / Double(states.count * traits)
  }

  func accuracy(_ states: [[Double]], _ truth: [Int]) -> Double {
    let right = zip(states, truth).count { state, persona in
      let scores = outputs(traits..<traits + personas, state)
      return scores.indices.max { scores[$0] < scores[$1] } == persona
    }
    return Double(right) / Double(states.count)
  }

  mutating func train(
    _ states: [[Double]], _ truth: [[Double]], _ identities: [Int], steps: Int
  ) {
    var adam = Adam(unknowns: values.count, rate: 0.05)
    let n = Double(states.count)
    for _ in 0..<steps {
      var slope = [Double](repeating: 0, count: values.count)
      for (index, state) in states.enumerated() {
        for (trait, output) in outputs(0..<traits, state).enumerated() {
          let p = Logistic.sigmoid(output)
          let pull = 2 * (p - truth[index][trait]) * p * (1 - p) / (n * Double(traits))
          add(pull, state, at: trait, to: &slope)
        }
        if identityWeight > 0 {
          let shares = Softmax.of(outputs(traits..<traits + personas, state))
          for (persona, share) in shares.enumerated() {
            let miss = share - (identities[index] == persona ? 1 : 0)
            add(identityWeight * miss / n, state, at: traits + persona, to: &slope)
          }
        }
      }
      if overlapWeight > 0 { addOverlap(to: &slope) }
      adam.update(&values, slope)
    }
  }

  private func add(_ pull: Double, _ state: [Double], at row: Int, to slope: inout [Double]) {
    let base = row * (width + 1)
    for k in 0..<width { slope[base + k] += pull * state[k] }
    slope[base + width] += pull
  }

  /// ∂cos²/∂wᵢ = 2·cos·(wⱼ/(‖wᵢ‖‖wⱼ‖) − cos·wᵢ/‖wᵢ‖²).
  private func addOverlap(to slope: inout [Double]) {
    for i in 0..<traits {
      for j in 0..<traits where i != j {
        let (a, b) = (row(i), row(j))
        let (squareA, squareB) = (dot(a, a), dot(b, b))
        guard squareA > 0, squareB > 0 else { continue }
        let scale = 1 / (squareA * squareB).squareRoot()
        let cosine = dot(a, b) * scale
        for k in 0..<width {
          slope[i * (width + 1) + k] +=
            overlapWeight * 2 * cosine
            * (scale * b[b.startIndex + k] - cosine * a[a.startIndex + k] / squareA)
        }
      }
    }
  }
}

/// Random directions of hidden states.
enum Directions {
  /// A unit vector, every direction alike.
  static func unit(_ width: Int, _ rng: inout SplitMix64) -> [Double] {
    let drawn = (0..<width).map { _ in rng.normal() }
    let length = dot(drawn, drawn).squareRoot()
    return drawn.map { $0 / length }
  }

  /// Unit vectors that are orthogonal to each other.
  static func orthogonal(_ count: Int, width: Int, _ rng: inout SplitMix64) -> [[Double]] {
    var found: [[Double]] = []
    while found.count < count {
      let drawn = unit(width, &rng)
      let rest = found.reduce(drawn) { without($1, in: $0) }
      let length = dot(rest, rest).squareRoot()
      if length > 1e-6 { found.append(rest.map { $0 / length }) }
    }
    return found
  }

  /// A vector less its part along a unit direction.
  static func without(_ direction: [Double], in vector: [Double]) -> [Double] {
    let part = dot(vector, direction)
    return zip(vector, direction).map { $0 - part * $1 }
  }
}
