internal import PairwiseTensor

/// A prompt as a decoder reads it.
public struct TokenPrompt: Sendable, Equatable {
  /// At least one token.
  public var ids: [Int32]
  /// Tokens that end the completion.
  public var stops: Set<Int32>

  public init(_ ids: [Int32], stops: Set<Int32> = []) { (self.ids, self.stops) = (ids, stops) }
}

/// One completion of a prompt.
public struct Completion: Sendable, Equatable {
  /// The new tokens, without the one that ended them.
  public var tokens: [Int32]
  /// The end token that came; nil if the limit did.
  public var end: Int32?

  /// Whether it ended by itself.
  public var isEnded: Bool { end != nil }

  public init(tokens: [Int32], end: Int32? = nil) { (self.tokens, self.end) = (tokens, end) }
}

extension CausalLM {
  /// Completions of prompts, token by token with a cache of keys and values.
  ///
  /// As a completion ends, the next prompt takes its place. A completion depends on its own prompt, its
  /// number and the options alone: not on its neighbours, the batch or the number of threads. Where
  /// positions are learned it ends with their table.
  ///
  /// - Parameters:
  ///   - prompts: each of at least one token, and no longer than the model's positions; traps otherwise.
  ///   - firstIndex: the number of the first prompt among all, for the random numbers.
  ///   - batchSize: completions that are made at once, at least 1.
  ///   - progress: called after every step with the tokens it made and the prompts that are done.
  public func generate(
    _ prompts: [TokenPrompt], options: GenerationOptions, firstIndex: Int = 0, batchSize: Int = 8,
    progress: (_ tokens: Int, _ done: Int) -> Void = { _, _ in }
  ) -> [Completion] {
    precondition(batchSize >= 1, "generate: a batch of \(batchSize)")
    precondition(prompts.allSatisfy { !$0.ids.isEmpty }, "generate: a prompt has no tokens")
    precondition(
      prompts.allSatisfy { $0.ids.count <= (positionLimit ?? .max) },
      "generate: a prompt is longer than the table of positions")
    var results = prompts.map { _ in Completion(tokens: []) }
    let decoding = Decoding(self)
    var waiting = prompts.indices.filter { room(prompts[$0], options) > 0 }[...]
    var active: [Active] = []
    while !waiting.isEmpty || !active.isEmpty {
      var logits: [Tensor] = []
      if !active.isEmpty {
        logits.append(decoding.step(active.map(\.last), active.map(\.cache)))
      }
      let fresh = waiting.prefix(batchSize - active.count).map { index in
        Active(
          index: index, room: room(prompts[index], options),
          sampler: Sampler(options, index: firstIndex + index), cache: KeyValueCache(config))
      }
      waiting = waiting.dropFirst(fresh.count)
      if !fresh.isEmpty {
        logits.append(decoding.prefill(fresh.map { prompts[$0.index].ids }, fresh.map(\.cache)))
      }
      active += fresh
      sample(logits, &active)
      let made = active.count
      active.removeAll { sequence in
        let ends = prompts[sequence.index].stops.contains(sequence.last)
        if ends { results[sequence.index].end = sequence.last }
        if !ends { results[sequence.index].tokens.append(sequence.last) }
        return ends || results[sequence.index].tokens.count == sequence.room
      }
      progress(made, prompts.count - waiting.count - active.count)
    }
    return results
  }

  /// Most tokens that a sequence can have; nil without a limit.
  public var positionLimit: Int? { config.rotary == nil ? config.maxPositions : nil }

  private func room(_ prompt: TokenPrompt, _ options: GenerationOptions) -> Int {
    min(options.maxNewTokens, (positionLimit ?? .max) - prompt.ids.count)
  }

  /// A completion under way.
  private struct Active {
    let index: Int
    /// Most new tokens.
    let room: Int
    var sampler: Sampler
    let cache: KeyValueCache
    var last: Int32 = 0
  }

  /// Draws the next token of each sequence from the rows of `logits`, one after the other.
  private func sample(_ logits: [Tensor], _ active: inout [Active]) {
    var sequence = 0
    for block in logits {
      block.withSpan { span in
        for row in 0..<block.shape[0] {
          let first = row * config.vocabularySize
          active[sequence].last = active[sequence].sampler.next(
            span.extracting(first..<first + config.vocabularySize))
          sequence += 1
        }
      }
    }
  }
}
