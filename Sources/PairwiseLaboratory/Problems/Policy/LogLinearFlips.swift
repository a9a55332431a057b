public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseTensor

/// A policy log-linear in features learns from labels of which some are turned around.
///
/// Each of P prompts has V completions with features φ ~ N(0, I/D); the reward is θ*·φ. A pair is a prompt, two of
/// its completions, a label by Bradley and Terry and a flip, five numbers of one stream: another flip rate turns
/// labels of the same pairs around. With β as in the problem the best θ is θ*/β, so that β·θ is held to θ*.
public struct LogLinearFlips: ComparableProblem {
  public static let name = "log_linear_flips"
  public static let summary =
    "a policy log-linear in five features, a known reward, labels turned around at a given rate"
  public static let source = "Chowdhury et al. 2024, Provably Robust DPO, arXiv 2403.00409"

  public var seed = 0
  public var pairs = 10_000
  public var testPairs = 1000
  /// Chance that a training label is turned around, 0 ..< 0.5.
  public var flipRate = 0.2
  public var prompts = 50
  public var responses = 8
  public var width = 5
  /// ‖θ*‖.
  public var norm = 3.0
  /// β of the objectives.
  public var beta = 1.0

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of features, θ* and pairs.")
    pairs = reader.value("pairs", default: pairs, .closed(ToySize.rows), "Training pairs.")
    testPairs = reader.value(
      "test_pairs", default: testPairs, .closed(ToySize.rows), "Held-out pairs, clean labels.")
    flipRate = reader.value(
      "flip_rate", default: flipRate, .range(0..<0.5), "Share of training labels turned around.")
    prompts = reader.value("prompts", default: prompts, .closed(1...4096), "Number of prompts.")
    responses = reader.value(
      "responses", default: responses, .closed(2...256), "Completions of a prompt.")
    width = reader.value("width", default: width, .closed(1...256), "Features of a completion.")
    norm = reader.value("norm", default: norm, .greater(than: 0), "Length of θ*.")
    beta = reader.value(
      "beta", default: beta, .greater(than: 0), "β of the objectives: θ*/β is to be found.")
    if prompts * responses * width > 4_000_000 {
      reader.report("prompts", "times responses times width must be at most 4000000")
    }
  }

  public static let measures = [
    Measure("parameter_error", "‖β·θ − θ*‖ of what was learned", better: .lower),
    Measure("suboptimality", "reward of the best policy less that of this one", better: .lower),
    .regret, .reward, .winRate,
    Measure("agreement", "share of pairs of completions ordered as by the reward", better: .higher),
    .kl,
  ]

  public var truth: [TruthEntry] { [TruthEntry("theta", world.theta)] }

  /// What a seed fixes before any pair is drawn.
  private struct World {
    /// φ, `[P][V][D]`, and θ*.
    var features: [[[Double]]] = []
    var theta: [Double] = []
    var rng: SplitMix64
  }

  private var world: World {
    var world = World(rng: SplitMix64(seed: UInt64(seed)))
    let scale = 1 / Double(width).squareRoot()
    world.features = (0..<prompts).map { _ in
      (0..<responses).map { _ in (0..<width).map { _ in scale * world.rng.normal() } }
    }
    let direction = (0..<width).map { _ in world.rng.normal() }
    let length = max(Newton.length(direction), 1e-12)
    world.theta = direction.map { $0 / length * norm }
    return world
  }

  public func trial() -> Trial {
    let world = world
    let theta = world.theta
    let rewards = world.features.map { $0.map { dot($0, theta) } }
    let options = TabularPolicyOptions(
      completions: ChoicePairs.names("y", responses), prompts: ChoicePairs.names("x", prompts),
      promptFeatures: world.features.map { $0.map { $0.map { Float($0) } } })
    var choices = ChoicePairs(prompts: options.prompts, completions: options.completions)
    var rng = world.rng
    for row in 0..<pairs + testPairs {
      if row == pairs { choices.beginTest() }
      let prompt = rng.randint(prompts)
      let a = rng.randint(responses)
      let b = (a + 1 + rng.randint(responses - 1)) % responses
      let prefersA = rng.bernoulli(Logistic.sigmoid(rewards[prompt][a] - rewards[prompt][b]))
      let isFlipped = rng.bernoulli(flipRate) && row < pairs
      let isFirst = prefersA != isFlipped
      choices.append(prompt: prompt, chosen: isFirst ? a : b, rejected: isFirst ? b : a)
    }
    let truth = PolicyTruth(rewards: rewards, beta: beta)
    let (best, scale) = (truth.reward(truth.best), beta)
    return .tabular(choices, options) { policy in
      let error = zip(policy.values, theta).map { scale * Double($0) - $1 }
      let logps = policy.logProbabilities
      let reward = truth.reward(logps)
      return [
        "parameter_error": Newton.length(error), "suboptimality": best - reward,
        "regret": truth.regret(logps), "reward": reward, "win_rate": truth.winRate(logps),
        "agreement": truth.agreement(logps), "kl": truth.divergence(logps),
      ]
    }
  }
}
