/// Which bucket a hash falls into, and with which sign.
struct BucketRule: Sendable {
  let shift: UInt64
  let isSigned: Bool

  init(_ options: TextHashOptions) {
    shift = UInt64(64 - options.bucketBits)
    isSigned = options.isSigned
  }

  @inline(__always)
  func bucket(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> shift) }

  @inline(__always)
  func delta(_ hash: UInt64) -> Float { isSigned && hash & 1 == 1 ? -1 : 1 }
}

/// The loops that count features. Counts are exact up to 2²⁴ and stay there beyond.
extension BucketTable {
  /// Counts the n-grams of bytes, `minimum ... maximum` long, within each marked word.
  mutating func countCharacterGrams(
    of text: FoldedText, minimum: Int, maximum: Int, start: UInt64, rule: BucketRule
  ) {
    guard minimum <= maximum else { return }
    let bytes = text.bytes.span
    let starts = text.starts.span
    for word in 0..<text.wordCount {
      let end = starts[word + 1]
      var first = starts[word]
      while first + minimum <= end {
        var hash = start
        let last = min(first + maximum, end)
        let shortest = first + minimum - 1
        var position = first
        while position < shortest {
          hash = ByteHash.step(hash, bytes[position])
          position += 1
        }
        while position < last {
          hash = ByteHash.step(hash, bytes[position])
          position += 1
          let feature = ByteHash.finish(hash)
          add(rule.delta(feature), to: rule.bucket(feature))
        }
        first += 1
      }
    }
  }

  /// Counts the runs of `minimum ... maximum` words.
  mutating func countWordGrams(
    of text: FoldedText, minimum: Int, maximum: Int, start: UInt64, rule: BucketRule
  ) {
    guard minimum <= maximum else { return }
    let words = text.hashes.span
    for first in 0..<words.count {
      var hash = start
      for length in 1...maximum where first + length <= words.count {
        hash = ByteHash.finish(hash ^ words[first + length - 1])
        if length >= minimum {
          add(rule.delta(hash), to: rule.bucket(hash))
        }
      }
    }
  }

  /// Counts the ordered pairs of words 1 ... `window` places apart.
  mutating func countWordPairs(
    of text: FoldedText, window: Int, start: UInt64, rule: BucketRule
  ) {
    let words = text.hashes.span
    for first in 0..<words.count {
      let head = ByteHash.finish(start ^ words[first])
      var second = first + 1
      let end = min(second + window, words.count)
      while second < end {
        let hash = ByteHash.finish(head ^ words[second])
        add(rule.delta(hash), to: rule.bucket(hash))
        second += 1
      }
    }
  }

  /// Counts each of the last `words` words of `prompt` with each of the first of `completion`.
  mutating func countCrosses(
    of prompt: FoldedText, with completion: FoldedText, words: Int, start: UInt64, rule: BucketRule
  ) {
    for p in prompt.hashes.suffix(words) {
      let head = ByteHash.finish(start ^ p)
      for c in completion.hashes.prefix(words) {
        let hash = ByteHash.finish(head ^ c)
        add(rule.delta(hash), to: rule.bucket(hash))
      }
    }
  }
}
