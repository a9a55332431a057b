import Foundation
import PairwiseAutodiff
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseObjectives
import PairwiseOptim
import PairwiseTensor
import PairwiseTraining
import Testing

/// Policies over a few completions whose best policy is known in closed form, trained by the one trainer.
@Suite("Bandits")
struct BanditTests {
  /// Every ordered pair of arms under the population's preferences for one reward: as many rows as pairs,
  /// weighted by how often each is drawn and won.
  private func population(
    _ reward: [Double], margins other: [Double]?, reference: [Double]
  ) -> Batch {
    var (pairs, weights, margins): ([TokenPair], [Float], [[Float]]) = ([], [], [[], []])
    var logps: [[Float]] = [[], []]
    for (i, a) in reward.enumerated() {
      for (j, b) in reward.enumerated() where i != j {
        pairs.append(TokenPair(prompt: [0], chosen: [Int32(i)], rejected: [Int32(j)]))
        weights.append(Float(1 / (1 + exp(b - a))))
        for (side, arm) in [i, j].enumerated() {
          margins[side].append(Float(other?[arm] ?? 0))
          logps[side].append(Float(log(reference[arm])))
        }
      }
    }
    var columns: [PairColumn: [Float]] = [
      .weight: weights, .refChosenLogps: logps[0], .refRejectedLogps: logps[1],
    ]
    if other != nil {
      columns["chosen_margin_reward"] = margins[0]
      columns["rejected_margin_reward"] = margins[1]
    }
    var batch = Batch(
      input: .tokens(TokenPairs(pairs)), columns: columns, rows: Array(pairs.indices))
    batch.matrices = ["chosen_margin_reward", "rejected_margin_reward"]
    return batch
  }

  /// π* ∝ π_ref·exp(r/β).
  private func best(_ reward: [Double], beta: Double, reference: [Double]) -> [Double] {
    let parts = zip(reward, reference).map { exp($0 / beta) * $1 }
    return parts.map { $0 / parts.reduce(0, +) }
  }

  private func trained(
    _ objective: any Objective, on batch: Batch, from policy: TabularPolicy, steps: Int = 1500
  ) throws -> [Double] {
    var step = TrainStep(
      model: policy, optimizer: AdamW(parameterCount: policy.store.count),
      objective: objective,
      segments: [ParameterSegment(range: 0..<policy.store.count, decays: false)],
      options: StepOptions(maxGradNorm: 0))
    for number in 1...steps {
      // A rate that falls to nothing: what is left is the optimum, not Adam's last step.
      let rate = 0.05 * (1 - Double(number - 1) / Double(steps))
      _ = try step.run(batch, step: number, learningRate: rate)
    }
    return (step.model as? TabularPolicy)?.logProbabilities[0].map(exp) ?? []
  }

  private func arms(_ count: Int, start: [Double]) -> TabularPolicyOptions {
    TabularPolicyOptions(
      completions: (0..<count).map { "arm \($0)" }, start: start.map { Float(log($0)) })
  }

  /// Three responses: the table of methods/policy-objectives.md §3.4, which is independent of this code.
  @Test(arguments: [
    (0.25, [0.3242301947, 0.5288094279, 0.1469603774]),
    (0.60, [0.5986876601, 0.2407874039, 0.1605249360]),
  ])
  func modpoReachesThePrintedOptimum(w: Double, expected: [Double]) throws {
    let (r1, r2, reference) = ([1.0, 0, 0.5], [0, 1.0, 0.25], [0.5, 0.3, 0.2])
    let policy = TabularPolicy(arms(3, start: reference))
    let batch = population(r1, margins: r2, reference: reference)
    let objective = MODPO(weights: [Float(w), Float(1 - w)], beta: 0.5)
    let found = try trained(objective, on: batch, from: policy)
    // Float32 log-probs and an optimum that is flat to second order.
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 2e-5, "\(found)") }
  }

  /// Six arms and two rewards that pull apart: the optimum for every weighting, whichever reward the pairs
  /// are of. Rewards of no special form.
  @Test(arguments: [0.25, 0.5, 0.75, 1])
  func modpoReachesTheOptimumOfSixArms(w: Double) throws {
    let r1 = [0.9, 0.7, 0.4, 0.1, 0.55, 0.25], r2 = [0.05, 0.3, 0.65, 0.95, 0.45, 0.8]
    let reference = [0.3, 0.1, 0.15, 0.2, 0.05, 0.2]
    let wanted = best(zip(r1, r2).map { w * $0 + (1 - w) * $1 }, beta: 0.3, reference: reference)
    let policy = TabularPolicy(arms(6, start: reference))
    let first = try trained(
      MODPO(weights: w == 1 ? [1] : [Float(w), Float(1 - w)], beta: 0.3),
      on: population(r1, margins: w == 1 ? nil : r2, reference: reference), from: policy)
    for (a, b) in zip(first, wanted) { #expect(abs(a - b) < 1e-4, "\(first), expected \(wanted)") }
    guard w < 1 else { return }
    let second = try trained(
      MODPO(weights: [Float(1 - w), Float(w)], beta: 0.3),
      on: population(r2, margins: r1, reference: reference), from: policy)
    for (a, b) in zip(second, wanted) {
      #expect(abs(a - b) < 1e-4, "\(second), expected \(wanted)")
    }
  }

  /// Log-linear in features that tell the arms apart, DPO finds the same policy as with a logit each.
  @Test func logLinearPoliciesReachTheOptimumToo() throws {
    let reward = [0.2, 1.0, 0.6, 0.1], reference = [0.25, 0.25, 0.25, 0.25]
    let options = TabularPolicyOptions(
      completions: (0..<4).map { "arm \($0)" },
      features: [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]])
    let found = try trained(
      DPO(beta: 0.5), on: population(reward, margins: nil, reference: reference),
      from: TabularPolicy(options))
    let wanted = best(reward, beta: 0.5, reference: reference)
    for (a, b) in zip(found, wanted) { #expect(abs(a - b) < 1e-4, "\(found), expected \(wanted)") }
  }
}
