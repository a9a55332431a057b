import PairwiseConfig

/// Puts special tokens around the ids of a text.
struct PostProcessor: Sendable {
  enum Part: Sendable, Equatable {
    /// The ids of the text.
    case text
    case special([Int32])
  }

  /// Each is applied to what the one before it made.
  var templates: [[Part]]

  func apply(_ ids: [Int32], addingSpecialTokens: Bool) -> [Int32] {
    var ids = ids
    for template in templates {
      if template == [.text] { continue }
      var made: [Int32] = []
      made.reserveCapacity(ids.count + template.count)
      for part in template {
        switch part {
        case .text: made.append(contentsOf: ids)
        case .special(let special): if addingSpecialTokens { made.append(contentsOf: special) }
        }
      }
      ids = made
    }
    return ids
  }
}

extension PostProcessor {
  init(_ node: FileNode?) throws(TextError) {
    templates = []
    if let node { try append(node) }
  }

  private mutating func append(_ node: FileNode) throws(TextError) {
    switch try node.type() {
    case "Sequence":
      for item in try node.required("processors").items() { try append(item) }
    case "ByteLevel":
      break  // Moves offsets alone.
    case "BertProcessing", "RobertaProcessing":
      let begin = try Self.tokenID(node.required("cls"))
      let end = try Self.tokenID(node.required("sep"))
      templates.append([.special([begin]), .text, .special([end])])
    case "TemplateProcessing":
      try appendTemplate(node)
    default:
      throw try node.unsupported(
        "post-processor",
        known: [
          "BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence", "TemplateProcessing",
        ])
    }
  }

  private mutating func appendTemplate(_ node: FileNode) throws(TextError) {
    let specials = node["special_tokens"]
    var parts: [Part] = []
    for item in try node.required("single").items() {
      if let sequence = item["Sequence"] {
        let name = try sequence.required("id").string()
        guard name == "A" else { throw sequence.error("expected sequence A, found '\(name)'") }
        parts.append(.text)
      } else {
        let special = try item.required("SpecialToken")
        let name = try special.required("id").string()
        guard let entry = specials?[name] else {
          throw special.error("token '\(name)' is not among special_tokens")
        }
        var ids: [Int32] = []
        for id in try entry.required("ids").items() { ids.append(try Self.id(id)) }
        parts.append(.special(ids))
      }
    }
    guard parts.count(where: { $0 == .text }) == 1 else {
      throw node.error("expected sequence A once in 'single'")
    }
    templates.append(parts)
  }

  /// `["[CLS]", 101]`.
  private static func tokenID(_ node: FileNode) throws(TextError) -> Int32 {
    let items = try node.items()
    guard items.count == 2 else {
      throw node.error("expected a token and its id, found \(items.count) values")
    }
    return try id(items[1])
  }

  private static func id(_ node: FileNode) throws(TextError) -> Int32 {
    let id = try node.int()
    guard id >= 0, id < Vocabulary.idLimit, let id = Int32(exactly: id) else {
      throw node.error("id \(id) is out of range, expected 0 to \(Vocabulary.idLimit - 1)")
    }
    return id
  }
}
