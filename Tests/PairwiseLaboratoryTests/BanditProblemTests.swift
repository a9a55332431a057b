import Glibc
import PairwiseConfig
import PairwiseData
import PairwiseEvaluation
import PairwiseLaboratory
import PairwiseModels
import Testing

/// The bandits among the policy problems, against the pilots of policy objectives §12 and against theory.
@Suite("Bandit problems")
struct BanditProblemTests {
  /// Pilot: the misaligned start earns 0.040; offline DPO, IPO and best-of-n end at 0.870, 0.900 and 0.931 where
  /// data are, and at 0.234, 0.350 and 0.348 where they are not.
  @Test("offline training is held back where data are scarce")
  func hundredArms() throws {
    var problem = HundredArms()
    agree(HundredArms.data.reduce(0, +), 1, within: 1e-12)
    agree(problem.truth[0].values[0], 0.040, within: 0.01)
    for objective in [
      "{name: dpo, beta: 0.05}", "{name: ipo, beta: 0.05}",
      "{name: sft, nll_reduction: token_mean}",
    ] {
      func reward(_ peak: Int) throws -> Double {
        problem.peak = peak
        return means(
          try (0..<3).map { seed in
            problem.seed = seed
            return try problem.trial().trained(objective, Recipe(steps: 200, rate: 0.05))
          })["reward"] ?? .nan
      }
      let (aligned, misaligned) = (try reward(20), try reward(70))
      #expect(aligned > 0.8, "\(objective): \(aligned)")
      #expect(misaligned < 0.6, "\(objective): \(misaligned)")
    }
    #expect(problem.reward(prompt: "", completion: "arm70") == 1)
    #expect(problem.reward(prompt: "", completion: "arm100") == nil)
    #expect(problem.reward(prompt: "", completion: "leg7") == nil)
  }

  /// Pilot: the start earns 0.250, offline training 0.917 of which nothing comes from the other region.
  @Test("praise for one region leaves the other out")
  func twoModes() throws {
    agree(TwoModes().truth[0].values[0], 0.25, within: 0.005)
    let found = try TwoModes().trial().trained("{name: dpo, beta: 0.1}", Recipe(steps: 200))
    #expect((found["reward"] ?? .nan) > 0.75, "\(found)")
    #expect((found["uncovered_share"] ?? .nan) < 0.05, "\(found)")
  }

  /// Pilot: cosines to the true parameter with one label and with one a segment 0.582 / 0.861 of 30 pairs,
  /// 0.846 / 0.962 of 100. Here a NumPy twin gives 0.600 / 0.853 and 0.859 / 0.959, means of 20 draws; of ten draws
  /// the first has a standard error of 0.07.
  @Test("labels of segments need fewer pairs", arguments: [(30, 0.60, 0.853), (100, 0.859, 0.959)])
  func segments(pairs: Int, whole: Double, parts: Double) throws {
    func cosine(_ objective: String) throws -> Double {
      means(
        try (0..<10).map { seed in
          var problem = SegmentLabels()
          (problem.seed, problem.pairs) = (seed, pairs)
          return try problem.trial().trained(objective, Recipe(steps: 150, rate: 0.1))
        })["cosine"] ?? .nan
    }
    let (one, five) = (
      try cosine("{name: dpo, beta: 1}"), try cosine("{name: dense_dpo, beta: 1, segment_len: 1}")
    )
    #expect(abs(one - whole) < 0.15 && abs(five - parts) < 0.05, "\(one), \(five)")
    #expect(five > one + 0.03)
  }

  /// Not piloted. The optimum of a loss that takes γ times the text's log-odds away, the text's log-probs being
  /// constants, relies on the text by γ times these odds *more*: (1 + γ)·ln 4 here.
  @Test("a margin of constants for the text makes a policy rely on the text more")
  func priorConflict() throws {
    let problem = PriorConflict()
    let text = problem.truth[0].values[0]
    agree(text, log(4), within: 1e-12)
    var conflict: [Double] = []
    for gamma in [0, 0.5] {
      let found = try problem.trial().trained(
        "{name: modpo, beta: 1, w: [1, \(gamma)]}", Recipe(steps: 200, rate: 0.1))
      // 4000 pairs, standard errors 0.04 and 0.04; the start's odds are the reference's and add up.
      #expect(abs((found["text_weight"] ?? .nan) - (2 + gamma) * text) < 0.15, "\(found)")
      #expect(abs((found["signal_weight"] ?? .nan) - log(3)) < 0.15, "\(found)")
      conflict.append(found["conflict_accuracy"] ?? .nan)
    }
    #expect(conflict[1] < conflict[0])
  }

  /// Pilot: accuracy of the minority 0.878 at γ = 0, 0.896 at 2, 0.858 at 5, of data that are not described further.
  /// Here a NumPy twin gives 0.739, 0.779 and 0.775, means of six draws; with noise 0.781, 0.769 and 0.754.
  @Test("a focal weight helps a minority, unless labels are noisy")
  func minority() throws {
    func accuracy(_ objective: String, noisy: Bool = false) throws -> Double {
      means(
        try (0..<5).map { seed in
          var problem = MinorityGroups()
          (problem.seed, problem.noisy) = (seed, noisy)
          return try problem.trial().trained(
            objective, Recipe(steps: 300, rate: 0.5, schedule: "cosine"))
        })["minority_accuracy"] ?? .nan
    }
    let (plain, focal) = (
      try accuracy("{name: dpo, beta: 0.1}"), try accuracy("{name: phi_dpo, beta: 0.1, gamma: 2}")
    )
    // Five draws of 50 pairs of the minority: a standard error of 0.02.
    agree(plain, 0.739, within: 0.05)
    #expect(focal > plain + 0.015, "\(plain), \(focal)")
    let (noisy, noisyFocal) = (
      try accuracy("{name: dpo, beta: 0.1}", noisy: true),
      try accuracy("{name: phi_dpo, beta: 0.1, gamma: 2}", noisy: true)
    )
    #expect(noisyFocal < noisy, "\(noisy), \(noisyFocal)")
  }

  @Test("preferences about quality move the stance if they have a gap in stance")
  func stances() throws {
    func trained(_ objective: String, gap: Double, data: [Double]? = nil) throws -> [String: Double]
    {
      var problem = StanceTokens()
      problem.gap = gap
      if let data { problem.data = data }
      return try problem.trial().trained(objective, Recipe(steps: 150, rate: 0.05))
    }
    let without = try trained("{name: dpo, beta: 0.5}", gap: 0)
    let with = try trained("{name: dpo, beta: 0.5}", gap: 0.5)
    #expect((without["drift"] ?? .nan) < 0.1, "\(without)")
    #expect((without["quality"] ?? .nan) > 2, "\(without)")
    #expect((with["drift"] ?? .nan) > 0.3 && (with["oppose"] ?? .nan) > 0.5, "\(with)")
    let taught = try trained(
      "{name: sft, nll_reduction: token_mean}", gap: 0, data: [0.1, 0.3, 0.6])
    #expect((taught["oppose"] ?? .nan) > 0.5, "\(taught)")
  }

  /// DPO's optimum tilts the start by 1/β: gold over β is `ExponentialTilt`'s curve.
  @Test("gold follows the exact curve, over the peak and down")
  func overoptimization() throws {
    agree(ConstrainedBandit.gold(tiltedBy: 1.276), 0.8739158703)
    for beta in [2.0, 1 / 1.276, 0.3] {
      let found = try ConstrainedBandit().trial().trained(
        "{name: dpo, beta: \(beta)}",
        Recipe(steps: 200, batch: 500, rate: 0.1, schedule: "cosine"))
      // 4000 pairs put λ within a few hundredths; below the peak gold is steep in it.
      let exact = ConstrainedBandit.gold(tiltedBy: 1 / beta)
      #expect(
        abs((found["gold"] ?? .nan) - exact) < (beta < 0.5 ? 0.35 : 0.02), "\(beta): \(found)")
    }
    agree(ConstrainedBandit.proxies(of: "12/30") ?? [], [1.2, 3], within: 1e-12)
    #expect(ConstrainedBandit.proxies(of: "31/0") == nil)
  }

  @Test("winning the audience wins deception with it")
  func persuasion() throws {
    let start = try HarmfulPersuasion().trial().trained("{name: dpo}", Recipe(steps: 1, rate: 1e-9))
    agree(start["win_rate"] ?? .nan, 0.5, within: 1e-6)
    let found = try HarmfulPersuasion().trial().trained(
      "{name: dpo, beta: 0.5}", Recipe(steps: 150, rate: 0.05))
    #expect((found["win_rate"] ?? .nan) > 0.7, "\(found)")
    #expect((found["harm"] ?? .nan) > (start["harm"] ?? .nan) + 0.8, "\(start), \(found)")
  }

  /// T15: entropy of softmax(5·score) 1.6449276040 before and 1.7466 after the correction.
  @Test("a bias taken out of the reward keeps the modes")
  func bias() throws {
    var problem = BiasedDirection()
    agree(problem.truth[0].values, [1.6449276040])
    let recipe = Recipe(steps: 200, rate: 0.05, schedule: "cosine")
    let plain = try problem.trial().trained("{name: dpo, beta: 1}", recipe)
    problem.corrected = true
    agree(problem.truth[0].values, [1.7466], within: 1e-3)
    let corrected = try problem.trial().trained("{name: dpo, beta: 1}", recipe)
    // 6000 pairs of six modes: a log-prob has a standard error of about 0.05.
    agree(plain["entropy"] ?? .nan, 1.645, within: 0.06)
    agree(corrected["entropy"] ?? .nan, 1.747, within: 0.05)
    #expect((corrected["favoured"] ?? .nan) < (plain["favoured"] ?? .nan) / 2)
  }
}
