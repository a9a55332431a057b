internal import PairwiseConfig

/// The form in which rows hold their pair. One file has one shape.
struct RowShape: Equatable, CustomStringConvertible {
  enum Texts: Equatable {
    case promptStrings
    case promptMessages
    case implicitStrings
    case implicitMessages
    /// `chosen` and `rejected` are whole dialogues in HH-RLHF's "\n\nHuman:" form.
    case transcripts
    /// One completion with a label.
    case unpairedStrings
    case unpairedMessages
  }

  /// Nil if there are only features.
  var texts: Texts?
  /// D, or nil without features.
  var width: Int?
  /// Whether the row ranks several completions.
  var isSlate = false

  var description: String {
    let words: String? =
      switch texts {
      case .promptStrings: "prompt, chosen and rejected as strings"
      case .promptMessages: "prompt, chosen and rejected as lists of messages"
      case .implicitStrings: "chosen and rejected as strings without a prompt"
      case .implicitMessages: "chosen and rejected as lists of messages without a prompt"
      case .transcripts: "chosen and rejected as Human/Assistant transcripts"
      case .unpairedStrings: "prompt, completion and label, as strings"
      case .unpairedMessages: "prompt, completion and label, as lists of messages"
      case nil: nil
      }
    let slate = isSlate ? "ranked candidates as " : ""
    guard let width else { return slate + (words ?? "no text and no features") }
    let numbers = "\(width) features a side"
    return slate + (words.map { "\($0), and \(numbers)" } ?? numbers)
  }
}

/// What a completion column holds.
enum CompletionKind: Equatable {
  case text
  case messages
  case numbers

  init?(_ node: ConfigNode) {
    switch node.value {
    case .string: self = .text
    case .list(let items):
      switch items.first?.value {
      case .table: self = .messages
      case .int, .number: self = .numbers
      default: return nil
      }
    default: return nil
    }
  }
}
