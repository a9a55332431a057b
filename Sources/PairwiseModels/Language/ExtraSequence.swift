public import PairwiseData

/// A sequence that is computed for each row of data beside its two completions.
///
/// It becomes a token pair of its own behind the row's, so that whatever a model gives for completions it
/// gives for these as well.
public enum ExtraSequence: Sendable, Hashable {
  /// The prompt's own tokens: nothing is computed twice for them.
  case prompt
  /// A completion under a prompt.
  case completion(Completion, under: Prompt)

  public enum Completion: Sendable, Hashable {
    case chosen, rejected
    /// A column of texts.
    case column(PairColumn)
  }

  public enum Prompt: Sendable, Hashable {
    /// The row's own.
    case own
    /// A column of texts; the row's own prompt where a row has none.
    case column(PairColumn)
    /// The row's prompt and both completions, and the question why the chosen one is better.
    case question
  }

  /// The rejected completion where pairs have a second prompt: it is not computed under the first one then.
  public static let underOtherPrompt = ExtraSequence.completion(
    .rejected, under: .column(.rejectedPrompt))

  /// The columns of texts that it is made of.
  public var columns: Set<PairColumn> {
    guard case .completion(let completion, let prompt) = self else { return [] }
    var columns: Set<PairColumn> = []
    if case .column(let column) = completion { columns.insert(column) }
    if case .column(let column) = prompt { columns.insert(column) }
    return columns
  }

  /// - Throws: for the first row of a block without one of its texts.
  func check(_ block: PairBlock) throws(DataError) {
    for column in columns.sorted(by: { $0.rawValue < $1.rawValue }) {
      let texts = block.textColumns[column]
      for row in 0..<block.count where texts?[row].isEmpty != false {
        throw DataError(
          .invalid, file: "pairs", place: "row \(block.rows[row])", "has no \(column.rawValue)")
      }
    }
  }

  /// Prompt and completion of a row as plain texts; a prompt without a completion where that is all.
  func texts(_ row: Int, of block: PairBlock, _ texts: PairTexts) -> (
    prompt: ArraySlice<UInt8>, completion: ArraySlice<UInt8>
  ) {
    let own = texts.prompt(row)
    guard case .completion(let completion, let prompt) = self else { return (own, []) }
    func text(_ column: PairColumn) -> ArraySlice<UInt8> { block.textColumns[column]?[row] ?? [] }
    let under = if case .column(let column) = prompt { text(column) } else { own }
    return switch completion {
    case .chosen: (under, texts.chosen(row))
    case .rejected: (under, texts.rejected(row))
    case .column(let column): (under, text(column))
    }
  }
}
