import PairwiseConfig
import PairwiseLaboratory
import Testing

/// Studies of ways to diagnose judges, people and hidden states: what is planted must be found.
@Suite("Studies of diagnoses")
struct DiagnosisStudyTests {
  /// Reward models §9, T18: a judge without a bonus has a DBG of 0 on average, one with a bonus above 0. With a lead
  /// of 0.6 and noise of 0.5/√2 its own answers win with probability Φ(0.6/√1.125) = 0.714.
  @Test("less the verdict of gold judges, wins measure self-preference")
  func selfPreference() throws {
    let fair = #""bonus": 0, "lead": 0.6"#
    #expect(abs(try means(ofStudy: "self_judging", "dbg", fair)["bias"] ?? .nan) < 1.5)
    let wins = try means(ofStudy: "self_judging", "win_rate", fair)["bias"] ?? .nan
    #expect(abs(wins - 21.4) < 2, "\(wins)")
    let partial = try means(ofStudy: "self_judging", "dbg", #""bonus": 0.5, "lead": 0"#)
    // Φ(0.5/√1.125) − ½ = 18.1 points.
    #expect(abs((partial["bias"] ?? .nan) - 18.1) < 2, "\(partial)")
  }

  /// In a balanced design estimates have the spread of 2·√(p(1 − p)/n) at most: 0.018 of 3200 answers.
  @Test("a factorial design finds planted effects and what depends on what")
  func factorialDesign() throws {
    let full = try means(ofStudy: "pressure_design", "factorial")
    #expect((full["error"] ?? .nan) < 0.02 && full["dominant"] == 1, "\(full)")
    #expect((full["interaction_error"] ?? .nan) < 0.04, "\(full)")
    let single = try means(ofStudy: "pressure_design", "one_at_a_time")
    #expect((single["error"] ?? .nan) > 0.05, "\(single)")
    let truth = PressureDesign().truth
    #expect(truth.first { $0.name == "effects" }?.values.count == 5)
    #expect((truth.first { $0.name == "interaction" }?.values.first ?? 0) < -0.05)
  }

  /// Means of the deviations' length equal to the common weights' put the average person at 45° from all: 0.75.
  @Test("few pairs of a newcomer serve worse than the reward of all, many better")
  func newcomers() throws {
    let blind = try means(ofStudy: "new_users", "blind")
    #expect(blind["worse_than_generic"] == 0)
    #expect(abs((blind["accuracy"] ?? .nan) - 0.75) < 0.03, "\(blind)")
    let few = try means(ofStudy: "new_users", "own_pairs", #""pairs": 5"#)
    #expect((few["worse_than_generic"] ?? .nan) > 0.3, "\(few)")
    let many = try means(ofStudy: "new_users", "own_pairs", #""pairs": 200"#)
    #expect((many["worse_than_generic"] ?? .nan) < 0.05, "\(many)")
    let drawn = try means(ofStudy: "new_users", "around_all", #""pairs": 5"#)
    #expect((drawn["accuracy"] ?? .nan) > (blind["accuracy"] ?? .nan), "\(drawn)")
  }

  @Test("cues sway a judge that learned from them, and no other")
  func cues() throws {
    let swayed = try means(ofStudy: "cued_judge", "swayed", seeds: 0..<3)
    #expect((swayed["wrong_cue"] ?? .nan) < -0.3 && (swayed["right_cue"] ?? .nan) > 0, "\(swayed)")
    let balanced = try means(ofStudy: "cued_judge", "balanced", seeds: 0..<3)
    #expect(abs(balanced["wrong_cue"] ?? .nan) < 0.05, "\(balanced)")
    #expect((balanced["consistency"] ?? .nan) > 0.95, "\(balanced)")
    #expect((balanced["consistency"] ?? .nan) > (swayed["consistency"] ?? .nan))
  }

  @Test("votes find planted principles, of people who want the opposite as well")
  func principles() throws {
    for unaligned in ["false", "true"] {
      let found = try means(
        ofStudy: "planted_principles", "constitution", "\"unaligned\": \(unaligned)")
      let best = try means(ofStudy: "planted_principles", "planted", "\"unaligned\": \(unaligned)")
      #expect(best["recovered"] == 1)
      #expect((found["recovered"] ?? .nan) > 0.85, "\(found)")
      #expect(abs((found["accuracy"] ?? .nan) - (best["accuracy"] ?? .nan)) < 0.04)
    }
    let usual = try means(ofStudy: "planted_principles", "default", #""unaligned": true"#)
    #expect((usual["accuracy"] ?? .nan) < 0.4 && usual["recovered"] == 0, "\(usual)")
  }

  @Test("factor scores tell what a writer prefers from what it judges")
  func factors() throws {
    let writes = try means(ofStudy: "factor_gap", "generation")
    let judges = try means(ofStudy: "factor_gap", "evaluation")
    let guided = try means(ofStudy: "factor_gap", "self_guided")
    #expect((judges["alignment"] ?? .nan) > 0.5, "\(judges)")
    #expect((writes["alignment"] ?? .nan) < 0.2 && (writes["length_score"] ?? .nan) > 0.5)
    #expect((guided["agreement"] ?? .nan) > (writes["agreement"] ?? .nan) + 0.2, "\(guided)")
  }

  @Test("heads read traits off states of other personas, and shifts move one trait")
  func personas() throws {
    let dual = try means(ofStudy: "persona_states", "dual_head", seeds: 0..<1)
    let means = try means(ofStudy: "persona_states", "mean_difference", seeds: 0..<1)
    #expect((dual["trait_error"] ?? .nan) < 0.025 && (dual["identity"] ?? .nan) > 0.9, "\(dual)")
    #expect((dual["off_target"] ?? .nan) < (means["off_target"] ?? .nan), "\(dual) \(means)")
  }

  @Test("directions of concepts know the bias of behaviour")
  func concepts() throws {
    let probes = try means(ofStudy: "concept_pairs", "probes", seeds: 0..<2)
    let shuffled = try means(ofStudy: "concept_pairs", "shuffled", seeds: 0..<2)
    #expect((probes["spearman"] ?? .nan) > 0.85, "\(probes)")
    #expect((shuffled["spearman"] ?? .nan) < 0.6, "\(shuffled)")
  }

  @Test("shifting the groups that carry a trait reaches a person's answers")
  func steering() throws {
    let start = try means(ofStudy: "steered_heads", "unchanged")
    let best = try means(ofStudy: "steered_heads", "best_groups")
    let pure = try means(ofStudy: "steered_heads", "purified")
    #expect(start["distance"] == 0 && start["off_target"] == 0)
    #expect((best["alignment"] ?? .nan) > (start["alignment"] ?? .nan) + 0.3, "\(best)")
    // Directions with a cosine of 0.6: that much of a shift goes to the other trait.
    #expect(abs((best["off_target"] ?? .nan) - 0.6) < 0.1, "\(best)")
    #expect((pure["off_target"] ?? .nan) < 0.15, "\(pure)")
  }
}
