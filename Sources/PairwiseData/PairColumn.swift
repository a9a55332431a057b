/// A named column of numbers of a dataset: one number a pair, or as many for each.
///
/// Objectives look their inputs up by these names, so a file may have columns that Pairwise knows nothing
/// of. What a name says about a side (`chosen_score`, `rejected_score`) is about the preferred and the
/// other side, wherever they are stored.
public struct PairColumn: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
  public let rawValue: String

  public init(rawValue: String) { self.rawValue = rawValue }
  public init(_ name: String) { rawValue = name }
  public init(stringLiteral name: String) { rawValue = name }

  /// Data margin, nats. Objectives with `margin: column` need it.
  public static let margin: PairColumn = "margin"
  /// Sample weight, ≥ 0.
  public static let weight: PairColumn = "weight"
  /// P(chosen ≻ rejected), 0…1. A tie read with `ties: half` is 0.5; a hard label is 1.
  public static let labelProbability: PairColumn = "label_prob"
  /// Index into `PairSource.groupNames`, −1 unknown.
  public static let group: PairColumn = "group"
  /// Index into `PairSource.annotatorNames`, −1 unknown.
  public static let annotator: PairColumn = "annotator"
  /// Noise-free reward of each side, synthetic data only.
  public static let chosenGold: PairColumn = "chosen_gold"
  public static let rejectedGold: PairColumn = "rejected_gold"
  /// 1 where a completion that was judged alone is desirable, 0 where it is not; in files of pairs there is
  /// none.
  public static let label: PairColumn = "label"
  /// How much better than expected a single completion was; one without a label is desirable where it is above 0.
  public static let advantages: PairColumn = "advantages"
  /// Summed log-probs of the completions under the reference, nats.
  public static let refChosenLogps: PairColumn = "ref_chosen_logps"
  public static let refRejectedLogps: PairColumn = "ref_rejected_logps"

  /// Columns with a meaning of their own in every dataset, read and checked by it.
  public static let builtIn: Set<PairColumn> = [
    .margin, .weight, .labelProbability, .group, .annotator, .chosenGold, .rejectedGold,
    .label,
  ]

  /// Columns that an import reads as numbers wherever a file has them: what objectives of this project
  /// read from data. Others are read when they are asked for.
  public static let customary = Set<PairColumn>([
    "chosen_score", "rejected_score", "offset", "win_prob_chosen", "win_prob_rejected",
    "chosen_margin_reward", "rejected_margin_reward", "segment_labels", "text_chosen_logps",
    "text_rejected_logps", .refChosenLogps, .refRejectedLogps, "ref_logps", "strength",
    "strength_mean", "annotator_scores", "chosen_ratings", "rejected_ratings", "rewards",
    "old_logps", "advantages", "reward",
  ]).union(furtherRejected)

  /// Columns whose sign says which side has more: positive, the preferred one. Rows that are recorded the other way
  /// round change it.
  public static let signed: Set<PairColumn> = ["annotator_scores", "category"]

  /// Columns of several numbers a pair, some of which may be missing (null in JSON): NaN.
  public static let withGaps: Set<PairColumn> = [
    "annotator_scores", "chosen_ratings", "rejected_ratings",
  ]

  /// Numbers of one pair at most.
  package static let maxWidth = 4096

  /// The column of the other side, by its name; the column itself if its name tells no side.
  public var otherSide: PairColumn {
    let parts = rawValue.split(separator: "_", omittingEmptySubsequences: false)
    let swapped = parts.map { part in
      part == "chosen" ? "rejected" : part == "rejected" ? "chosen" : part
    }
    return PairColumn(swapped.joined(separator: "_"))
  }

  enum Side: String {
    case chosen, rejected
  }

  /// The name without the given side; nil if it is not about that side alone.
  func withoutSide(_ side: Side) -> PairColumn? {
    let parts = rawValue.split(separator: "_", omittingEmptySubsequences: false)
    let rest = parts.filter { $0 != side.rawValue }
    return rest.count == parts.count - 1 && !rest.isEmpty
      ? PairColumn(rest.joined(separator: "_")) : nil
  }

  /// Whether it can name a column of a file: letters, digits, '_', '-' and '.'.
  public var isPlain: Bool {
    !rawValue.isEmpty && rawValue.utf8.count <= 128 && rawValue != "." && rawValue != ".."
      && rawValue.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
          UInt8(ascii: "."):
          true
        default: false
        }
      }
  }
}
