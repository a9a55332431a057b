/// Splits two texts that begin alike into the shared prompt and the two completions.
enum CommonPrompt {
  /// What both begin with, and how each goes on.
  struct Split: Equatable {
    var prompt: String
    var chosen: String
    var rejected: String
  }

  /// The longest common prefix in code points, as TRL's `extract_prompt` cuts it, corners included:
  /// a space that ends the prefix goes to the completions; equal texts, or one a prefix of the other,
  /// leave the last common code point in the completions; texts that differ at once and whose chosen
  /// side ends in a space are cut before their last code point. Nil if either text is empty, where
  /// TRL fails.
  static func split(chosen: String, rejected: String) -> Split? {
    let a = Array(chosen.utf8)
    let b = Array(rejected.utf8)
    let shorter = min(a.count, b.count)
    if shorter == 0 { return nil }
    var index = 0
    while index < shorter, a[index] == b[index] { index += 1 }
    if index == shorter {
      // One is a prefix of the other: back over the shorter one's last code point.
      index = scalarStart(a, index - 1)
      return Split(
        prompt: text(a[..<index]), chosen: text(a[index...]), rejected: text(b[index...]))
    }
    // Bytes before a difference are equal, so both sides are inside a code point of the same length.
    index = scalarStart(a, index)
    if index == 0, a.last == UInt8(ascii: " ") {
      let lastOfRejected = scalarStart(b, b.count - 1)
      return Split(
        prompt: text(a.dropLast()), chosen: " ", rejected: text(b[lastOfRejected...]))
    }
    if index > 0, a[index - 1] == UInt8(ascii: " ") { index -= 1 }
    return Split(
      prompt: text(a[..<index]), chosen: text(a[index...]), rejected: text(b[index...]))
  }

  /// The turn marks of HH-RLHF dialogues.
  static let humanTurn = "\n\nHuman:"
  static let assistantTurn = "\n\nAssistant:"

  /// Splits two dialogues behind the last "\n\nAssistant:" of their common part; nil without one.
  static func splitTranscripts(chosen: String, rejected: String) -> Split? {
    let a = Array(chosen.utf8)
    let b = Array(rejected.utf8)
    let mark = Array(assistantTurn.utf8)
    var common = 0
    while common < min(a.count, b.count), a[common] == b[common] { common += 1 }
    var end = common
    while end >= mark.count {
      if a[(end - mark.count)..<end].elementsEqual(mark) {
        return Split(prompt: text(a[..<end]), chosen: text(a[end...]), rejected: text(b[end...]))
      }
      end -= 1
    }
    return nil
  }

  /// Where the code point that holds the byte at `index` begins.
  private static func scalarStart(_ bytes: [UInt8], _ index: Int) -> Int {
    var start = index
    while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }

  /// The parts come from valid UTF-8 cut at code points, so nothing is repaired here.
  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
  }
}
