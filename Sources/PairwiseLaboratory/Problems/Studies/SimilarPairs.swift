public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseTensor
internal import PairwiseTraining

/// Pairs of a tiny language model's own kind of text, more or less alike: which of them make the chosen completion less
/// likely when DPO trains on them?
///
/// Letters a … d follow each other in a chain, eight to a completion, behind one of four prompts. The rejected
/// completion has one to eight letters drawn anew; which of the two is chosen is a coin's choice. The start has learned
/// 2000 completions. Pairs are put in twelve bins of 32 by a score of the start; DPO trains on each bin by itself, and
/// once on the quarter with the lowest scores, every pair as often.
public struct SimilarPairs: StudiedProblem {
  public static let name = "similar_pairs"
  public static let summary = "which pairs displace the chosen completion: a tiny language model"
  public static let source = "Razin et al. 2024, arXiv 2410.08847"

  static let bins = 12
  private static let size = 32
  public var seed = 0
  /// Updates that make the start, and those of DPO on a bin.
  public var pretraining = 200
  public var steps = 5

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn completions.")
    pretraining = reader.value(
      "pretraining", default: pretraining, .closed(1...100_000), "Updates that make the start.")
    steps = reader.value(
      "steps", default: steps, .closed(1...100_000), "Updates of DPO on each bin.")
  }

  public static let measures: [Measure] = [
    Measure(
      "correlation", "Spearman's, of a bin's score and how much its chosen completions lose",
      better: .higher),
    Measure(
      "kept_change",
      "log π of the chosen after training on the quarter of lowest scores, less before",
      better: .higher),
    Measure("kept_margin", "what the margin of that quarter gains, nats", better: .higher),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case ches
    case lastHidden = "last_hidden"
    case editSimilarity = "edit_similarity"
    case random

    var summary: String {
      switch self {
      case .ches: "⟨S⁺, S⁻⟩ − ‖S⁺‖² of the sums of hidden states"
      case .lastHidden: "the product of the last hidden states"
      case .editSimilarity: "few edits from one completion to the other"
      case .random: "a number that says nothing"
      }
    }
  }

  private static let letters = Array("abcd".utf8)

  private static func draw(_ rng: inout SplitMix64) -> [Int] {
    var found = [rng.randint(4)]
    while found.count < 8 {
      let free = rng.randint(4)
      found.append(rng.bernoulli(0.7) ? (found[found.count - 1] + 1) % 4 : free)
    }
    return found
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var rng = SplitMix64(seed: UInt64(seed))
    func bytes(_ text: [Int]) -> [UInt8] { text.map { Self.letters[$0] } }
    func prompt() -> [UInt8] { [UInt8(ascii: "A") + UInt8(rng.randint(4))] }
    var known = PairTexts()
    for _ in 0..<2000 {
      known.append(
        prompt: prompt(), chosen: bytes(Self.draw(&rng)), rejected: bytes(Self.draw(&rng)))
    }
    let start = try TinyLanguageModel(
      known, objective: #"{"name": "sft", "nll_reduction": "token_mean"}"#, steps: pretraining,
      learningRate: 0.01, seed: seed, name: Self.name)
    var pairs: [(prompt: [UInt8], chosen: [UInt8], rejected: [UInt8])] = []
    while pairs.count < Self.size * Self.bins {
      let one = Self.draw(&rng)
      var other = one
      for _ in 0...rng.randint(8) { other[rng.randint(8)] = rng.randint(4) }
      let isFirst = rng.bernoulli(0.5)
      if other == one { continue }
      pairs.append((prompt(), bytes(isFirst ? one : other), bytes(isFirst ? other : one)))
    }
    func texts(_ rows: [Int]) -> PairTexts {
      rows.reduce(into: PairTexts()) {
        let pair = pairs[$1]
        $0.append(prompt: pair.prompt, chosen: pair.chosen, rejected: pair.rejected)
      }
    }
    // The start as DPO reads pairs: what it learned on completions looks at one side alone.
    let dpo = #"{"name": "dpo", "beta": 0.1}"#
    let before = try TinyLanguageModel(
      texts(Array(pairs.indices)), from: start, objective: dpo, steps: 0, learningRate: 0.001,
      seed: seed, name: Self.name)
    let noise = pairs.map { _ in rng.uniform() }
    let scores = try Self.similarities(texts(Array(pairs.indices)), before.model).enumerated().map {
      row, found in
      switch name {
      case .ches: found.ches
      case .lastHidden: found.lastHidden
      case .editSimilarity: found.editSimilarity
      case .random: noise[row]
      }
    }
    let order = pairs.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
    /// Mean changes of log π of the chosen and of the margin, by DPO on some pairs.
    func change(_ rows: [Int]) throws -> (chosen: Double, margin: Double) {
      let trained = try TinyLanguageModel(
        texts(rows), from: start, objective: dpo,
        steps: steps * max(1, rows.count / Self.size), batchSize: Self.size,
        learningRate: 0.001, seed: seed, name: Self.name)
      let source = InMemoryPairs(texts: texts(rows))
      let both = try [before.model, trained.model].map { model in
        let scorer = PairScorer(model)
        return try scorer.score(source.read(Array(0..<source.count), scorer.needs))
      }
      var (chosen, margin) = (0.0, 0.0)
      for row in rows.indices {
        let gain = Double(both[1].chosen[row] - both[0].chosen[row])
        chosen += gain
        margin += gain - Double(both[1].rejected[row] - both[0].rejected[row])
      }
      return (chosen / Double(rows.count), margin / Double(rows.count))
    }
    let losses = try (0..<Self.bins).map { bin in
      try -change(Array(order[Self.size * bin..<Self.size * (bin + 1)])).chosen
    }
    let kept = try change(Array(order[..<(order.count / 4)]))
    return StudyOutcome([
      "correlation": RankCorrelation.spearman(losses.indices.map(Double.init), losses) ?? 0,
      "kept_change": kept.chosen, "kept_margin": kept.margin,
    ])
  }

  private static func similarities(
    _ texts: PairTexts, _ model: CausalLM
  ) throws -> [PairSimilarity] {
    let scorer = PairScorer(model)
    let source = InMemoryPairs(texts: texts)
    return try scorer.similarities(of: source.read(Array(0..<source.count), scorer.needs))
  }
}
