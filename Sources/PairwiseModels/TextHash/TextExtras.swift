internal import Glibc

/// The dense features at the end of each row: how long a completion is and how it ends.
///
/// In this order, all zero for an empty text: ln(1 + n) of the completion's bytes (0), words (1),
/// runs of `.`, `!`, `?` (2), `?` (3), `!` (4) and line feeds (5); the shares of its words that occur
/// in the prompt (6) and of distinct ones among them (7); ln(1 + bytes a word) (8); and a 1 for what
/// its last byte other than white space is: `.` (9), `!` (10), `?` (11), a letter, digit or byte
/// ≥ 0x80 (12), anything else (13).
public enum TextExtras {
  /// Columns.
  public static let count = 14

  /// Appends the extras that are not zero, times `weight`, to the row being built, from column
  /// `first` on.
  static func append(
    _ completion: Span<UInt8>, words: FoldedText, promptWords: FoldedText, first: Int,
    weight: Float, scratch: inout [UInt64], to rows: inout SparseRows
  ) {
    let counts = Counts(completion)
    let shares = wordShares(words.hashes, of: promptWords.hashes, scratch: &scratch)
    func add(_ column: Int, _ value: Double) {
      if value != 0 { rows.appendEntry(first + column, Float(value) * weight) }
    }
    add(0, log1p(Double(completion.count)))
    add(1, log1p(Double(words.wordCount)))
    add(2, log1p(Double(counts.sentenceEnds)))
    add(3, log1p(Double(counts.questionMarks)))
    add(4, log1p(Double(counts.exclamationMarks)))
    add(5, log1p(Double(counts.lineFeeds)))
    add(6, shares.inPrompt)
    add(7, shares.distinct)
    add(8, log1p(Double(completion.count) / Double(max(1, words.wordCount))))
    if let last = counts.last { add(column(ending: last), 1) }
  }

  /// The column of a completion's last visible byte.
  private static func column(ending last: UInt8) -> Int {
    switch last {
    case UInt8(ascii: "."): 9
    case UInt8(ascii: "!"): 10
    case UInt8(ascii: "?"): 11
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...0xFF:
      12
    default: 13
    }
  }

  /// The shares of `words` that are among `prompt` and of distinct ones among themselves; 0 of none.
  private static func wordShares(
    _ words: [UInt64], of prompt: [UInt64], scratch: inout [UInt64]
  ) -> (inPrompt: Double, distinct: Double) {
    if words.isEmpty { return (0, 0) }
    let total = Double(words.count)
    scratch.replaceSubrange(scratch.indices, with: prompt)
    scratch.sort()
    var shared = 0
    for word in words where contains(scratch.span, word) { shared += 1 }
    scratch.replaceSubrange(scratch.indices, with: words)
    scratch.sort()
    var distinct = 1
    for i in 1..<scratch.count where scratch[i] != scratch[i - 1] { distinct += 1 }
    return (Double(shared) / total, Double(distinct) / total)
  }

  /// Whether `value` is in `sorted`, by halving.
  private static func contains(_ sorted: Span<UInt64>, _ value: UInt64) -> Bool {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low < sorted.count && sorted[low] == value
  }
}

/// What `TextExtras` counts in a completion's bytes.
private struct Counts {
  var sentenceEnds = 0
  var questionMarks = 0
  var exclamationMarks = 0
  var lineFeeds = 0
  /// The last byte that is not white space (space, 0x09 ... 0x0D).
  var last: UInt8?

  init(_ text: Span<UInt8>) {
    var wasEnd = false
    for i in text.indices {
      let byte = text[i]
      var isEnd = false
      switch byte {
      case UInt8(ascii: "."): isEnd = true
      case UInt8(ascii: "!"):
        isEnd = true
        exclamationMarks += 1
      case UInt8(ascii: "?"):
        isEnd = true
        questionMarks += 1
      case UInt8(ascii: "\n"): lineFeeds += 1
      default: break
      }
      if isEnd && !wasEnd { sentenceEnds += 1 }
      wasEnd = isEnd
      if byte != 0x20 && !(0x09...0x0D).contains(byte) { last = byte }
    }
  }
}
