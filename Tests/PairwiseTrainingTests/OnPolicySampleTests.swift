import Foundation
import PairwiseAutodiff
import PairwiseConfig
import PairwiseData
import PairwiseEvaluation
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import PairwiseTestSupport
import PairwiseText
import PairwiseTraining
import Testing

/// Completions that a policy writes, and how far they say it went.
@Suite("On-policy samples")
struct OnPolicySampleTests {
  private let folder = TemporaryFolder()

  private func model(seed: UInt64, scale: Float) throws -> CausalLM {
    let yaml = """
      run: {name: a}
      data: {train: a}
      objective: {name: dpo}
      model: {kind: causal_lm, architecture: {model_type: llama, hidden_size: 24, num_attention_heads: 2}}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
    let config = try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml").0
    let built = try config.model.options.blueprint(ModelRequest(use: .logps(chosenOnly: false)))
      .build(DataFacts(featureWidth: nil, hasTexts: true), seed: seed)
    var model = try #require(built as? CausalLM)
    for parameter in model.store.parameters where parameter.shape.rank == 2 {
      let value = model.store.value(parameter)
      model.store.set(parameter, to: Tensor(value.shape, value.array.map { $0 * scale }))
    }
    return model
  }

  @Test("a policy has not moved from itself")
  func itself() throws {
    let policy = try model(seed: 1, scale: 8)
    let sample = try OnPolicySample(
      of: policy, reference: policy, prompts: [.plain("ab"), .plain("c")], samples: 4,
      maxNewTokens: 6, seed: 5)
    #expect(sample.completions.count == 8)
    #expect(sample.logRatios == [Double](repeating: 0, count: 8))
    #expect(sample.divergence?.value == 0)
  }

  /// With one new token the divergence is that of two distributions over the vocabulary, which is computed
  /// here in full. Of 4,000 draws the mean lies within 4 standard errors of it, but for one time in 16,000.
  @Test("the estimate is unbiased")
  func estimate() throws {
    let (policy, reference) = (try model(seed: 1, scale: 10), try model(seed: 2, scale: 10))
    let sample = try OnPolicySample(
      of: policy, reference: reference, prompts: [.plain("ab")], samples: 4000, maxNewTokens: 1,
      seed: 9, batchSize: 256)
    let prompt = try PromptEncoder(policy).encode(.plain("ab")).ids
    let pairs = (0..<policy.config.vocabularySize).map {
      TokenPair(prompt: prompt, chosen: [Int32($0)])
    }
    let logps = [policy, reference].map { model in
      model.forward(
        .tokens(TokenPairs(pairs, chosenOnly: true)), Weights(model.store), ForwardPass()
      ).variable.value.array
    }
    let (p, q) = (
      pairs.indices.map { Double(logps[0][2 * $0]) }, pairs.indices.map { Double(logps[1][2 * $0]) }
    )
    let exact = zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
    let square = zip(p, q).reduce(0) { $0 + exp($1.0) * pow($1.0 - $1.1 - exact, 2) }
    let error = (square / 4000).squareRoot()
    let found = try #require(sample.divergence)
    #expect(exact > 0.05, "the policies differ enough to tell")
    #expect(abs(found.value - exact) < 4 * error, "\(found.value), exactly \(exact) ± \(error)")
  }

  @Test("stances are those of the answers' log-probs, and a broken file is refused by line")
  func stances() throws {
    let (policy, reference) = (try model(seed: 1, scale: 6), try model(seed: 2, scale: 6))
    let path = folder.path + "/stances.jsonl"
    let row = """
      {"topic": "tea", "prompt": "Tea?", "stances": {"yes": ["Yes", "Sure"], "no": ["No"]}}

      """
    try FileAccess.write(Array((row + row).utf8), to: path)
    let drift = try StanceFile.drift(path, PairScorer(policy, reference: .model(reference)))
    #expect(drift.stances == ["no", "yes"])
    #expect(drift.topics.map(\.prompts) == [2])
    #expect(abs(drift.topics[0].before.reduce(0, +) - 1) < 1e-12)
    #expect(drift.magnitude > 0)
    let still = try StanceFile.drift(path, PairScorer(policy, reference: .model(policy)))
    #expect(still.magnitude == 0)
    for (text, problem) in [
      (row + "{\"topic\": \"tea\", \"prompt\": \"a\"}\n", "line 2: stances"),
      (row + row.replacingOccurrences(of: "\"no\"", with: "\"nay\""), "line 2: stances"),
      (
        "{\"topic\": \"\", \"prompt\": \"a\", \"stances\": {\"a\": [\"x\"], \"b\": [\"y\"]}}\n",
        "line 1: topic"
      ),
      ("", "holds no rows"),
    ] {
      try FileAccess.write(Array(text.utf8), to: path)
      #expect {
        try StanceFile.drift(path, PairScorer(policy, reference: .model(reference)))
      } throws: { "\($0)".contains(problem) }
    }
    try FileAccess.write(Array(row.utf8), to: path)
    #expect(throws: DataError.self) { try StanceFile.drift(path, PairScorer(policy)) }
  }
}
