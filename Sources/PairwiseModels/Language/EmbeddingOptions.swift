internal import PairwiseConfig
internal import PairwiseData

/// How texts become vectors; nil leaves it to the model's files.
public struct EmbeddingOptions: Sendable, Equatable {
  public enum Pooling: String, Sendable, CaseIterable {
    /// The mean over all tokens, special ones too.
    case mean
    /// The first token.
    case cls
    /// The last token.
    case last
  }

  public var pooling: Pooling?
  /// Most tokens of a text.
  public var maxLength: Int?
  /// Whether vectors are divided by their length.
  public var normalizes: Bool?
  /// What is cut of a pair that is too long.
  public var truncation: TokenOptions.Truncation

  public init(
    pooling: Pooling? = nil, maxLength: Int? = nil, normalizes: Bool? = nil,
    truncation: TokenOptions.Truncation = .keepStart
  ) {
    (self.pooling, self.maxLength) = (pooling, maxLength)
    (self.normalizes, self.truncation) = (normalizes, truncation)
  }
}

/// What sentence-transformers keeps beside a model: `modules.json`, `1_Pooling/config.json` and
/// `sentence_bert_config.json`.
struct SentenceSettings {
  private(set) var pooling: EmbeddingOptions.Pooling?
  private(set) var maxLength: Int?
  private(set) var normalizes = false

  /// Reads what is there.
  ///
  /// - Parameter ignoresPooling: for callers that choose it.
  /// - Throws: for modules and kinds of pooling that would change the vectors and are not supported.
  init(readingFrom folder: String, ignoresPooling: Bool) throws(DataError) {
    var poolingFolder = "1_Pooling"
    let modules = folder + "/modules.json"
    if FileAccess.exists(modules) {
      for (kind, path) in try SentenceSettings.modules(modules) {
        switch kind {
        case "Transformer": break
        case "Pooling": poolingFolder = path
        case "Normalize": normalizes = true
        default:
          throw DataError(
            .invalid, file: modules,
            "module \(Wording.quoted(kind)) is not supported; Transformer, Pooling and Normalize are"
          )
        }
      }
    }
    let limits = folder + "/sentence_bert_config.json"
    if FileAccess.exists(limits) {
      maxLength = try ConfigFields(node: JSONFile.read(limits), file: limits)
        .optionalCount("max_seq_length")
    }
    let file = "\(folder)/\(poolingFolder)/config.json"
    if !ignoresPooling, FileAccess.exists(file) { pooling = try SentenceSettings.pooling(file) }
  }

  private static func modules(_ file: String) throws(DataError) -> [(kind: String, path: String)] {
    guard case .list(let nodes) = try ModelDirectory.document(file).value else {
      throw DataError(.invalid, file: file, "expected a list of modules")
    }
    var found: [(kind: String, path: String)] = []
    for node in nodes {
      let fields = ConfigFields(node: node, file: file)
      guard let type = try fields.text("type"), let kind = type.split(separator: ".").last else {
        throw fields.error("type", "is missing")
      }
      found.append((String(kind), try fields.text("path") ?? ""))
    }
    return found
  }

  private static func pooling(_ file: String) throws(DataError) -> EmbeddingOptions.Pooling {
    let fields = ConfigFields(node: try JSONFile.read(file), file: file)
    let kinds: [(key: String, pooling: EmbeddingOptions.Pooling?)] = [
      ("pooling_mode_mean_tokens", .mean), ("pooling_mode_cls_token", .cls),
      ("pooling_mode_lasttoken", .last), ("pooling_mode_max_tokens", nil),
      ("pooling_mode_mean_sqrt_len_tokens", nil), ("pooling_mode_weightedmean_tokens", nil),
    ]
    var chosen: [(key: String, pooling: EmbeddingOptions.Pooling?)] = []
    for kind in kinds where try fields.flag(kind.key, default: false) { chosen.append(kind) }
    guard chosen.count == 1, let pooling = chosen[0].pooling else {
      let names = chosen.map(\.key).joined(separator: ", ")
      throw DataError(
        .invalid, file: file,
        "expected one of mean, cls and last token, found \(names.isEmpty ? "none" : names); choose with --pooling"
      )
    }
    return pooling
  }
}
