internal import PairwiseAutodiff
internal import PairwiseNN
public import PairwiseTensor
internal import PairwiseText

/// Hidden states of a completion after the final norm: what the output matrix reads.
public struct CompletionStates: Sendable {
  /// Σ of the states that predict its tokens, `[D]`: from the prompt's last token on.
  public var sum: [Double]
  /// How many those are; one fewer than its tokens where nothing stands before them.
  public var count: Int
  /// The state at its last token, `[D]`; zeros without tokens.
  public var last: [Double]
}

extension CausalLM {
  /// Hidden states of both completions of n pairs: chosen of pair i at 2i, rejected at 2i + 1. Each depends
  /// on its own prompt and tokens alone.
  ///
  /// - Parameter adapted: whether adapters take part.
  public func states(_ pairs: [TokenPair], adapted: Bool = true) -> [CompletionStates] {
    let batch = TokenBatch(pairs)
    let weights = Weights(store)
    let hidden = transformer(batch.rows, weights, ForwardPass(adapted: adapted))
    let ends = batch.lastRows.map { max(0, $0) }
    let states = transformer.normalized(hidden.rows(batch.sources + ends), weights).value
    let width = config.hiddenSize
    return states.withSpan { span in
      batch.lastRows.indices.map { sequence in
        let range = Int(batch.offsets[sequence])..<Int(batch.offsets[sequence + 1])
        var sum = [Double](repeating: 0, count: width)
        for row in range {
          for j in 0..<width { sum[j] += Double(span[row * width + j]) }
        }
        let end = (batch.sources.count + sequence) * width
        let isEmpty = batch.lastRows[sequence] < 0
        let last = (0..<width).map { isEmpty ? 0 : Double(span[end + $0]) }
        return CompletionStates(sum: sum, count: range.count, last: last)
      }
    }
  }

  /// Probabilities `[n, V]` of the token that follows each of n prompts, of at least one token each.
  public func nextTokens(after prompts: [[Int32]], adapted: Bool = true) -> Tensor {
    precondition(prompts.allSatisfy { !$0.isEmpty }, "next tokens: a prompt has no tokens")
    let layout = TokenLayout(prompts.map { ($0.count, nil) })
    let rows = TokenRows(ids: prompts.flatMap { $0 }, layout: layout)
    let weights = Weights(store)
    let hidden = transformer(rows, weights, ForwardPass(adapted: adapted))
    let ends = layout.segments.map { Int32($0.start + $0.count - 1) }
    let states = transformer.normalized(hidden.rows(ends), weights).value
    return Variable(constant: Matmul.dots(states, weights[head].value)).softmax().value
  }

  /// What a token stands for; nil if the model came without a tokenizer.
  public func text(ofToken id: Int32) -> String? {
    origin.text?.tokenizer.decode([id], skippingSpecialTokens: false)
  }
}
