import PairwiseConfig
import PairwiseLaboratory
import Testing

/// Studies of recipes, fronts of two rewards and displaced pairs.
@Suite("Studies of recipes")
struct RecipeStudyTests {
  /// DPO has neither reward model nor further prompts: over all sixteen runs their effects are half of those on PPO.
  @Test("data help most; what PPO alone uses has half of its effect over all runs")
  func fourChoices() throws {
    let data = try means(ofStudy: "four_choices", "data", seeds: 0..<2)
    let rewards = try means(ofStudy: "four_choices", "reward_model", seeds: 0..<2)
    #expect((data["effect"] ?? .nan) > 0.3 && data["effect"] == data["effect_over_all"])
    #expect((data["effect"] ?? .nan) > (rewards["effect"] ?? .nan))
    agree((rewards["effect_over_all"] ?? .nan) * 2, rewards["effect"] ?? .nan, within: 1e-9)
  }

  @Test("a judge with tools trains further than the policy's own opinion")
  func judged() throws {
    let own = try means(ofStudy: "judged_rounds", "self_rewarding", seeds: 0..<20)
    let tools = try means(ofStudy: "judged_rounds", "judge_with_tools", seeds: 0..<20)
    #expect((tools["reward"] ?? .nan) > (own["reward"] ?? .nan) + 0.05, "\(own) \(tools)")
    // Uniform arms are worth 0.25 on average.
    #expect((own["reward"] ?? .nan) > 0.4, "\(own)")
  }

  /// General taste has a cosine of 1/√(1 + 1.7²) = 0.507 with the experts': 1 − arccos(0.507)/π = 0.669.
  @Test("ratings by principles teach what experts judge by")
  func ratedPrinciples() throws {
    let general = try means(ofStudy: "rated_principles", "general")
    #expect(abs((general["accuracy"] ?? .nan) - 0.669) < 0.04, "\(general)")
    let rated = try means(ofStudy: "rated_principles", "principles")
    let heads = try means(ofStudy: "rated_principles", "principle_heads")
    #expect((rated["accuracy"] ?? .nan) > 0.87 && (rated["agreement"] ?? .nan) > 0.9, "\(rated)")
    #expect((heads["accuracy"] ?? .nan) > (rated["accuracy"] ?? .nan), "\(heads)")
  }

  /// With the exact reward models all three meet the same optimum but for weighted losses, which mix probabilities.
  @Test("margins and soups come close to the best front, weighted losses less")
  func fronts() throws {
    let margin = try means(ofStudy: "front_of_pairs", "modpo")
    let soups = try means(ofStudy: "front_of_pairs", "soups")
    let weighted = try means(ofStudy: "front_of_pairs", "loss_weights")
    for found in [margin, soups] {
      #expect((found["hypervolume"] ?? .nan) > 0.97 && (found["regret"] ?? .nan) < 0.04, "\(found)")
    }
    #expect((weighted["regret"] ?? .nan) > (margin["regret"] ?? .nan), "\(weighted)")
  }

  @Test("one policy follows the direction it is told")
  func directed() throws {
    let told = try means(ofStudy: "directed_policy", "directed", seeds: 0..<2)
    let blind = try means(ofStudy: "directed_policy", "blind", seeds: 0..<2)
    #expect((told["follows"] ?? .nan) > 0.8 && blind["follows"] == 0, "\(told) \(blind)")
    // The best arms are worth 3 along either axis, their best mixture 2.9 on average.
    #expect((told["score"] ?? .nan) > 2.6 && (told["score"] ?? .nan) < 3.01, "\(told)")
    #expect((told["score"] ?? .nan) > (blind["score"] ?? .nan) + 0.5)
  }

  @Test("CHES tells which pairs displace the chosen completion")
  func displacement() throws {
    let ches = try means(ofStudy: "similar_pairs", "ches", seeds: 0..<3)
    let random = try means(ofStudy: "similar_pairs", "random", seeds: 0..<3)
    #expect((ches["correlation"] ?? .nan) > (random["correlation"] ?? .nan), "\(ches) \(random)")
    #expect((ches["kept_change"] ?? .nan) > (random["kept_change"] ?? .nan), "\(ches) \(random)")
    #expect((random["kept_margin"] ?? .nan) > 0 && (random["kept_change"] ?? .nan) < 0, "\(random)")
  }
}
