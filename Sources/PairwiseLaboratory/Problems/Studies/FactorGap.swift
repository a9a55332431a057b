internal import Glibc
internal import PairwiseEvaluation
internal import PairwiseTensor

/// A writer that knows better than it writes: its answers are long where people want them right, while its judgements
/// of answers are nearly those of people.
///
/// Answers have six factors of four levels; 60 prompts with 12 answers each. People judge by weights drawn for each
/// factor, the writer's judgements by nearly the same. Its log-probs follow length three times as much as anything
/// else, and the rest of its weights have nothing to do with people's. Guided by itself, it is trained by DPO on pairs
/// that it has judged.
public struct FactorGap: SeededStudy {
  public static let name = "factor_gap"
  public static let summary = "what a writer prefers when it writes, and when it judges"
  public static let source = "Oh et al. 2024, PROFILE, arXiv 2410.06965"

  public var seed = 0

  public init() {}

  public static let measures: [Measure] = [
    Measure(
      "alignment", "Kendall's τ of its scores of the factors with people's", better: .higher),
    Measure("agreement", "share of pairs that it orders as people do", better: .higher),
    Measure("length_score", "its score of length less people's, τ_b", better: .neither),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case generation, evaluation
    case guided = "self_guided"

    var summary: String {
      switch self {
      case .generation: "what it writes: the likelier of two answers is preferred"
      case .evaluation: "what it judges to be better"
      case .guided: "what it writes after training on what it judged"
      }
    }
  }

  public static let factors = ["length", "facts", "purpose", "clarity", "tone", "lists"]

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var rng = SplitMix64(seed: UInt64(seed))
    let width = Self.factors.count
    let people = (0..<width).map { $0 == 0 ? -0.2 : 1.2 * rng.uniform() }
    let judge = people.map { $0 + 0.15 * rng.normal() }
    let writer = (0..<width).map { $0 == 0 ? 1.5 : 0.5 * rng.normal() }
    let answers = (0..<60).map { _ in
      (0..<12).map { _ in (0..<width).map { _ in Double(rng.randint(4)) } }
    }
    // Pairs of one prompt, as differences of factors.
    let pairs = answers.flatMap { answers in
      (0..<10).map { _ -> [Double] in
        let a = rng.randint(answers.count)
        let b = (a + 1 + rng.randint(answers.count - 1)) % answers.count
        return zip(answers[a], answers[b]).map { $0 - $1 }
      }
    }
    func judged(_ weights: [Double]) -> [Bool] {
      pairs.map { rng.bernoulli(Logistic.sigmoid(dot(weights, $0))) }
    }
    let (wanted, own) = (judged(people), judged(judge))
    let verdicts: [Bool]
    switch name {
    case .generation: verdicts = pairs.map { dot(writer, $0) > 0 }
    case .evaluation: verdicts = own
    case .guided:
      // DPO of a policy that is log-linear in the factors, β = 0.2: what is fitted is added to its log-probs.
      let theta = try LinearPairs(
        zip(pairs, own).flatMap { pair, isFirst in isFirst ? pair : pair.map { -$0 } },
        width: width
      ).fit(l2: 1e-3)
      let trained = zip(writer, theta).map { $0 + $1 / 0.2 }
      verdicts = pairs.map { dot(trained, $0) > 0 }
    }
    let profile = try FactorProfile(names: Self.factors, differences: pairs, firstWins: verdicts)
    let theirs = try FactorProfile(names: Self.factors, differences: pairs, firstWins: wanted)
    let agree = zip(verdicts, pairs).count { $0 == (dot(people, $1) > 0) }
    return StudyOutcome([
      "alignment": try profile.alignment(with: theirs).kendall ?? 0,
      "agreement": Double(agree) / Double(pairs.count),
      "length_score": profile.factors[0].tauB - theirs.factors[0].tauB,
    ])
  }
}
