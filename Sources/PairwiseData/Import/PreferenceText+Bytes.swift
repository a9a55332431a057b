internal import PairwiseText

/// Swift's `==` on strings takes canonically equivalent texts for the same (é and e + ◌́). For data two
/// texts are the same only byte for byte.
extension PreferenceText {
  func hasSameBytes(as other: PreferenceText) -> Bool {
    switch (self, other) {
    case (.plain(let a), .plain(let b)): a.utf8.elementsEqual(b.utf8)
    case (.messages(let a), .messages(let b)): a.hasSameBytes(as: b)
    default: false
    }
  }
}

extension ChatMessage {
  func hasSameBytes(as other: ChatMessage) -> Bool {
    role.utf8.elementsEqual(other.role.utf8) && content.utf8.elementsEqual(other.content.utf8)
  }
}

extension [ChatMessage] {
  func hasSameBytes(as other: [ChatMessage]) -> Bool {
    count == other.count && zip(self, other).allSatisfy { $0.hasSameBytes(as: $1) }
  }
}

extension PreferenceText {
  /// The text as models without a chat template see it: messages one after the other, each under its
  /// role (`user: …`), a single assistant message as it is.
  public var text: String {
    switch self {
    case .plain(let text): text
    case .messages(let messages):
      if messages.count == 1, messages[0].role == "assistant" {
        messages[0].content
      } else {
        messages.map { "\($0.role): \($0.content)" }.joined(separator: "\n\n")
      }
    }
  }
}
