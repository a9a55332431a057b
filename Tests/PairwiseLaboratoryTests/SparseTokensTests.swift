import PairwiseData
import PairwiseLaboratory
import PairwiseModels
import Testing

/// The tiny language model among the policy problems.
@Suite("Sparse tokens")
struct SparseTokensTests {
  private func trial() throws -> Trial {
    var problem = SparseTokens()
    (problem.pairs, problem.pretraining) = (200, 100)
    return try problem.trial()
  }

  /// The start knows that x and y are alike, and is at no distance from itself; all objectives start from it.
  @Test("the start is a trained model, whatever the seed of a run")
  func start() throws {
    let trial = try trial()
    for seed in [1, 2] {
      let blueprint = try trial.model.blueprint(ModelRequest(use: .logps(chosenOnly: false)))
      let values = try trial.measure(
        blueprint.build(DataFacts(trial.pairs), seed: UInt64(seed)))
      agree(values["reward"] ?? .nan, 0.5, within: 0.12)
      agree(values["kl"] ?? .nan, 0, within: 1e-6)
      agree(values["mask_share"] ?? .nan, 0.25)
    }
  }

  @Test("learning moves the letters that count, and masks are read")
  func learning() throws {
    let trial = try trial()
    let recipe = Recipe(steps: 60, batch: 32, rate: 0.002, schedule: "cosine")
    let found = try trial.trained("{name: tdpo2, beta: 1}", recipe)
    #expect((found["content_kl"] ?? .nan) > 5 * (found["filler_kl"] ?? .nan), "\(found)")
    #expect((found["reward"] ?? .nan) > 0.55, "\(found)")
    let masked = try trial.trained("{name: sparsepo, mask_mode: common, beta: 1}", recipe)
    #expect(masked["mask_share"] != 0.25, "\(masked)")
  }
}
