/// A named column of texts beside the prompt and the two completions of a pair: plain texts, empty where a row
/// has none.
public struct TextColumn: Sendable, Equatable {
  public private(set) var bytes: [UInt8] = []
  /// n + 1 offsets.
  public private(set) var offsets = [0]

  public init() {}

  public var count: Int { offsets.count - 1 }

  public mutating func append(_ text: some Sequence<UInt8>) {
    bytes.append(contentsOf: text)
    offsets.append(bytes.count)
  }

  public subscript(row: Int) -> ArraySlice<UInt8> { bytes[offsets[row]..<offsets[row + 1]] }
}

extension PairColumn {
  /// Why the chosen completion is the better one.
  public static let rationale: PairColumn = "rationale"
  /// The prompt of the rejected completion, where it is another one than the chosen's.
  public static let rejectedPrompt: PairColumn = "prompt_rejected"

  /// Columns that an import reads as texts wherever a file has them.
  public static let customaryTexts = Set<PairColumn>([
    .rationale, .rejectedPrompt, "prompt_corrupted", "prompt_fulfilled", "prompt_violated",
    "prompt_constrained", "ref_sample", "sft",
  ]).union(furtherRejected).union((3...mostCompletions).map(completion))

  /// Most completions of a prompt that a row may list.
  public static let mostCompletions = 64

  /// Rejected completions behind the first: `rejected_2`, `rejected_3`, …; of slates all behind the second place.
  public static let furtherRejected = (2..<mostCompletions).map { PairColumn("rejected_\($0)") }

  /// The text of a listed completion from the third on. The first stands in place of the chosen one, the second in
  /// that of the rejected one, though neither is preferred.
  public static func completion(_ number: Int) -> PairColumn { PairColumn("completion_\(number)") }
}
