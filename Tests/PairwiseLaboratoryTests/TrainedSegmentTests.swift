import Foundation
import PairwiseConfig
import PairwiseData
import PairwiseEvaluation
import PairwiseLaboratory
import PairwiseModels
import PairwiseNN
import PairwiseObjectives
import PairwiseTensor
import PairwiseTraining
import Testing

/// T12 through the trainer: preferences between segments of a chain.
@Suite("Segments through the trainer")
struct TrainedSegmentTests {
  private let chain = ChainRegret()

  /// All pairs of segments with the exact probabilities that a score gives them.
  private func pairs(_ score: (Segment) -> Double) throws -> InMemoryPairs {
    let all = chain.segments()
    var records: [PreferenceRecord] = []
    for i in all.indices {
      for j in all.indices.dropFirst(i + 1) {
        var record = PreferenceRecord(origin: records.count)
        record.chosenFeatures = numbers(all[i])
        record.rejectedFeatures = numbers(all[j])
        record.labelProbability = Float(Logistic.sigmoid(score(all[i]) - score(all[j])))
        records.append(record)
      }
    }
    return try InMemoryPairs(records)
  }

  private func numbers(_ segment: Segment) -> [Float] {
    zip(segment.states, segment.actions).flatMap { [Float($0), Float($1)] }
      + [Float(segment.states[segment.states.count - 1])]
  }

  private func fitted(
    _ pairs: InMemoryPairs, _ objective: any Objective, _ sign: MDPRewardOptions.Sign
  ) throws -> (model: MDPReward, loss: Double) {
    var model = MDPReward(
      options: MDPRewardOptions(
        next: [[0, 1], [0, 2], [1, 3], [3, 3]], terminal: [3], discount: 1, sign: sign), seed: 3)
    var options = FitOptions()
    (options.epochs, options.batchSize) = (2000, pairs.count)
    options.optimizer.learningRate = 0.05
    options.optimizer.maxGradNorm = 0
    var loss = 0.0
    try model.fit(to: pairs, objective: objective, options: options) { loss = $1.loss }
    return (model, loss)
  }

  private var solution: TabularMDP.Solution {
    get throws { try #require(chain.mdp.solved()) }
  }

  /// The entropy of the labels is the least loss there is.
  private func entropy(_ pairs: InMemoryPairs) throws -> Double {
    let block = try pairs.read(
      Array(0..<pairs.count), PairNeeds(columns: [.labelProbability]))
    let labels = (block.columns[.labelProbability] ?? []).map(Double.init)
    return labels.reduce(0) { $0 - $1 * log($1) - (1 - $1) * log(1 - $1) } / Double(labels.count)
  }

  @Test("regret finds rewards under which going right is best everywhere")
  func regret() throws {
    let solution = try solution
    let pairs = try pairs { -$0.regret(solution) }
    let (model, loss) = try fitted(pairs, Regret(), .negative)
    let least = try entropy(pairs)
    #expect(loss - least < 1e-5, "\(loss) \(least)")
    let found = try #require(model.solution)
    for s in 0..<3 { #expect(found.actionValues[2 * s + 1] > found.actionValues[2 * s] + 0.5) }
    // The regrets themselves are those of the truth.
    for segment in chain.segments() {
      #expect(abs(segment.regret(found) - segment.regret(solution)) < 0.02)
    }
  }

  @Test("partial returns take the advantages for rewards, up to a constant")
  func advantages() throws {
    let solution = try solution
    let (model, _) = try fitted(try pairs { -$0.regret(solution) }, PartialReturn(), .any)
    let rewards = model.rewards.prefix(6).map(Double.init)
    let truth = [-1.0, 0, -2, 0, -2, 0]
    let shift = zip(rewards, truth).reduce(0) { $0 + $1.0 - $1.1 } / 6
    for (reward, advantage) in zip(rewards, truth) {
      #expect(abs(reward - shift - advantage) < 0.02, "\(rewards)")
    }
  }

  @Test("returns of the true reward teach nothing: the loss stays ln 2")
  func nothing() throws {
    let mdp = chain.mdp
    let pairs = try pairs { $0.partialReturn(in: mdp) }
    let (_, loss) = try fitted(pairs, PartialReturn(), .any)
    #expect(abs(loss - log(2)) < 1e-6)
  }

  /// The slope of a regret by central differences of the exact solution.
  @Test("the gradient of regrets is that of the exact values")
  func gradient() throws {
    let options = MDPRewardOptions(
      transition: [
        [[0.5, 0.5, 0], [0.1, 0.2, 0.7]], [[0.3, 0.3, 0.4], [0.9, 0, 0.1]],
        [[0, 0, 1], [0, 0, 1]],
      ], terminal: [2], discount: 0.8)
    let rewards: [Double] = [0.3, -0.4, 0.7, 0.1, 0, 0]
    let mdp = TabularMDP(
      states: 3, actions: 2, transition: (options.transition ?? []).flatMap { $0.flatMap(\.self) },
      reward: rewards, isTerminal: [false, false, true], discount: 0.8)
    let segment = Segment(states: [0, 1, 1, 0], actions: [1, 0, 1])
    func regret(_ r: [Double]) throws -> Double {
      segment.regret(try #require(mdp.rewarded(r).solved()))
    }
    // Returns and, with the other score, less the regrets.
    var record = PreferenceRecord(origin: 0)
    (record.chosenFeatures, record.rejectedFeatures) = (numbers(segment), numbers(segment))
    let pair = try InMemoryPairs([record])
    for (score, expected) in [
      (MDPRewardOptions.Score.returns, segment.partialReturn(in: mdp)),
      (.regrets, -(try regret(rewards))),
    ] {
      var scored = options
      scored.score = score
      var model = MDPReward(options: scored)
      model.store.values = Tensor(rewards.map { Float($0) })
      let found = try PairScorer(model).score(pair).chosen[0]
      #expect(abs(Double(found) - expected) < 1e-5, "\(score)")
    }
    for index in 0..<4 {
      let step = 1e-4
      var (up, down) = (rewards, rewards)
      up[index] += step
      down[index] -= step
      let slope = (try regret(up) - regret(down)) / (2 * step)
      let visits = try #require(
        mdp.rewarded(rewards).solved().flatMap { solution in
          mdp.visits(
            of: (0..<3).map { s in
              solution.actionValues[2 * s] >= solution.actionValues[2 * s + 1] ? 0 : 1
            })
        })
      // V* = visits · r: its slope is the visits themselves.
      var expected = 0.0
      for (s, a) in zip(segment.states, segment.actions) {
        expected += visits[s * 6 + index] - (s * 2 + a == index ? 1 : 0)
        for next in 0..<3 {
          expected -= 0.8 * mdp.transition[(s * 2 + a) * 3 + next] * visits[next * 6 + index]
        }
      }
      #expect(abs(slope - expected) < 1e-6, "reward \(index): \(slope) \(expected)")
    }
  }

  @Test("returns of segments of unequal length are compared on request alone")
  func unequal() throws {
    var record = PreferenceRecord(origin: 0)
    record.chosenFeatures = [0, 1, 1, 1, 2]
    record.rejectedFeatures = [1, 1, 2, -1, -1]
    let pairs = try InMemoryPairs([record])
    var options = MDPRewardOptions(
      next: [[0, 1], [0, 2], [1, 3], [3, 3]], terminal: [3], discount: 1, sign: .negative)
    let needs = PairNeeds(features: true)
    let refused = #expect(throws: DataError.self) {
      _ = try options.reader.input(for: pairs.read([0], needs))
    }
    #expect(
      refused.map { "\($0)" }?.contains(
        "of one length to compare their returns, found 2 and 1 steps")
        == true)
    options.allowsUnequal = true
    #expect(try options.reader.input(for: pairs.read([0], needs)).pairs == 1)
    // What a segment lost does not grow with its length.
    (options.allowsUnequal, options.score) = (false, .regrets)
    #expect(try options.reader.input(for: pairs.read([0], needs)).pairs == 1)
  }
}
