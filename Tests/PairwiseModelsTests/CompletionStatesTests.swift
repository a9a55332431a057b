import PairwiseAutodiff
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import Testing

/// Hidden states of completions and next-token distributions against plain forward passes.
struct CompletionStatesTests {
  private static let pairs = [
    TokenPair(prompt: [1, 2, 3], chosen: [4, 5], rejected: [6, 7, 8, 9]),
    TokenPair(prompt: [10], chosen: [11, 12, 13], rejected: [11]),
    TokenPair(prompt: [], chosen: [20, 21], rejected: [22, 23, 24]),
  ]

  /// States after the final norm `[T, D]` of one sequence alone.
  private func states(_ model: CausalLM, _ ids: [Int32]) -> [[Double]] {
    let weights = Weights(model.store)
    let rows = TokenRows(ids: ids, layout: TokenLayout([(ids.count, nil)]))
    let hidden = model.transformer(rows, weights, ForwardPass())
    let values = model.transformer.normalized(hidden, weights).value.array
    let width = model.config.hiddenSize
    return ids.indices.map { row in values[row * width..<(row + 1) * width].map(Double.init) }
  }

  @Test("are those of the positions that predict the completion", arguments: ["llama", "gpt2"])
  func sums(family: String) throws {
    let model = try TinyDecoder.model(family)
    let found = model.states(Self.pairs)
    for (index, pair) in Self.pairs.enumerated() {
      for (side, completion) in [pair.chosen, pair.rejected].enumerated() {
        let all = states(model, pair.prompt + completion)
        // From the prompt's last position to the one before the last token.
        let predicting = all[max(0, pair.prompt.count - 1)..<all.count - 1]
        let result = found[2 * index + side]
        #expect(result.count == predicting.count)
        for j in 0..<model.config.hiddenSize {
          let sum = predicting.reduce(0) { $0 + $1[j] }
          // Rounding of float32 states of order 1, in another arrangement of rows.
          #expect(abs(result.sum[j] - sum) < 1e-4)
          #expect(abs(result.last[j] - all[all.count - 1][j]) < 1e-4)
        }
      }
    }
  }

  @Test("do not depend on the pairs beside them")
  func batches() throws {
    let model = try TinyDecoder.model()
    let together = model.states(Self.pairs)
    for (index, pair) in Self.pairs.enumerated() {
      let alone = model.states([pair])
      #expect(alone.map(\.sum) == Array(together[2 * index..<2 * index + 2]).map(\.sum))
      #expect(alone.map(\.last) == Array(together[2 * index..<2 * index + 2]).map(\.last))
    }
  }

  @Test("next tokens are the softmax of the logits, whatever prompts stand beside")
  func nextTokens() throws {
    let model = try TinyDecoder.model()
    let prompts = TinyDecoder.prompts(5)
    let found = model.nextTokens(after: prompts)
    for (row, prompt) in prompts.enumerated() {
      let expected = Variable(constant: Tensor(model.logits(after: prompt))).softmax().value.array
      let probabilities = found.rows(row..<row + 1).array
      #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5)
      #expect(zip(probabilities, expected).allSatisfy { abs($0 - $1) < 1e-5 })
      #expect(model.nextTokens(after: [prompt]).array == probabilities)
    }
  }
}
