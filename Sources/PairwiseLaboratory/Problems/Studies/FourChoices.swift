internal import Glibc
internal import PairwiseEvaluation
internal import PairwiseTensor

/// Four choices of a recipe, two ways each: what does each do to the reward on new prompts?
///
/// A prompt is a vector of four numbers, an answer one of ten, with a vector of four numbers of its own. The true reward
/// is linear in products of both, in the answer, and in products with the prompt's squares: 36 features, of which the
/// policy knows the first 20. 400 pairs of uniform answers to 60 prompts are labelled by Bradley and Terry, every
/// fourth label turned around in the worse data. DPO fits the pairs; PPO climbs the exact slope of E r̂ − β·KL of a
/// reward model fitted to them, with 20 features or with all 36, on the 60 prompts or on 340 more. β = 0.3.
public struct FourChoices: SeededStudy {
  public static let name = "four_choices"
  public static let summary = "data, algorithm, reward model and prompts of a recipe, two ways each"
  public static let source = "Ivison et al. 2024, arXiv 2406.09279"

  public var seed = 0

  public init() {}

  public static let measures: [Measure] = [
    Measure("effect", "what the better choice adds to the mean true reward", better: .neither),
    Measure(
      "effect_over_all", "the same over all sixteen runs, DPO's with each reward model and prompts",
      better: .neither),
  ]
  /// The choices; of reward models and prompts the effect is that on PPO, which alone uses them.
  public static let variants = Name.list

  enum Name: String, VariantName {
    case data, algorithm
    case rewardModel = "reward_model"
    case prompts

    var summary: String {
      switch self {
      case .data: "true labels, or a quarter of them turned around"
      case .algorithm: "PPO or DPO"
      case .rewardModel: "a reward model of 36 features or of 20"
      case .prompts: "340 more prompts without labels, or none"
      }
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    let recipe = try FourChoicesRecipe(seed: seed)
    var (levels, rewards) = ([[Bool]](), [Double]())
    var known: [[Bool]: Double] = [:]
    for cell in 0..<16 {
      let choice = (0..<4).map { cell >> $0 & 1 == 1 }
      // DPO has neither reward model nor further prompts.
      let run = choice[1] ? choice : [choice[0], false, false, false]
      let reward = try known[run] ?? recipe.reward(run)
      known[run] = reward
      levels.append(choice)
      rewards.append(reward)
    }
    let names = Name.allCases.map(\.rawValue)
    let index = Name.allCases.firstIndex(of: name) ?? 0
    let all = try FactorialEffects(factors: names, levels: levels, outcomes: rewards)
    var effect = all.terms[index + 1].effect
    if index > 1 {
      let rows = levels.indices.filter { levels[$0][1] }
      let own = try FactorialEffects(
        factors: [names[0], names[2], names[3]],
        levels: rows.map { [levels[$0][0], levels[$0][2], levels[$0][3]] },
        outcomes: rows.map { rewards[$0] })
      effect = own.terms[index].effect
    }
    return StudyOutcome(["effect": effect, "effect_over_all": all.terms[index + 1].effect])
  }
}

/// One draw of prompts, answers and labels, and what recipes make of it.
private struct FourChoicesRecipe {
  static let answers = 10
  static let beta = 0.3
  /// Features that the policy and the small reward model know.
  static let small = 20

  /// Prompts with labels, without, and for tests; φ of every answer, `[prompts][answers][36]`.
  private var labelled: [[[Double]]] = []
  private var further: [[[Double]]] = []
  private var test: [[[Double]]] = []
  private let theta: [Double]
  /// Features of pairs turned by their labels, true and partly turned around.
  private var clean: [Double] = []
  private var noisy: [Double] = []

  init(seed: Int) throws {
    var rng = SplitMix64(seed: UInt64(seed))
    let answers = (0..<Self.answers).map { _ in (0..<4).map { _ in rng.normal() } }
    func prompts(_ count: Int) -> [[[Double]]] {
      (0..<count).map { _ in
        let prompt = (0..<4).map { _ in rng.normal() }
        return answers.map { answer in
          let products = prompt.flatMap { x in answer.map { x * $0 } }
          let squares = prompt.flatMap { x in answer.map { (x * x - 1) / 2 * $0 } }
          return products + answer + squares
        }
      }
    }
    (labelled, further, test) = (prompts(60), prompts(340), prompts(200))
    theta = (0..<36).map { _ in 0.4 * rng.normal() }
    for _ in 0..<400 {
      let prompt = labelled[rng.randint(labelled.count)]
      let a = rng.randint(Self.answers)
      let b = (a + 1 + rng.randint(Self.answers - 1)) % Self.answers
      let pair = zip(prompt[a], prompt[b]).map { $0 - $1 }
      let isFirst = rng.bernoulli(Logistic.sigmoid(dot(theta, pair)))
      let isTurned = rng.bernoulli(0.25)
      clean += isFirst ? pair : pair.map { -$0 }
      noisy += isFirst != isTurned ? pair : pair.map { -$0 }
    }
  }

  /// Mean true reward on test prompts.
  ///
  /// - Parameter choice: better data, PPO, the larger reward model, further prompts.
  func reward(_ choice: [Bool]) throws -> Double {
    let pairs = LinearPairs(choice[0] ? clean : noisy, width: 36)
    let few = Array(0..<Self.small)
    let policy: [Double]
    if choice[1] {
      let features = choice[2] ? Array(0..<36) : few
      let learned = try pairs.selecting(features).fit(l2: 0.01)
      policy = climbed(learned, choice[3] ? labelled + further : labelled)
    } else {
      policy = try pairs.selecting(few).fit(l2: 0.01).map { $0 / Self.beta }
    }
    let sum = test.reduce(0.0) { sum, prompt in
      let p = Softmax.of(prompt.map { dot(policy, $0[..<Self.small]) })
      return sum + zip(p, prompt).reduce(0) { $0 + $1.0 * dot(theta, $1.1) }
    }
    return sum / Double(test.count)
  }

  /// The policy after 100 steps along the exact slope of E r̂ − β·KL from uniform.
  private func climbed(_ learned: [Double], _ prompts: [[[Double]]]) -> [Double] {
    let (small, answers) = (Self.small, Self.answers)
    var policy = [Double](repeating: 0, count: small)
    var adam = Adam(unknowns: small, rate: 0.1)
    let rewards = prompts.flatMap { $0.map { dot(learned, $0[..<learned.count]) } }
    // One list of what the policy sees, so that the loop runs along it.
    let known = prompts.flatMap { $0.flatMap { $0[..<small] } }
    for _ in 0..<100 {
      var slope = [Double](repeating: 0, count: small)
      let scores = products(known, policy)
      for prompt in prompts.indices {
        let rows = prompt * answers..<(prompt + 1) * answers
        let logps = Softmax.logarithms(Array(scores[rows]))
        let p = logps.map { exp($0) }
        let worth = zip(rewards[rows], logps).map { $0 - Self.beta * $1 }
        let mean = dot(p, worth)
        for (answer, row) in rows.enumerated() {
          let weight = -p[answer] * (worth[answer] - mean) / Double(prompts.count)
          for k in 0..<small { slope[k] += weight * known[row * small + k] }
        }
      }
      adam.update(&policy, slope)
    }
    return policy
  }

  /// Products of every row of features with a policy.
  private func products(_ rows: [Double], _ policy: [Double]) -> [Double] {
    let width = policy.count
    let (rows, policy) = (rows.span, policy.span)
    return (0..<rows.count / width).map { row in
      var sum = 0.0
      for k in 0..<width { sum += rows[row * width + k] * policy[k] }
      return sum
    }
  }
}
