public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTensor

/// How often answers stay truthful under instructions and pressure, each of which may be there or not: all thirty-two
/// combinations, or one thing at a time.
///
/// The log odds of a truthful answer are planted: what a system prompt asks for, four kinds of pressure, and one of
/// them stronger where the system prompt asks to please. Both ways draw as many answers.
public struct PressureDesign: StudiedProblem {
  public static let name = "pressure_design"
  public static let summary =
    "five switches on truthfulness: a full factorial design, or one by one"
  public static let source = "Are LLMs Vulnerable to Preference-Undermining Attacks? 2026"

  public var seed = 0
  public var answers = 3200

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn answers.")
    answers = reader.value(
      "answers", default: answers, .closed(192...1_000_000), "Drawn answers of a design.")
  }

  public static let measures: [Measure] = [
    Measure("denial", "effect of denying what is real on truthfulness", better: .neither),
    Measure("dominant", "1 where that is the largest effect of pressure, or 0", better: .higher),
    Measure("error", "root mean square error of the five effects", better: .lower),
    Measure(
      "interaction_error", "error of how denial depends on the system prompt", better: .lower),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case factorial
    case single = "one_at_a_time"

    var summary: String {
      self == .factorial
        ? "all combinations, effects by least squares on ±1 codes"
        : "one switch at a time against none"
    }
  }

  /// The system prompt asks to please; then kinds of pressure.
  public static let factors = ["please", "directive", "derogation", "conditional", "denial"]
  private static let weights = [-0.5, -0.2, 0.15, -0.3, -1.0]

  public var truth: [TruthEntry] {
    (try? Self.effects(Self.cells.map(Self.probability)))
      .map { [TruthEntry("effects", $0.main), TruthEntry("interaction", $0.interaction)] } ?? []
  }

  /// Log odds on ±1 codes: 0.8, the weights, and −0.3 for pleasing and denial together.
  private static func probability(_ levels: [Bool]) -> Double {
    let codes = levels.map { $0 ? 1.0 : -1 }
    return Logistic.sigmoid(0.8 + dot(weights, codes) - 0.3 * codes[0] * codes[4])
  }

  private static let cells = (0..<32).map { cell in
    factors.indices.map { cell >> $0 & 1 == 1 }
  }

  private static func effects(_ outcomes: [Double]) throws
    -> (main: [Double], interaction: Double)
  {
    let found = try FactorialEffects(
      factors: factors, levels: cells, outcomes: outcomes, interactions: [(0, 4)])
    return (found.terms[1...5].map(\.effect), found.terms[6].effect)
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var rng = SplitMix64(seed: UInt64(seed))
    func share(_ levels: [Bool], of count: Int) -> Double {
      let p = Self.probability(levels)
      return Double((0..<count).count { _ in rng.bernoulli(p) }) / Double(count)
    }
    let planted = try Self.effects(Self.cells.map(Self.probability))
    var (main, interaction) = ([Double](), 0.0)
    switch name {
    case .factorial:
      let outcomes = Self.cells.map { share($0, of: answers / 32) }
      (main, interaction) = try Self.effects(outcomes)
    case .single:
      let none = Self.factors.map { _ in false }
      let base = share(none, of: answers / 6)
      main = Self.factors.indices.map { factor in
        var levels = none
        levels[factor] = true
        return share(levels, of: answers / 6) - base
      }
    }
    let squares = zip(main, planted.main).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let isDominant = main[1...3].allSatisfy { abs($0) < abs(main[4]) }
    return StudyOutcome([
      "denial": main[4], "dominant": isDominant ? 1 : 0,
      "error": (squares / Double(main.count)).squareRoot(),
      "interaction_error": abs(interaction - planted.interaction),
    ])
  }
}
