/// What an import does with rows and columns it could do several things with.
public struct ImportOptions: Sendable, Equatable {
  public enum OnInvalid: String, Sendable, CaseIterable {
    /// The first invalid row ends the import with an error.
    case fail
    /// Invalid rows are left out and counted in the ledger.
    case drop
  }

  public var onInvalid: OnInvalid = .fail
  /// Stops after this many rows were read; nil reads all.
  public var maxRows: Int?
  /// Longest accepted line in bytes; no more than this much of a line is ever held.
  public var maxLineLength = 16 << 20
  /// Takes the prompt off completions that repeat it, where both do.
  public var stripPrompt = false
  /// Keeps rows in which a completion is the empty text, instead of dropping them with a reason.
  public var keepEmptyCompletions = false
  /// Keeps rows whose two sides are the same, as TRL does, and counts them; else drops them with a reason.
  public var keepIdenticalCompletions = true
  /// Columns to read as numbers, or lists of numbers of one length: a row that has anything else there is
  /// invalid. Other columns that Pairwise does not know are only carried along.
  public var numberColumns: Set<PairColumn> = PairColumn.customary
  /// Columns to read as texts: strings. Others are only carried along.
  public var textColumns: Set<PairColumn> = PairColumn.customaryTexts
  /// Those of `numberColumns` and `textColumns` that every row must have, and what needs them (`objective odpo`).
  public var requiredColumns: [PairColumn: String] = [:]
  /// Reads rows of prompt and completion that nobody judged as pairs of the completion with itself: for objectives
  /// that read chosen completions alone.
  public var takesDemonstrations = false
  /// Columns of the file to read under another name: `["question": "prompt"]`.
  public var renamedColumns: [String: String] = [:]
  /// Columns of the file to pass over, not even carried as extra columns.
  public var ignoredColumns: Set<String> = []

  public init() {}
}
