public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseTensor
internal import PairwiseTraining

/// A tiny language model over completions of eight letters of which two carry the preference.
///
/// Letters a … d follow each other in a chain; the fourth and the eighth letter is x or y, and which of them is good
/// depends on the letter before. A pair is two completions of a prompt, labelled by Bradley and
/// Terry on thrice the number of good letters. The start is a model of one layer that was trained on unlabelled
/// completions.
public struct SparseTokens: ComparableProblem {
  public static let name = "sparse_tokens"
  public static let summary = "a tiny language model: two letters of eight carry the preference"
  public static let source = "SparsePO, arXiv 2410.05102; TDPO, arXiv 2404.11999"

  public static let length = 8
  /// Places of the letters that carry the preference.
  public static let content = [3, 7]

  public var seed = 0
  public var pairs = 1000
  /// Updates that make the start.
  public var pretraining = 300

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn completions.")
    pairs = reader.value("pairs", default: pairs, .closed(1...100_000), "Training pairs.")
    pretraining = reader.value(
      "pretraining", default: pretraining, .closed(1...100_000), "Updates that make the start.")
  }

  public static let measures = [
    Measure("reward", "probability of the good letter where it counts", better: .higher),
    Measure(
      "filler_kl", "KL from the start at letters that do not count, nats each", better: .lower),
    Measure("content_kl", "the same at letters that count", better: .neither),
    Measure("kl", "KL from the start, nats a completion", better: .neither),
    Measure(
      "mask_share", "share of the reward mask at letters that count; a quarter without masks",
      better: .higher),
  ]

  /// A drawn completion: fillers 0 … 3, content 0 or 1.
  struct Sequence {
    var prompt: Int
    var letters: [Int]

    /// The good letter at a place: x behind a and b, y behind c and d.
    func good(at place: Int) -> Int { letters[place - 1] < 2 ? 0 : 1 }

    var goods: Int { SparseTokens.content.count { letters[$0] == good(at: $0) } }

    var text: String {
      letters.enumerated().map { place, letter in
        (SparseTokens.content.contains(place) ? ["x", "y"] : ["a", "b", "c", "d"])[letter]
      }.joined()
    }

    /// The same with the good letters.
    var improved: Sequence {
      var copy = self
      for place in SparseTokens.content { copy.letters[place] = good(at: place) }
      return copy
    }
  }

  private static func draw(_ prompt: Int, _ rng: inout SplitMix64) -> Sequence {
    var letters: [Int] = []
    for place in 0..<length {
      if content.contains(place) {
        letters.append(rng.randint(2))
      } else {
        let follows = rng.bernoulli(0.7)
        let free = rng.randint(4)
        // Behind a letter that counts the chain begins anew.
        let begins = place == 0 || content.contains(place - 1)
        letters.append(follows && !begins ? (letters[place - 1] + 1) % 4 : free)
      }
    }
    return Sequence(prompt: prompt, letters: letters)
  }

  static let prompts = ["A", "B", "C", "D"]

  public func trial() throws -> Trial {
    var rng = SplitMix64(seed: UInt64(seed))
    var texts = PairTexts()
    for _ in 0..<pairs {
      let prompt = rng.randint(4)
      let (a, b) = (Self.draw(prompt, &rng), Self.draw(prompt, &rng))
      let isFirst = rng.bernoulli(Logistic.sigmoid(3 * Double(a.goods - b.goods)))
      texts.append(
        prompt: Self.prompts[prompt].utf8, chosen: (isFirst ? a : b).text.utf8,
        rejected: (isFirst ? b : a).text.utf8)
    }
    let start = try pretrained(&rng)
    let probe = try TokenProbe(start.model, (0..<64).map { _ in Self.draw(rng.randint(4), &rng) })
    let pairs = InMemoryPairs(texts: texts)
    return Trial(pairs: pairs, model: start.started) {
      try probe.figures($0)
    }
  }

  /// The start: trained on 2000 drawn completions.
  private func pretrained(_ rng: inout SplitMix64) throws -> TinyLanguageModel {
    var texts = PairTexts()
    for _ in 0..<2000 {
      let sequence = Self.draw(rng.randint(4), &rng)
      texts.append(
        prompt: Self.prompts[sequence.prompt].utf8, chosen: sequence.text.utf8,
        rejected: Self.draw(sequence.prompt, &rng).text.utf8)
    }
    return try TinyLanguageModel(
      texts, objective: #"{"name": "sft", "nll_reduction": "token_mean"}"#, steps: pretraining,
      learningRate: 0.01, seed: seed, name: Self.name)
  }
}
