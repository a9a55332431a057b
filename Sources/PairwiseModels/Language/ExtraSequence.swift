/// A sequence that is computed for each row of data beside its two completions.
///
/// It becomes a token pair of its own behind the row's, so that whatever a model gives for completions it
/// gives for these as well.
public enum ExtraSequence: Sendable, Hashable {
  /// The prompt's own tokens: nothing is computed twice for them.
  case prompt
}

extension ExtraSequence {
  /// Its tokens, given those of the row.
  func pair(for row: TokenPair) -> TokenPair {
    switch self {
    case .prompt: TokenPair(isPromptOfLast: true)
    }
  }
}
