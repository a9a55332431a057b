import Synchronization

/// A tokenizer's parts and what follows from them. A class because it owns memory that encoding
/// reuses.
final class TokenizerCore: Sendable {
  let parts: TokenizerParts
  let json: [UInt8]
  /// Looks for added tokens in the text as it comes, and in the normalised text.
  let rawFinder: AddedTokenFinder
  let normalizedFinder: AddedTokenFinder
  let specialIDs: Set<Int32>
  /// The bytes that each id adds to a text, as the decoder takes them; nil for ids without a token.
  private let decodedStarts: [Int]
  private let decodedBytes: [UInt8]
  private let hasToken: [Bool]
  private let scratches = Mutex<[EncodingScratch]>([])

  init(_ parts: TokenizerParts, json: [UInt8]) {
    self.parts = parts
    self.json = json
    var raw = AddedTokenFinder()
    var normalized = AddedTokenFinder()
    for (token, id) in parts.added {
      let pattern = parts.pattern(of: token)
      if token.isNormalized {
        normalized.insert(pattern, token, id: id)
      } else {
        raw.insert(pattern, token, id: id)
      }
    }
    rawFinder = raw
    normalizedFinder = normalized
    specialIDs = Set(parts.added.filter(\.token.isSpecial).map(\.id))

    var addedBytes: [Int32: [UInt8]] = [:]
    for (token, id) in parts.added { addedBytes[id] = parts.pattern(of: token) }
    var starts = [0]
    var bytes: [UInt8] = []
    var hasToken: [Bool] = []
    let vocabulary = parts.model.vocabulary
    for id in 0..<Int32(clamping: parts.idEnd) {
      let token = addedBytes[id].map { $0[...] } ?? vocabulary.bytes(of: id)
      hasToken.append(token != nil)
      if let token {
        if parts.decoder == .byteLevel {
          ByteSymbols.append(token.span, to: &bytes)
        } else {
          bytes.append(contentsOf: token)
        }
      }
      starts.append(bytes.count)
    }
    decodedStarts = starts
    decodedBytes = bytes
    self.hasToken = hasToken
  }

  /// What an id adds to a text; nil if no token has the id.
  func decoded(_ id: Int32) -> ArraySlice<UInt8>? {
    guard id >= 0, Int(id) < hasToken.count, hasToken[Int(id)] else { return nil }
    return decodedBytes[decodedStarts[Int(id)]..<decodedStarts[Int(id) + 1]]
  }

  /// Runs `body` with working memory that no other thread has.
  func withScratch<R>(_ body: (inout EncodingScratch) -> R) -> R {
    var scratch = scratches.withLock { $0.popLast() } ?? EncodingScratch()
    defer { scratches.withLock { $0.append(scratch) } }
    return body(&scratch)
  }
}

/// Memory that encoding reuses from text to text.
struct EncodingScratch: Sendable {
  var split = SplitScratch()
  var merge = MergeScratch()
  var cache = WordCache()
}
