import Glibc
import PairwiseObjectives
import PairwiseTensor
import Testing

/// Rewards that are distributions: the worked examples of the methods reference, §1.6, and their identities.
struct DistributionalTests {
  private func normal(
    _ chosen: (Float, Float), _ rejected: (Float, Float), penalty: Float = 0
  ) throws -> ObjectiveResult {
    try Distributional(kind: .meanAndVariance, variancePenalty: penalty).on([
      .chosenMean: Tensor([chosen.0]), .chosenRho: Tensor([chosen.1]),
      .rejectedMean: Tensor([rejected.0]), .rejectedRho: Tensor([rejected.1]),
    ])
  }

  private func categorical(
    _ chosen: [Float], _ rejected: [Float], coefficient: Float = 0
  ) throws -> ObjectiveResult {
    try Distributional(kind: .categorical, entropyCoefficient: coefficient).on([
      .chosenLogits: Tensor([1, chosen.count], chosen),
      .rejectedLogits: Tensor([1, rejected.count], rejected),
    ])
  }

  @Test func normalNumbers() throws {
    let result = try normal((1, 0.3), (0.2, -0.5))
    expectClose([result.loss], [0.1208289366])
    // ℓ = softplus(−z·√(2π)), from which z.
    expectClose([-log(expm1(result.loss)) / (2 * Double.pi).squareRoot()], [0.8187718895])
    let penalised = try normal((1, 0.3), (0.2, -0.5), penalty: 0.5)
    expectClose([penalised.loss - result.loss], [0.5 * 0.9546718707])
    expectClose([2 * (result[metric: "variance"] ?? .nan)], [0.9546718707])
    #expect(penalised.losses == result.losses)
  }

  @Test func categoricalNumbers() throws {
    let result = try categorical([0, 1, 2], [1, 0, -1])
    expectClose([result.loss, exp(-result.loss)], [0.1531624033, 0.8579903700])
    let spread = try categorical([0, 1, 2], [1, 0, -1], coefficient: 1)
    expectClose([spread.loss - result.loss], [-1.0799836534])
    expectClose([spread[metric: "marginal_entropy"] ?? .nan], [1.0799836534])
    #expect((spread[metric: "marginal_entropy"] ?? 9) <= log(3.0))
  }

  /// Swapping the sides gives 1 − P, and two atoms with (1 − a, a) are ½ + ½(a_c − a_r).
  @Test func categoricalIdentities() throws {
    let (plain, swapped) = (
      try categorical([0, 1, 2], [1, 0, -1]), try categorical([1, 0, -1], [0, 1, 2])
    )
    expectClose([exp(-plain.loss) + exp(-swapped.loss)], [1])
    let two = try categorical([0, 1.5], [0, -0.25])
    func share(_ logit: Double) -> Double { 1 / (1 + exp(-logit)) }
    expectClose([exp(-two.loss)], [0.5 + 0.5 * (share(1.5) - share(-0.25))])
    #expect(try categorical([0, 1, 2], [0, 1, 2]).loss == Double(Float(log(2.0))))
  }

  /// Equal deviations leave the loss falling in the difference of means.
  @Test func fallsWithTheLead() throws {
    let losses = try [-2, -1, 0, 1, 2].map { try normal(($0, 0.5), (0, 0.5)).loss }
    #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 })
  }

  /// Probabilities far below the smallest float have losses and gradients.
  @Test func improbableChoices() throws {
    let result = try categorical([200, 0, -200], [-200, 0, 200])
    // The three ways to tie have e⁻⁴⁰⁰ each, half of which counts.
    expectClose([result.loss], [400 + log(2.0 / 3)])
    #expect(result[.chosenLogits].allSatisfy { $0.isFinite })
    let sure = try categorical([-20, 0, 20], [20, 0, -20])
    #expect(sure.loss > 0 && sure.loss < 1e-16)
  }

  @Test func refusals() {
    #expect(
      refusal { try categorical([1], [0]) }
        == "chosen_logits: expected two atoms at least, found 1")
    #expect(
      refusal { try normal((0, -100), (1, -100)) }
        == "chosen_rho: row 0: both deviations are 0, so there is no scale")
  }
}
