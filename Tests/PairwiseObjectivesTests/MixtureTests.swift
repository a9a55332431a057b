import Glibc
import PairwiseAutodiff
import PairwiseObjectives
import PairwiseTensor
import Testing

/// Mixtures of heads and their router: the worked examples of the methods reference, §5.1 and §5.2, and their
/// identities.
struct MixtureTests {
  private func inputs(
    _ margins: [[Float]], _ more: [InputName: Tensor]
  ) -> [InputName: Tensor] {
    let shape: Shape = [margins.count, margins[0].count]
    return more.merging([
      .chosenHeadScores: Tensor(shape, margins.flatMap { $0 }),
      .rejectedHeadScores: Tensor.zeros(shape),
    ]) { $1 }
  }

  private let logits = Tensor([1, 2], [0.3, -0.1])
  private let margins: [[Float]] = [[1, -2]]

  @Test func numbers() throws {
    let result = try MixtureBT().on(inputs(margins, [.routerLogits: logits]))
    expectClose(result.doubles + [result.loss], [0.7225484872, 0.3857783930])
    expectClose(result[.chosenHeadScores], [-0.2424426382, -0.0867848868])
    // ∂ℓ/∂z + ½·∂reg/∂z.
    expectClose(
      result[.routerLogits],
      [-0.3027823958 + 0.0961042983 / 2, 0.3027823958 - 0.0961042983 / 2])
    expectClose([result[metric: "router/entropy"] ?? .nan], [0.6735401884])
    expectClose([result[metric: "router/weight/0"] ?? .nan], [0.5986876601])
    #expect(result[metric: "heads/accuracy/0"] == 1)
    #expect(result[metric: "heads/accuracy/1"] == 0)
    // P = e^−0.7225 < ½: the mixture is wrong about this pair.
    #expect(result[metric: "accuracy"] == 0)
    let plain = try MixtureBT(alpha: 0).on(inputs(margins, [.routerLogits: logits]))
    expectClose(plain[.routerLogits], [-0.3027823958, 0.3027823958])
  }

  @Test func oneHeadIsBradleyTerry() throws {
    let leads: [Float] = [0.5, -0.75, 3, -40, 40]
    let result = try MixtureBT().on(
      inputs(leads.map { [$0] }, [.routerLogits: Tensor([5, 1], [1, 2, 3, 4, 5])]))
    let plain = try BradleyTerry().on(leads, leads.map { _ in 0 })
    expectClose(result.doubles + [result.loss], plain.doubles + [plain.loss])
    expectClose(result[.chosenHeadScores], plain[.chosenScores])
    #expect(result[.routerLogits].allSatisfy { $0 == 0 })
  }

  @Test func equalHeadsAreBradleyTerry() throws {
    let leads: [Float] = [0.5, -0.75]
    let result = try MixtureBT(alpha: 0).on(
      inputs(leads.map { [$0, $0] }, [.routerLogits: Tensor([2, 2], [1, -2, 0.5, 3])]))
    expectClose(result.doubles, try BradleyTerry().on(leads, [0, 0]).doubles)
  }

  /// Permuting heads and router together changes nothing but the order of the gradients.
  @Test func headsHaveNoOrder() throws {
    let plain = try MixtureBT().on(
      inputs([[1, -2, 0.5]], [.routerLogits: Tensor([1, 3], [0.25, -0.5, 1])]))
    let permuted = try MixtureBT().on(
      inputs([[0.5, 1, -2]], [.routerLogits: Tensor([1, 3], [1, 0.25, -0.5])]))
    expectClose([permuted.loss], [plain.loss])
    let gradient = plain[.routerLogits]
    expectClose(permuted[.routerLogits], [gradient[2], gradient[0], gradient[1]])
  }

  /// A static router is one row for all pairs, and its gradient theirs added up.
  @Test func staticRouter() throws {
    let margins: [[Float]] = [[1, -2], [0.5, 0.25], [-1, 3]]
    let shared = try MixtureBT().on(inputs(margins, [.routerLogits: Tensor([0.3, -0.1])]))
    let rows = try MixtureBT().on(
      inputs(margins, [.routerLogits: Tensor([3, 2], [0.3, -0.1, 0.3, -0.1, 0.3, -0.1])]))
    #expect(shared.losses == rows.losses)
    expectClose([shared.loss], [rows.loss])
    let sums = [0, 1].map { head in
      (0..<3).reduce(0) { $0 + rows[.routerLogits][2 * $1 + head] }
    }
    expectClose(shared[.routerLogits], sums)
    #expect(shared.metrics.map(\.name) == rows.metrics.map(\.name))
    for (a, b) in zip(shared.metrics, rows.metrics) { expectClose([a.value], [b.value]) }
  }

  /// A weight of 0 leaves its head out, and adds nothing to the entropy.
  @Test func weightsOfZero() throws {
    let result = try MixtureBT().on(inputs(margins, [.mixtureWeights: Tensor([1, 2], [1, 0])]))
    expectClose([result.loss], [try BradleyTerry().on([1], [0]).loss])
    #expect(result[.chosenHeadScores][1] == 0)
    #expect(result[metric: "router/entropy"] == 0)
  }

  @Test func refusals() {
    #expect(
      refusal { try MixtureBT().on(inputs(margins, [:])) }
        == "router_logits: missing, mixture_bt needs it, or mixture_weights")
    let weights = Tensor([1, 2], [0.5, 0.5])
    #expect(
      refusal {
        try MixtureBT().on(inputs(margins, [.routerLogits: logits, .mixtureWeights: weights]))
      } == "router_logits: mixture_bt takes either it or mixture_weights, found both")
    #expect(
      refusal {
        try MixtureBT().on(inputs(margins, [.mixtureWeights: Tensor([1, 2], [0.5, 0.25])]))
      }
        == "mixture_weights: row 0: expected weights that add up to 1, found 0.75")
    #expect(
      refusal { try MixtureBT().on(inputs(margins, [.routerLogits: Tensor([1, 2, 3])])) }
        == "router_logits: expected extent 2 along K as in rejected_head_scores, found 3")
  }

  /// What the mixture is sure of keeps its digits: both heads at 40 leave e⁻⁴⁰, not 0.
  @Test func sureOfIt() throws {
    let result = try MixtureBT(alpha: 0).on(inputs([[40, 40]], [.routerLogits: logits]))
    expectClose([result.loss / exp(-40.0)], [1], relative: 1e-5)
  }

  // MARK: Adapting the router

  private func hedge(tau: Double) throws -> ObjectiveResult {
    try HedgeRouter(tau: tau).on(
      inputs(margins, [.startRouterLogits: logits, .routerLogits: logits]))
  }

  @Test func hedgeNumbers() throws {
    let result = try hedge(tau: 1)
    expectClose([result.loss], [0.5524272300])
    expectClose(
      [0, 1].map { result[metric: "target/\($0)"] ?? .nan }, [0.9014700559, 0.0985299441])
    // f − ω
    expectClose(
      result[.routerLogits], [0.5986876601 - 0.9014700559, 0.4013123399 - 0.0985299441])
    let sharp = try hedge(tau: 0.1)
    expectClose([sharp.loss], [0.5130152560])
    // Printed to ten decimals.
    let targets = [0, 1].map { sharp[metric: "target/\($0)"] ?? .nan }
    #expect(abs(targets[0] - 0.9999999911) < 6e-8)  // an ulp of float32 below 1
    #expect(abs(targets[1] - 0.0000000089) < 5e-11)
    #expect(result.gradients.map(\.name) == [.routerLogits])
  }

  /// τ = 1 is a step of expectation maximisation: the mixture's own gradient with respect to its router. Large τ
  /// leaves the router as it is, small τ picks the best head.
  @Test func hedgeIdentities() throws {
    let mixture = try MixtureBT(alpha: 0).on(inputs(margins, [.routerLogits: logits]))
    expectClose(try hedge(tau: 1)[.routerLogits], mixture[.routerLogits])
    #expect(try hedge(tau: 1e9)[.routerLogits].allSatisfy { abs($0) < 1e-7 })
    #expect(try hedge(tau: 1e-3)[metric: "target/0"] == 1)
    let one = try HedgeRouter().on(
      inputs(
        [[1]],
        [.startRouterLogits: Tensor([1, 1], [2]), .routerLogits: Tensor([1, 1], [-1])]))
    #expect(one.loss == 0)
    #expect(one[.routerLogits] == [0])
  }

  /// Targets from the router as it is are those of an epoch that has just begun; a static router is a row for
  /// all pairs.
  @Test func hedgeEveryStep() throws {
    let margins: [[Float]] = [[1, -2], [0.5, 3]]
    let rows = Tensor([2, 2], [0.3, -0.1, 0.3, -0.1])
    let begun = try HedgeRouter().on(
      inputs(margins, [.startRouterLogits: rows, .routerLogits: rows]))
    let step = HedgeRouter(recompute: .step)
    let result = try step.on(inputs(margins, [.routerLogits: rows]))
    #expect(result.losses == begun.losses)
    #expect(result[.routerLogits] == begun[.routerLogits])
    var x = ObjectiveInputs()
    for (name, tensor) in inputs(margins, [.routerLogits: Tensor([0.3, -0.1])]) {
      x[name] = Variable(constant: tensor)
    }
    #expect(step.losses(x).value == begun.losses)
  }

  /// Targets minimise Σ ω·L + τ·KL(ω ‖ f), whose least value is −τ·ln Σ f·e^{−L/τ}; at ω = f it is Σ f·L.
  @Test func hedgeTargets() throws {
    let losses = [0.3132616875, 2.1269280110]
    let start = [0.5986876601, 0.4013123399]
    let tau = 0.1
    let result = try hedge(tau: tau)
    let targets = [0, 1].map { result[metric: "target/\($0)"] ?? .nan }
    func objective(_ weights: [Double]) -> Double {
      (0..<2).reduce(0) {
        $0 + weights[$1] * (losses[$1] + tau * log(weights[$1] / start[$1]))
      }
    }
    let least = -tau * log((0..<2).reduce(0) { $0 + start[$1] * exp(-losses[$1] / tau) })
    #expect(abs(least - 0.3645632119) < 1e-9)
    #expect(abs(objective(targets) - least) < 1e-7)
    #expect(abs(objective(start) - 1.0411083636) < 1e-9)
    #expect(objective([0.99, 0.01]) > least)
  }
}
