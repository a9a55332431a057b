import Glibc
import PairwiseAutodiff
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import Testing

/// What a reference gives for token-level objectives, against plain ways to compute the same.
struct TokenReferenceTests {
  private static let pairs = [
    TokenPair(prompt: [1, 2, 3], chosen: [4, 5, 6, 7], rejected: [8]),
    TokenPair(prompt: [9], chosen: [10, 11], rejected: [12, 13, 14]),
    TokenPair(prompt: [], chosen: [15, 16, 17], rejected: [18, 19]),
  ]
  private static let input = ModelInput.tokens(TokenPairs(pairs))

  /// Every scored token of the pairs with what stands before it, chosen and rejected in turn.
  private static let contexts: [(before: [Int32], token: Int32)] = pairs.flatMap { pair in
    [pair.chosen, pair.rejected].flatMap { side in
      side.indices.compactMap { place in
        let before = pair.prompt + side[..<place]
        return before.isEmpty ? nil : (before, side[place])
      }
    }
  }

  private func logProbabilities(_ model: CausalLM, after ids: [Int32]) -> [Double] {
    let logits = model.logits(after: ids).map { Double($0) }
    let top = logits.max() ?? 0
    let sum = top + log(logits.reduce(0) { $0 + exp($1 - top) })
    return logits.map { $0 - sum }
  }

  /// Logits of some units are sums of 32 float32 products: 1e-5 is a few roundings of them.
  @Test(arguments: ["llama", "gpt2"]) func divergencesAreThoseOfPlainDistributions(
    family: String
  ) throws {
    let policy = try TinyDecoder.model(family, seed: 1)
    let reference = try TinyDecoder.model(family, seed: 2)
    let states = try #require(
      reference.referenceStates(Self.input, Weights(reference.store), ReferenceWants()))
    let pass = ForwardPass(wantsSquares: true, reference: states)
    let tokens = try #require(
      policy.completions(Self.input, Weights(policy.store), pass).tokens)
    let divergence = try #require(tokens.divergence).value.array
    let theirs = try #require(tokens.referenceLogps).array
    let squares = try #require(tokens.logSumSquares).array
    try #require(divergence.count == Self.contexts.count)
    #expect(tokens.offsets == [0, 4, 5, 7, 10, 12, 13])
    for (index, (before, token)) in Self.contexts.enumerated() {
      let own = logProbabilities(policy, after: before)
      let other = logProbabilities(reference, after: before)
      let kl = zip(other, own).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
      #expect(abs(Double(divergence[index]) - kl) < 1e-5 * max(1, kl), "KL of token \(index)")
      #expect(abs(Double(tokens.logps.value.array[index]) - own[Int(token)]) < 1e-5 * 8)
      #expect(abs(Double(theirs[index]) - other[Int(token)]) < 1e-5 * 8)
      let square = log(own.reduce(0) { $0 + exp(2 * $1) })
      #expect(abs(Double(squares[index]) - square) < 1e-5 * 4)
    }
  }

  @Test func aModelDoesNotDivergeFromItself() throws {
    let model = try TinyDecoder.model()
    let states = try #require(
      model.referenceStates(Self.input, Weights(model.store), ReferenceWants()))
    let tokens = try #require(
      model.completions(Self.input, Weights(model.store), ForwardPass(reference: states)).tokens)
    #expect(tokens.divergence?.value.array.allSatisfy { $0 == 0 } == true)
    #expect(tokens.referenceLogps == tokens.logps.value)
  }

  @Test func statesAndActivationsBelongToWhatPredictsAToken() throws {
    let model = try TinyDecoder.model()
    let wants = ReferenceWants(layers: true, activations: true)
    let states = try #require(model.referenceStates(Self.input, Weights(model.store), wants))
    let count = Self.contexts.count
    #expect(states.layers.count == model.config.layers)
    #expect(states.layers.allSatisfy { $0.shape == [count, model.config.hiddenSize] })
    #expect(states.layers.last == states.output.hidden)
    // A change of the last token of a completion changes nothing: it predicts no token.
    var changed = Self.pairs
    changed[0].chosen[3] = 99
    let other = try #require(
      model.referenceStates(.tokens(TokenPairs(changed)), Weights(model.store), wants))
    #expect(other.layers == states.layers)
    #expect(other.activations == states.activations)
    changed[0].chosen[2] = 98
    let third = try #require(
      model.referenceStates(.tokens(TokenPairs(changed)), Weights(model.store), wants))
    #expect(third.layers[0].rows(0..<3) == states.layers[0].rows(0..<3))
    #expect(third.layers[0].rows(3..<4) != states.layers[0].rows(3..<4))
    let mask = try #require(states.activations).array
    #expect(mask.allSatisfy { (0...1).contains($0) })
    // One token alone: the mask is undefined, and 1.
    #expect(mask[4] == 1)
  }

  /// The credits of a completion add up to its implicit reward.
  @Test func creditsAreSharesOfTheReward() throws {
    let policy = try TinyDecoder.model(seed: 1)
    let reference = try TinyDecoder.model(seed: 2)
    let shades = try TokenShades(policy, against: .model(reference), beta: 0.25, folder: "nowhere")
    #expect(shades.measures == ["credit", "activation"])
    let shaded = shades.shaded(Self.input)
    func sums(_ model: CausalLM) -> [Float] {
      model.completions(Self.input, Weights(model.store), ForwardPass()).logps.value.array
    }
    let rewards = zip(sums(policy), sums(reference)).map { 0.25 * ($0 - $1) }
    for (index, pair) in shaded.enumerated() {
      for (side, reward) in [
        (pair.chosen, rewards[2 * index]), (pair.rejected, rewards[2 * index + 1]),
      ] {
        let sum = side.reduce(Float(0)) { $0 + ($1.numbers.first ?? 0) }
        #expect(abs(sum - reward) < 1e-4, "a few float32 numbers of order 10")
      }
    }
    // Behind an empty prompt the first token is not scored.
    #expect(shaded[2].chosen[0].numbers.isEmpty && !shaded[2].chosen[1].numbers.isEmpty)
    let alone = try TokenShades(policy, against: .none, beta: 0.25, folder: "nowhere")
    #expect(alone.measures == ["log-prob"])
    #expect(alone.shaded(Self.input)[0].rejected[0].numbers.count == 1)
  }

  @Test func piecesJoinToTheText() throws {
    let model = try TinyDecoder.model()
    let ids = Array("naïve ✓".utf8).map { Int32($0) }
    let pieces = model.pieces(ids)
    #expect(pieces.count == ids.count)
    #expect(pieces.joined() == "naïve ✓")
    #expect(pieces[2].isEmpty && pieces[3] == "ï")
  }

  /// The example of section 4.2.2 of the methods document, without its masked position.
  @Test func activationMaskOfTheExample() {
    var mask = ActivationMask(offsets: [0, 3, 7])
    mask.add(
      Tensor(
        [7, 3],
        [1, -2, 0.5, 0.25, 0.75, 2, -1, 0, 0.25] + [
          0.5, 0.5, 0.5, 3, -1, 1, -2, 1, 0.25, 1, 1, -0.5,
        ]),
      .residual)
    let want: [Float] = [0.0666666667, 1, 0, 0.6, 1, 0, 0.6]
    #expect(zip(mask.mask.array, want).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// Logits are one of four kinds: another output matrix, and nothing else, moves the mask by a quarter of what
  /// it does to their means, scaled over each completion.
  @Test func logitsAreAKindOfActivation() throws {
    let model = try TinyDecoder.model(isTied: false)
    var other = model
    let head = try #require(other.store.parameters.first { $0.name == "lm_head.weight" })
    let matrix = other.store.value(head)
    other.store.set(head, to: Tensor(matrix.shape, matrix.array.reversed()))
    let wants = ReferenceWants(activations: true)
    func mask(_ model: CausalLM) throws -> [Float] {
      let states = model.referenceStates(Self.input, Weights(model.store), wants)
      return try #require(states?.activations).array
    }
    func scaled(_ model: CausalLM) -> [Double] {
      let means = Self.contexts.map { context in
        let logits = model.logits(after: context.before)
        return logits.reduce(0) { $0 + Double($1) } / Double(logits.count)
      }
      var result: [Double] = []
      for count in [4, 1, 2, 3, 2, 1] {
        let own = means[result.count..<result.count + count]
        let (low, high) = (own.min() ?? 0, own.max() ?? 0)
        result += own.map { high > low ? ($0 - low) / (high - low) : 1 }
      }
      return result
    }
    let (first, second) = (try mask(model), try mask(other))
    let (own, turned) = (scaled(model), scaled(other))
    #expect(first != second && own.count == first.count)
    // Means of float32 logits, which cancel: 1e-4 of their range.
    for place in first.indices {
      let moved = Double(first[place]) - Double(second[place])
      #expect(abs(moved - (own[place] - turned[place]) / 4) < 1e-3)
    }
  }

  /// The example of section 4.2.3.
  @Test func maskNetworkOfTheExample() throws {
    var builder = ParameterBuilder()
    let network = MaskNetwork(
      MaskNetworkOptions("mask_network", readsLastLayer: false, dropout: 0, weightDecay: 0.25),
      layers: 2, width: 2, &builder)
    var store = ParameterStore(builder, seed: 0)
    let values: [String: [Float]] = [
      "norm.weight": [1, 1], "norm.bias": [0.1, -0.2], "layers.0.weight": [0.8, -0.4],
      "layers.0.bias": [0.05], "layers.1.weight": [-0.5, 0.6], "layers.1.bias": [0.3],
      "mixer.weight": [0.7, 0.4],
    ]
    for parameter in store.parameters {
      #expect(parameter.weightDecay == 0.25)
      let value = try #require(values[String(parameter.name.dropFirst("mask_network.".count))])
      store.set(parameter, to: Tensor(parameter.shape, value))
    }
    let states = [
      Tensor([3, 2], [1, -0.5, 0.25, 0.75, 2, 1]), Tensor([3, 2], [0.5, 0.5, -1, 1, 0, -2]),
    ]
    let mask = network(states, offsets: [0, 3], Weights(store), dropout: nil)
    let want: [Float] = [1.0389925334, 0.4919978000, 0.9869832005]
    #expect(zip(mask.value.array, want).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// A value is LayerNorm(h)·w + b over all layers that are read; it starts at 0.
  @Test(arguments: [false, true])
  func valueHead(readsLastLayer: Bool) throws {
    var builder = ParameterBuilder()
    let head = ValueHead(
      ValueHeadOptions("value_network", readsLastLayer: readsLastLayer, weightDecay: 0.25),
      layers: 2, width: 2, &builder)
    var store = ParameterStore(builder, seed: 0)
    let states = [
      Tensor([3, 2], [1, -0.5, 0.25, 0.75, 2, 1]), Tensor([3, 2], [0.5, 0.25, -1, 1, 0, -2]),
    ]
    #expect(head(states, Weights(store)).value.array == [0, 0, 0])
    let weights: [Float] = readsLastLayer ? [0.5, 0.25] : [1, 2, 0.5, 0.25]
    let values = ["weight": weights, "bias": [0.125], "norm.weight": [1, 1], "norm.bias": [0, 0]]
    for parameter in store.parameters {
      let value = try #require(values[String(parameter.name.dropFirst("value_network.".count))])
      store.set(parameter, to: Tensor(parameter.shape, value))
    }
    // Two numbers normed are 1 and −1 by their order, up to epsilon.
    let own: [Float] = [0.25 + 0.125, -0.25 + 0.125, 0.25 + 0.125]
    let first: [Float] = readsLastLayer ? [0, 0, 0] : [-1, 1, -1]
    let found = head(states, Weights(store)).value.array
    for (value, expected) in zip(found, zip(own, first).map(+)) {
      #expect(abs(value - expected) < 2e-3)
    }
  }

  /// Dropout belongs to a sequence and a place in it.
  @Test func dropoutOfAMaskNetworkDoesNotDependOnTheSplit() throws {
    var builder = ParameterBuilder()
    let network = MaskNetwork(
      MaskNetworkOptions("mask_network", readsLastLayer: true, dropout: 0.5, weightDecay: 0),
      layers: 3, width: 4, &builder)
    let store = ParameterStore(builder, seed: 3)
    let states = Tensor([6, 4], (0..<24).map { Float($0 * 7 % 11) })
    func mask(_ rows: Range<Int>, _ offsets: [Int32], start: UInt64) -> Tensor {
      network(
        [states.rows(rows)], offsets: offsets, Weights(store),
        dropout: DropoutKey(key: 5, start: start)
      ).value
    }
    let whole = mask(0..<6, [0, 2, 3, 3, 6], start: 4)
    #expect(mask(0..<3, [0, 2, 3], start: 4) == whole.rows(0..<3))
    #expect(mask(3..<6, [0, 0, 3], start: 6) == whole.rows(3..<6))
  }
}
