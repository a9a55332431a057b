internal import PairwiseTensor

extension CausalLM {
  /// Completions of prompts, token by token with a cache of keys and values.
  ///
  /// A completion depends on its own prompt, its index and the options alone, not on its neighbours.
  ///
  /// - Parameters:
  ///   - prompts: each of at least one token.
  ///   - firstIndex: the number of the first prompt among all, for the random numbers.
  ///   - stops: tokens that end a completion; they are not part of it.
  /// - Returns: the new tokens of each prompt.
  public func generate(
    _ prompts: [[Int32]], firstIndex: Int = 0, stops: Set<Int32>, options: GenerationOptions
  ) -> [[Int32]] {
    precondition(prompts.allSatisfy { !$0.isEmpty }, "generate: a prompt has no tokens")
    let longest = prompts.map(\.count).max() ?? 0
    let room = config.rotary == nil ? config.maxPositions - longest : Int.max
    let most = min(options.maxNewTokens, max(0, room))
    var results = [[Int32]](repeating: [], count: prompts.count)
    if prompts.isEmpty || most == 0 { return results }
    var samplers = prompts.indices.map { Sampler(options, index: firstIndex + $0) }
    var decoding = Decoding(self, sequences: prompts.count, capacity: longest + most)
    var logits = decoding.prefill(prompts)
    var isDone = [Bool](repeating: false, count: prompts.count)
    for count in 1...most {
      var tokens = [Int32](repeating: 0, count: prompts.count)
      logits.withSpan { span in
        for sequence in prompts.indices where !isDone[sequence] {
          let row = sequence * config.vocabularySize
          tokens[sequence] = samplers[sequence].next(
            span.extracting(row..<row + config.vocabularySize))
        }
      }
      for sequence in prompts.indices where !isDone[sequence] {
        if stops.contains(tokens[sequence]) {
          isDone[sequence] = true
        } else {
          results[sequence].append(tokens[sequence])
        }
      }
      if count == most || isDone.allSatisfy({ $0 }) { break }
      logits = decoding.step(tokens)
    }
    return results
  }
}
