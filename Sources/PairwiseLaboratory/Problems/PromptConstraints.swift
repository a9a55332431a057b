public import PairwiseConfig
internal import PairwiseTensor

/// T18, instructions: word lists and prompts made of checkable constraints. A response belongs to the prompt
/// of which it satisfies more.
public struct PromptConstraints: PairProblem {
  public static let name = "prompt_constraints"
  public static let summary =
    "which of two prompts a list of words answers, by checkable constraints"
  public static let source = "Sun et al. 2025, MAPL, arXiv 2505.12845"

  /// Words are numbers below this.
  public let vocabulary = 20
  public let lengths = 5...30
  /// Start of the training pairs; test pairs come from the next seed.
  public var seed = 0
  public var rows = 500

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value(
      "seed", default: seed, .closed(0...1_000_000_000),
      "Start of the training pairs; test pairs come from the next.")
    rows = reader.value("rows", default: rows, .closed(1...100_000), "Pairs of a split.")
  }

  public static let measures: [Measure] = [.accuracy, .logLoss]

  /// What a prompt asks for.
  public enum Constraint: Sendable, Equatable {
    case atLeastWords(Int)
    case contains(Int)
    case startsWith(Int)

    public func isMet(by words: [Int]) -> Bool {
      switch self {
      case .atLeastWords(let count): words.count >= count
      case .contains(let word): words.contains(word)
      case .startsWith(let word): words.first == word
      }
    }
  }

  /// One response with the prompt it meets and one that it doesn't.
  public struct Sample: Sendable, Equatable {
    public var words: [Int]
    public var met: Constraint
    public var unmet: Constraint
  }

  public func draw(_ count: Int, seed: UInt64) -> [Sample] {
    var rng = SplitMix64(seed: seed)
    var samples: [Sample] = []
    while samples.count < count {
      let length = lengths.lowerBound + rng.randint(lengths.count)
      let words = (0..<length).map { _ in rng.randint(vocabulary) }
      let prompts = (0..<2).map { _ in constraint(&rng) }
      let met = prompts.map { $0.isMet(by: words) }
      guard met[0] != met[1] else { continue }
      samples.append(
        Sample(words: words, met: prompts[met[0] ? 0 : 1], unmet: prompts[met[0] ? 1 : 0]))
    }
    return samples
  }

  private func constraint(_ rng: inout SplitMix64) -> Constraint {
    switch rng.randint(3) {
    case 0: .atLeastWords(lengths.lowerBound + 1 + rng.randint(lengths.count - 1))
    case 1: .contains(rng.randint(vocabulary))
    default: .startsWith(rng.randint(vocabulary))
    }
  }

  /// Products of prompt and response features: for each kind of constraint, how far the response is from it
  /// in counts, and whether it is there at all; then which kinds the prompt asks for.
  public func features(_ prompt: Constraint, _ words: [Int]) -> [Double] {
    switch prompt {
    case .atLeastWords(let count):
      let excess = Double(words.count - count) + 0.5
      return [1, excess, excess > 0 ? 1 : 0, 0, 0, 0, 0]
    case .contains(let word):
      let found = words.count { $0 == word }
      return [0, 0, 0, 1, found > 0 ? 1 : 0, 0, 0]
    case .startsWith(let word):
      return [0, 0, 0, 0, 0, 1, words.first == word ? 1 : 0]
    }
  }

  /// Features of the response under the prompt that it meets, and under the other.
  public func draw(_ split: ToySplit) -> ToyPairs {
    var pairs = ToyPairs(width: 7)
    for sample in draw(rows, seed: UInt64(seed + (split == .test ? 1 : 0))) {
      pairs.append(
        chosen: features(sample.met, sample.words), rejected: features(sample.unmet, sample.words))
    }
    return pairs
  }

  /// Samples as differences of the features under either prompt.
  public func pairs(_ samples: [Sample]) -> LinearPairs {
    LinearPairs(
      samples.flatMap { sample in
        zip(features(sample.met, sample.words), features(sample.unmet, sample.words))
          .map { $0 - $1 }
      }, width: 7)
  }
}
