import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import PairwiseTestSupport
import PairwiseText
import Testing

@Suite("Generation", .serialized)
struct GenerationTests {
  private func prompts(_ count: Int) -> [TokenPrompt] {
    TinyDecoder.prompts(count).map { TokenPrompt($0) }
  }

  /// Logits of the two ways differ by rounding, 1e-5 at most here; nothing closer than 1e-3 may decide.
  private func check(_ model: CausalLM, _ prompts: [[Int32]], count: Int) {
    let got = model.generate(
      prompts.map { TokenPrompt($0) }, options: GenerationOptions(maxNewTokens: count))
    var compared = 0
    for (prompt, completion) in zip(prompts, got) {
      let (tokens, closest) = model.greedy(prompt, count: count)
      if closest < 1e-3 { continue }
      compared += 1
      #expect(completion.tokens == tokens)
      #expect(!completion.isEnded)
    }
    #expect(compared > prompts.count / 2)
  }

  @Test("takes the tokens that whole forward passes take", arguments: ["llama", "qwen2", "gpt2"])
  func greedy(family: String) throws {
    check(try TinyDecoder.model(family), TinyDecoder.prompts(9), count: 12)
  }

  @Test(
    "takes the tokens that whole forward passes take, in transformers' checkpoints",
    .enabled(if: ModelFixture.isThere, "no fixtures beside the project"),
    arguments: ModelFixture.decoders)
  func greedyFixtures(name: String) throws {
    let fixture = try ModelFixture(name)
    let ids = try fixture.ids(fixture.row { $0["name"]?.text == "len48" })[0]
    check(try fixture.model(CausalLM.self), [Array(ids[..<5]), Array(ids[..<17])], count: 16)
  }

  @Test("does not depend on batch, neighbours or threads", arguments: [0.0, 1.0])
  func batches(temperature: Double) throws {
    let model = try TinyDecoder.model()
    var prompts = prompts(11)
    // Some end early, so that others take their place.
    for index in prompts.indices { prompts[index].stops = Set((0..<12).map { Int32($0 * 20) }) }
    let options = GenerationOptions(
      maxNewTokens: 20, temperature: temperature, topP: 0.95, seed: 7)
    let all = model.generate(prompts, options: options, batchSize: 11)
    #expect(all.contains { $0.isEnded } && all.contains { !$0.isEnded })
    for batch in [1, 2, 3, 8] {
      #expect(model.generate(prompts, options: options, batchSize: batch) == all)
    }
    for index in [0, 4, 10] {
      let alone = model.generate([prompts[index]], options: options, firstIndex: index)
      #expect(alone == [all[index]])
    }
    WorkerPool.shared.setThreads(1)
    defer { WorkerPool.shared.setThreads(0) }
    #expect(model.generate(prompts, options: options, batchSize: 4) == all)
  }

  @Test("draws the same with the same seed, and others with another")
  func seeds() throws {
    let model = try TinyDecoder.model()
    func draw(_ seed: UInt64) -> [Completion] {
      model.generate(
        prompts(6), options: GenerationOptions(maxNewTokens: 8, temperature: 1, seed: seed))
    }
    #expect(draw(1) == draw(1))
    #expect(draw(1) != draw(2))
    // Equal prompts draw apart.
    let same = [TokenPrompt]([TokenPrompt([3, 4]), TokenPrompt([3, 4])])
    let pair = model.generate(
      same, options: GenerationOptions(maxNewTokens: 12, temperature: 1, seed: 1))
    #expect(pair[0] != pair[1])
  }

  /// Frequencies of 20,000 draws against softmax in double precision. The statistic Σ (seen − n·p)²/(n·p)
  /// over k outcomes has mean k − 1 and variance 2(k − 1); five standard deviations are allowed.
  @Test(
    "draws tokens as often as their probability says",
    arguments: [(1.0, 1.0), (0.5, 1.0), (2.0, 1.0), (1.0, 0.6), (1.5, 0.9)])
  func statistics(temperature: Double, topP: Double) throws {
    let model = try TinyDecoder.model(scale: 6)
    let prompt: [Int32] = [65, 66, 67]
    let logits = model.logits(after: prompt).map(Double.init)
    let best = try #require(logits.max())
    var weights = logits.map { exponential(($0 - best) / temperature) }
    let order = weights.indices.sorted { weights[$0] > weights[$1] }
    let total = weights.reduce(0, +)
    var held = 0.0
    for token in order {
      // The last token kept is the one that reaches the sum.
      if held >= topP * total { weights[token] = 0 }
      held += weights[token]
    }
    let sum = weights.reduce(0, +)
    let count = 20_000
    let drawn = model.generate(
      [TokenPrompt](repeating: TokenPrompt(prompt), count: count),
      options: GenerationOptions(
        maxNewTokens: 1, temperature: temperature, topP: topP, seed: 5), batchSize: 500)
    var seen = [Double](repeating: 0, count: weights.count)
    for completion in drawn { seen[Int(completion.tokens[0])] += 1 }
    var (statistic, outcomes, rest, restSeen) = (0.0, 0.0, 0.0, 0.0)
    for (token, weight) in weights.enumerated() {
      let expected = Double(count) * weight / sum
      if weight == 0 { #expect(seen[token] == 0, "token \(token) is not among the likeliest") }
      // Rare tokens count together.
      if expected < 10 {
        (rest, restSeen) = (rest + expected, restSeen + seen[token])
      } else {
        statistic += (seen[token] - expected) * (seen[token] - expected) / expected
        outcomes += 1
      }
    }
    if rest >= 10 {
      statistic += (restSeen - rest) * (restSeen - rest) / rest
      outcomes += 1
    }
    #expect(outcomes > 5)
    #expect(statistic < outcomes - 1 + 5 * (2 * (outcomes - 1)).squareRoot())
  }

  @Test("ends at the end of a table of positions, each prompt for itself")
  func positions() throws {
    let model = try TinyDecoder.model("gpt2", positions: 24)
    let lengths = [1, 20, 23, 24, 9]
    let prompts = lengths.map { TokenPrompt((0..<$0).map { Int32($0 + 40) }) }
    let all = model.generate(prompts, options: GenerationOptions(maxNewTokens: 18))
    #expect(all.map(\.tokens.count) == [18, 4, 1, 0, 15])
    #expect(all[1].tokens == Array(model.greedy(prompts[1].ids, count: 4).tokens))
    #expect(try TinyDecoder.model("llama", positions: 24).positionLimit == nil)
  }

  @Test("ends at any of the stops, which are not part of the completion")
  func stops() throws {
    let model = try TinyDecoder.model()
    let options = GenerationOptions(maxNewTokens: 30)
    let plain = model.generate([TokenPrompt([9, 8, 7])], options: options)[0]
    let stop = plain.tokens[6]
    let place = try #require(plain.tokens.firstIndex(of: stop))
    let stopped = model.generate([TokenPrompt([9, 8, 7], stops: [300, stop])], options: options)[0]
    #expect(stopped == Completion(tokens: Array(plain.tokens[..<place]), end: stop))
  }

  private func exponential(_ x: Double) -> Double { exp(x) }
}

#if canImport(Glibc)
  import Glibc
#endif
