internal import Glibc
public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTensor

/// A judge compares its own answers with another source's: are more wins self-preference, or better answers?
///
/// Answers differ in quality by the judge's lead and a standard normal number. The judge sees the difference with noise
/// of 0.5 in either order of presentation, leans by 0.3 to what is shown first, and adds its bonus to what is its own.
/// Three gold judges see it with noise of 0.5 and no bonus.
public struct SelfJudging: StudiedProblem {
  public static let name = "self_judging"
  public static let summary = "a judge of its own answers: self-preference, or better answers"
  public static let source = "Chen, Z.-Y. et al. 2025, DBG score, arXiv 2506.02592"

  public var seed = 0
  public var items = 1000
  /// What the judge adds to its own answers.
  public var bonus = 0.5
  /// How much better its own answers are, in standard deviations of the difference.
  public var lead = 0.6

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of all draws.")
    items = reader.value("items", default: items, .closed(10...100_000), "Compared answers.")
    bonus = reader.value(
      "bonus", default: bonus, .closed(-10...10), "What the judge adds to its own answers.")
    lead = reader.value(
      "lead", default: lead, .closed(-10...10), "How much better its own answers are.")
  }

  public static let measures: [Measure] = [
    Measure("bias", "points by which the judge is said to favour itself", better: .neither),
    Measure(
      "error", "how far that is from what the bonus alone adds to its wins, points",
      better: .lower),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case winRate = "win_rate"
    case dbg

    var summary: String {
      self == .winRate
        ? "how often it says that its own answer wins, less one half"
        : "the same less how often gold judges say so"
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var rng = SplitMix64(seed: UInt64(seed))
    var margins: [(Double, Double)] = []
    var gold: [[Int]] = []
    for _ in 0..<items {
      let better = lead + rng.normal()
      margins.append((better + 0.5 * rng.normal() + 0.3, better + 0.5 * rng.normal() - 0.3))
      gold.append((0..<3).map { _ in better + 0.5 * rng.normal() > 0 ? 1 : -1 })
    }
    let fair = try SelfPreference(margins: margins, gold: gold)
    let judged = try SelfPreference(
      margins: margins.map { ($0.0 + bonus, $0.1 + bonus) }, gold: gold)
    let bias = name == .dbg ? judged.bias : judged.own - 50
    return StudyOutcome(["bias": bias, "error": abs(bias - (judged.own - fair.own))])
  }
}
