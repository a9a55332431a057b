public import PairwiseConfig
public import PairwiseText

/// A text as a dataset gives it: one string, or a list of messages.
public enum PreferenceText: Sendable, Equatable {
  case plain(String)
  case messages([ChatMessage])
}

/// One judgement, of a pair or of a single completion, as read from JSONL, CSV or made in memory, already oriented: `chosen` is preferred.
///
/// Text and features may both be there; at least one is. Columns a file lacks are nil, never a
/// made-up default.
public struct PreferenceRecord: Sendable {
  /// 1-based line (JSONL, CSV) or 0-based row (HDF5) this came from.
  public var origin: Int
  public var prompt: PreferenceText?
  public var chosen: PreferenceText?
  public var rejected: PreferenceText?
  /// Dense features, `[D]` each.
  public var chosenFeatures: [Float]?
  public var rejectedFeatures: [Float]?
  /// +1 chosen preferred (as oriented), 0 a tie.
  public var label: Int8 = 1
  /// Whether `chosen` is desirable, where it was judged alone; then there is no `rejected`.
  public var isDesirable: Bool?
  /// P(chosen ≻ rejected) in 0…1, where the label is soft.
  public var labelProbability: Float?
  public var margin: Float?
  public var weight: Float?
  public var group: String?
  public var annotator: String?
  /// Noise-free rewards, synthetic data only.
  public var chosenGoldReward: Double?
  public var rejectedGoldReward: Double?
  /// True if the noise-free label differs from `label`, synthetic data only.
  public var flipped: Bool = false
  /// Other columns of numbers, one or more a row, by name.
  public var numbers: [PairColumn: [Float]] = [:]
  /// Other columns of texts, by name.
  public var texts: [PairColumn: String] = [:]
  /// The order of several completions, where the row ranks those: the first is `chosen`, the second `rejected`, the
  /// others are in the columns `rejected_2`, `rejected_3`, ….
  public var slate: SlateOrder?
  /// Columns Pairwise does not know, in file order, carried through to score output.
  public var extra: [ConfigNode.Entry] = []

  public init(origin: Int) { self.origin = origin }

  /// Whether it judges a single completion.
  public var isUnpaired: Bool { isDesirable != nil }
}
