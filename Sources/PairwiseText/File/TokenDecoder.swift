import PairwiseConfig

/// How tokens become text again.
enum TokenDecoder: Sendable, Equatable {
  /// Tokens with a space between them.
  case spaced
  /// Tokens one after another.
  case joined
  /// Byte symbols back to bytes; what is no UTF-8 then becomes U+FFFD.
  case byteLevel
  /// A token with the prefix goes on the word before it, any other begins a new one; `cleans` drops
  /// the space before punctuation and English contractions.
  case wordPiece(prefix: [UInt8], cleans: Bool)
}

extension TokenDecoder {
  init(_ node: FileNode?) throws(TextError) {
    guard let node else {
      self = .spaced
      return
    }
    switch try node.type() {
    case "ByteLevel": self = .byteLevel
    case "Fuse": self = .joined
    case "WordPiece":
      self = .wordPiece(
        prefix: Array(try (node["prefix"]?.string() ?? "##").utf8),
        cleans: try node.bool("cleanup", default: true))
    case "Sequence":
      let decoders = try node.required("decoders").items()
      var own: [TokenDecoder] = []
      for decoder in decoders { own.append(try TokenDecoder(decoder)) }
      // Fusing what follows or is fused already changes nothing.
      let telling = own.filter { $0 != .joined }
      guard telling.count < 2 else {
        throw node.error("a sequence of \(telling.count) decoders is not supported, expected one")
      }
      self = telling.first ?? .joined
    default:
      throw try node.unsupported("decoder", known: ["ByteLevel", "Fuse", "Sequence", "WordPiece"])
    }
  }

  /// Appends a token as text; `isFirst` if it begins the text.
  func append(_ token: ArraySlice<UInt8>, isFirst: Bool, to text: inout [UInt8]) {
    switch self {
    case .joined, .byteLevel:
      text.append(contentsOf: token)
    case .spaced:
      if !isFirst { text.append(0x20) }
      text.append(contentsOf: token)
    case .wordPiece(let prefix, let cleans):
      var piece = Array(token)
      if !isFirst {
        piece = token.starts(with: prefix) ? Array(token.dropFirst(prefix.count)) : [0x20] + token
      }
      text.append(contentsOf: cleans ? Self.cleaned(piece) : piece)
    }
  }

  /// What `WordPiece` cleans, in its order, within each token.
  private static let replacements: [(pattern: [UInt8], content: [UInt8])] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
    (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

  private static func cleaned(_ token: [UInt8]) -> [UInt8] {
    guard mayNeedCleaning(token) else { return token }
    var token = token
    for (pattern, content) in replacements where token.count >= pattern.count {
      token = Normalizer.replaced(token, pattern, by: content)
    }
    return token
  }

  /// Whether a space stands before a byte that any pattern has there.
  private static func mayNeedCleaning(_ token: [UInt8]) -> Bool {
    for index in token.indices.dropLast() where token[index] == 0x20 {
      switch token[index + 1] {
      case UInt8(ascii: "."), UInt8(ascii: "?"), UInt8(ascii: "!"), UInt8(ascii: ","),
        UInt8(ascii: "'"), UInt8(ascii: "n"), UInt8(ascii: "d"):
        return true
      default: continue
      }
    }
    return false
  }
}
