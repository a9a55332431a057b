public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTensor

/// Texts judged by three of twelve principles: which ones they are is read off 300 judgements, and held against 300
/// more.
///
/// Six principles and their opposites, on texts whose qualities have nothing to do with each other. Judges follow the majority of three, a draw is decided by a coin,
/// and one judgement in twenty is turned around. They want more of three qualities, as most people do, or less.
public struct PlantedPrinciples: StudiedProblem {
  public static let name = "planted_principles"
  public static let summary = "judgements by three principles of a library, found again by votes"
  public static let source = "Findeis et al. 2024, Inverse Constitutional AI, arXiv 2406.06560"

  public var seed = 0
  public var unaligned = false

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of texts and judgements.")
    unaligned = reader.value(
      "unaligned", default: unaligned, .any, "Whether judges want the opposite of most people.")
  }

  public static let measures: [Measure] = [
    Measure(
      "accuracy", "share of held-out judgements told, of no vote a half", better: .higher),
    Measure("recovered", "share of the planted principles among those used", better: .higher),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case usual = "default"
    case constitution
    case planted

    var summary: String {
      switch self {
      case .usual: "what most people want: more of all six qualities"
      case .constitution: "the three principles that agree most with the judgements"
      case .planted: "the three that the judges followed"
      }
    }
  }

  private static let base = [
    Principle.library[1], Principle.library[2], Principle.library[3], Principle.library[4],
    Principle.library[5], .earlier("because"),
  ]

  /// Votes of the six qualities and of their opposites, `[12][n]`.
  private static func votes(_ texts: [(String, String)]) -> [[PrincipleVote]] {
    let more = base.map { principle in
      texts.map { principle.vote(first: $0.0, second: $0.1) }
    }
    let less = more.map { votes in
      votes.map { vote -> PrincipleVote in
        switch vote {
        case .first: .second
        case .second: .first
        case .both, .neither, .notApplicable: vote
        }
      }
    }
    return more + less
  }

  /// Four lines whose length, list marks, questions, repetitions, hedges and reasons are drawn each by itself.
  private static func text(_ rng: inout SplitMix64) -> String {
    let vocabulary = ["tea", "cup", "water", "leaf", "heat", "time", "taste", "pot", "milk", "day"]
    var words = (0..<(16 + rng.randint(12))).map { _ in vocabulary[rng.randint(10)] }
    for repeated in 0..<(1 + rng.randint(3)) {
      words.replaceSubrange(3 * repeated..<3 * repeated + 3, with: ["and", "so", "on"])
    }
    let rest = 9..<words.count
    for _ in 0..<rng.randint(4) { words[rest.lowerBound + rng.randint(rest.count)] = "perhaps" }
    if rng.bernoulli(0.8) { words[rest.lowerBound + rng.randint(rest.count)] = "because" }
    let listed = rng.randint(4)
    let asks = rng.bernoulli(0.5)
    return (0..<4).map { line in
      let part = words[words.count * line / 4..<words.count * (line + 1) / 4]
      return (line < listed ? "- " : "") + part.joined(separator: " ")
        + (asks && line == 3 ? "?" : ".")
    }.joined(separator: "\n")
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var rng = SplitMix64(seed: UInt64(seed))
    let count = 300
    let texts = (0..<2 * count).map { _ in (Self.text(&rng), Self.text(&rng)) }
    let votes = Self.votes(texts)
    var chosen: [Int] = []
    while chosen.count < 3 {
      let next = rng.randint(Self.base.count) + (unaligned ? Self.base.count : 0)
      if !chosen.contains(next) { chosen.append(next) }
    }
    func majority(_ principles: [Int], _ row: Int) -> Int {
      principles.reduce(0) { sum, principle in
        let vote = votes[principle][row]
        return sum + (vote == .first ? 1 : vote == .second ? -1 : 0)
      }
    }
    let firstWins = texts.indices.map { row -> Bool in
      let (sum, coin) = (majority(chosen, row), rng.bernoulli(0.5))
      let isFirst = sum == 0 ? coin : sum > 0
      return rng.bernoulli(0.05) ? !isFirst : isFirst
    }
    let names = votes.indices.map { "principle \($0)" }
    let known = try PrincipleVotes(
      names: names, votes: votes.map { Array($0[..<count]) },
      firstWins: Array(firstWins[..<count]))
    var filter = PrincipleVotes.Filter()
    (filter.limit, filter.order) = (3, .difference)
    let used =
      switch name {
      case .usual: Array(Self.base.indices)
      case .constitution: known.kept(filter)
      case .planted: chosen
      }
    let right = (count..<2 * count).reduce(0.0) { sum, row in
      let vote = majority(used, row)
      return sum + (vote == 0 ? 0.5 : (vote > 0) == firstWins[row] ? 1 : 0)
    }
    return StudyOutcome([
      "accuracy": right / Double(count),
      "recovered": Double(chosen.count { used.contains($0) }) / Double(chosen.count),
    ])
  }
}
