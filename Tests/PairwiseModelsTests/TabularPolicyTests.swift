import Foundation
import PairwiseAutodiff
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import PairwiseTestSupport
import Testing

@Suite("Tabular policies")
struct TabularPolicyTests {
  private let folder = TemporaryFolder()

  private func block(_ rows: [(String, String, String)]) -> PairBlock {
    var texts = PairTexts()
    for (prompt, chosen, rejected) in rows {
      texts.append(prompt: prompt.utf8, chosen: chosen.utf8, rejected: rejected.utf8)
    }
    return PairBlock(rows: Array(rows.indices), texts: texts)
  }

  /// Each prompt has logits of its own, and log-probs are those of a softmax over the completions.
  @Test func logProbabilitiesAreASoftmaxPerPrompt() throws {
    var policy = TabularPolicy(
      TabularPolicyOptions(completions: ["a", "b", "c"], prompts: ["x", "y"]))
    let logits: [Float] = [0.5, -1, 2, 0, 3, -0.25]
    policy.store.set(policy.store.parameters[0], to: Tensor([2, 3], logits))
    let input = try policy.reader.input(for: block([("y", "b", "a"), ("x", "c", "b")]))
    let logps = policy.forward(input, Weights(policy.store), ForwardPass()).variable.value.array
    for (row, (prompt, completion)) in [(1, 1), (1, 0), (0, 2), (0, 1)].enumerated() {
      let own = logits[3 * prompt..<3 * prompt + 3].map { Double($0) }
      let expected = own[completion] - log(own.reduce(0) { $0 + exp($1) })
      #expect(abs(Double(logps[row]) - expected) < 1e-6)
      #expect(abs(policy.logProbabilities[prompt][completion] - expected) < 1e-12)
    }
  }

  /// θ·φ(y) for every prompt alike.
  @Test func featuresMakeItLogLinear() throws {
    var policy = TabularPolicy(
      TabularPolicyOptions(completions: ["a", "b", "c"], features: [[1, 0], [0, 1], [2, -1]]))
    policy.store.set(policy.store.parameters[0], to: Tensor([1, 2], [0.75, -0.5]))
    let logits = [0.75, -0.5, 2.0]
    let input = try policy.reader.input(for: block([("any", "a", "c"), ("other", "b", "a")]))
    let logps = policy.forward(input, Weights(policy.store), ForwardPass()).variable.value.array
    for (row, completion) in [0, 2, 1, 0].enumerated() {
      let expected = logits[completion] - log(logits.reduce(0) { $0 + exp($1) })
      #expect(abs(Double(logps[row]) - expected) < 1e-6)
    }
  }

  @Test func savesWhatItLoads() throws {
    var policy = TabularPolicy(
      TabularPolicyOptions(completions: ["é", "b"], prompts: ["x", "y", "z"]))
    policy.store.set(
      policy.store.parameters[0], to: Tensor([3, 2], [0.5, -1, 2, 0, 3, -0.25]))
    try policy.save(to: folder.path, SavedNotes(beta: 0.25))
    let loaded = try ModelDirectory.load(folder.path)
    let same = try #require(loaded.model as? TabularPolicy)
    #expect(loaded.beta == 0.25)
    #expect(same.store.values == policy.store.values)
    #expect(same.options.completions == policy.options.completions)
    #expect(same.options.prompts == policy.options.prompts)
  }

  @Test func unknownTextsAreRefusedByRow() throws {
    let policy = TabularPolicy(TabularPolicyOptions(completions: ["a", "b"], prompts: ["x"]))
    #expect {
      try policy.reader.input(for: block([("x", "a", "b"), ("x", "c", "b")]))
    } throws: { error in
      "\(error)".contains("row 1") && "\(error)".contains("completion 'c' is not one of")
    }
    #expect {
      try policy.reader.input(for: block([("w", "a", "b")]))
    } throws: { error in
      "\(error)".contains("prompt 'w' is not one of")
    }
  }

  @Test func rewardsAreNotItsUse() {
    let options = TabularPolicyOptions(completions: ["a", "b"])
    #expect(throws: DataError.self) { try options.blueprint(ModelRequest(use: .scores)) }
  }
}
