internal import PairwiseAutodiff
public import PairwiseData
public import PairwiseEvaluation
public import PairwiseModels
internal import PairwiseNN
internal import PairwiseTensor
internal import PairwiseText

/// Completions that a policy writes for prompts, and what can be told from them: how far it went from its
/// reference, and what rewards make of them.
public struct OnPolicySample: Sendable {
  /// Each prompt `samples` times, one after the other.
  public let prompts: [PreferenceText]
  public let completions: [String]
  /// Tokens of every completion.
  public let lengths: [Int]
  /// log π − log π_ref of every completion, summed over its tokens; empty without a reference.
  public let logRatios: [Double]
  /// log π of every completion, summed over its tokens; empty without a reference.
  public let logps: [Double]

  /// Draws `samples` completions of each prompt at temperature 1.
  ///
  /// A completion that ended by itself counts with its end token.
  ///
  /// - Parameters:
  ///   - reference: what the policy was trained from, with the same tokens; nil: no log-ratios.
  ///   - progress: called with completions done.
  /// - Throws: for a prompt that cannot be read, by its place.
  public init(
    of policy: CausalLM, reference: CausalLM?, prompts: [PreferenceText], samples: Int,
    maxNewTokens: Int, seed: UInt64, batchSize: Int = 8, progress: (Int) -> Void = { _ in }
  ) throws(DataError) {
    let encoder = try PromptEncoder(policy)
    let options = GenerationOptions(maxNewTokens: maxNewTokens, temperature: 1, seed: seed)
    var texts: [PreferenceText] = []
    var tokens: [TokenPrompt] = []
    for (index, prompt) in prompts.enumerated() {
      let encoded: TokenPrompt
      do throws(TextError) {
        encoded = try encoder.encode(prompt)
      } catch {
        throw DataError(
          .invalid, file: "prompts", place: "row \(index)", "\(error.file) \(error.message)")
      }
      texts += repeatElement(prompt, count: samples)
      tokens += repeatElement(encoded, count: samples)
    }
    let written = policy.generate(tokens, options: options, batchSize: batchSize) { _, done in
      progress(done)
    }
    self.prompts = texts
    completions = written.map(encoder.text)
    lengths = written.map { $0.tokens.count + ($0.end == nil ? 0 : 1) }
    guard let reference else {
      (logps, logRatios) = ([], [])
      return
    }
    logps = OnPolicySample.logps(policy, tokens, written, batchSize)
    logRatios = zip(logps, OnPolicySample.logps(reference, tokens, written, batchSize))
      .map { $0 - $1 }
  }

  private static func logps(
    _ model: CausalLM, _ prompts: [TokenPrompt], _ written: [Completion], _ batchSize: Int
  ) -> [Double] {
    let pairs = zip(prompts, written).map { prompt, completion in
      TokenPair(
        prompt: prompt.ids, chosen: completion.tokens + (completion.end.map { [$0] } ?? []))
    }
    var logps: [Double] = []
    for start in stride(from: 0, to: pairs.count, by: batchSize) {
      let some = TokenPairs(
        Array(pairs[start..<min(pairs.count, start + batchSize)]), chosenOnly: true)
      let values = model.forward(.tokens(some), Weights(model.store), ForwardPass())
        .variable.value.array
      logps += some.pairs.indices.map { Double(values[2 * $0]) }
    }
    return logps
  }

  /// KL(π ‖ π_ref) per completion in nats, estimated by the mean log-ratio of what π wrote: an unbiased
  /// estimate, which may come out below 0. With its 95 % interval; nil without a reference.
  public var divergence: PolicyReport.Divergence? {
    if logRatios.isEmpty { return nil }
    return PolicyReport.Divergence(
      value: logRatios.reduce(0, +) / Double(logRatios.count),
      interval: try? Interval.mean(of: logRatios), completions: logRatios.count)
  }

  /// The reward of every completion under a scorer.
  public func rewards(_ scorer: PairScorer) throws(DataError) -> [Double] {
    var values: [Double] = []
    for start in stride(from: 0, to: completions.count, by: 16) {
      var records: [PreferenceRecord] = []
      for index in stride(from: start, to: min(completions.count, start + 16), by: 2) {
        var record = PreferenceRecord(origin: index)
        record.prompt = prompts[index]
        record.chosen = answer(index)
        record.rejected = answer(min(index + 1, completions.count - 1))
        records.append(record)
      }
      let source = try InMemoryPairs(records)
      let scores = try scorer.bound(to: source).score(
        try source.read(Array(records.indices), scorer.needs))
      for (chosen, rejected) in zip(scores.chosen, scores.rejected) {
        values += [Double(chosen), Double(rejected)]
      }
    }
    return Array(values.prefix(completions.count))
  }

  /// A completion in the form of its prompt.
  private func answer(_ index: Int) -> PreferenceText {
    switch prompts[index] {
    case .plain: .plain(completions[index])
    case .messages: .messages([ChatMessage(role: "assistant", content: completions[index])])
    }
  }
}
