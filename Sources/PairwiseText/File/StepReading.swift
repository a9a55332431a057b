import PairwiseConfig

extension FileNode {
  /// The `type` of a component, which says what it is.
  func type() throws(TextError) -> String { try required("type").string() }

  func unsupported(_ what: String, known: [String]) throws(TextError) -> TextError {
    error(
      "\(what) '\(try type())' is not supported, expected one of \(known.joined(separator: ", "))")
  }
}

extension Normalizer {
  /// Nil where nothing is to be done.
  init?(_ node: FileNode?) throws(TextError) {
    guard let node else { return nil }
    steps = try Self.steps(node)
    if steps.isEmpty { return nil }
  }

  private static func steps(_ node: FileNode) throws(TextError) -> [Step] {
    switch try node.type() {
    case "Sequence":
      var steps: [Step] = []
      for item in try node.required("normalizers").items() { steps += try self.steps(item) }
      return steps
    case "NFC": return [.composed]
    case "NFD": return [.decomposed]
    case "Lowercase": return [.lowercased]
    case "StripAccents": return [.withoutMarks]
    case "Strip":
      return [
        .trimmed(
          left: try node.bool("strip_left", default: true),
          right: try node.bool("strip_right", default: true))
      ]
    case "Prepend":
      return [.prepended(Array(try node.required("prepend").string().utf8))]
    case "Replace":
      let literal = try node.required("pattern").required("String").string()
      let content = try node.required("content").string()
      return [.replaced(Array(literal.utf8), by: Array(content.utf8))]
    case "BertNormalizer":
      let lowercases = try node.bool("lowercase", default: true)
      return [
        .bert(
          BERT(
            cleans: try node.bool("clean_text", default: true),
            spacesIdeographs: try node.bool("handle_chinese_chars", default: true),
            stripsAccents: try node.bool("strip_accents", default: lowercases),
            lowercases: lowercases))
      ]
    default:
      throw try node.unsupported(
        "normalizer",
        known: [
          "BertNormalizer", "Lowercase", "NFC", "NFD", "Prepend", "Replace", "Sequence", "Strip",
          "StripAccents",
        ])
    }
  }
}

extension PreTokenizer {
  /// - Parameter isByteLevel: set if the text goes to the model as byte symbols.
  init(_ node: FileNode?, isByteLevel: inout Bool) throws(TextError) {
    steps = []
    if let node { try append(node, isByteLevel: &isByteLevel) }
  }

  private mutating func append(
    _ node: FileNode, isByteLevel: inout Bool
  ) throws(TextError) {
    let type = try node.type()
    if isByteLevel { throw node.error("'\(type)' after ByteLevel is not supported") }
    switch type {
    case "Sequence":
      for item in try node.required("pretokenizers").items() {
        try append(item, isByteLevel: &isByteLevel)
      }
    case "ByteLevel":
      if try node.bool("add_prefix_space", default: true) { steps.append(.prefixSpace) }
      if try node.bool("use_regex", default: true) {
        steps.append(.split(.gpt2, .isolated, inverted: false))
      }
      isByteLevel = true
    case "Digits":
      steps.append(.digits(individual: try node.bool("individual_digits", default: false)))
    case "Split":
      steps.append(try Self.split(node))
    case "BertPreTokenizer":
      steps.append(.bert)
    default:
      throw try node.unsupported(
        "pre-tokenizer", known: ["BertPreTokenizer", "ByteLevel", "Digits", "Sequence", "Split"])
    }
  }

  private static func split(_ node: FileNode) throws(TextError) -> Step {
    let behaviorNode = try node.required("behavior")
    guard let behavior = SplitBehavior(rawValue: try behaviorNode.string()) else {
      throw behaviorNode.error(
        "behavior '\(try behaviorNode.string())' is not known, expected one of "
          + SplitBehavior.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let inverted = try node.bool("invert", default: false)
    let pattern = try node.required("pattern")
    if let literal = pattern["String"] {
      return .split(.literal(Array(try literal.string().utf8)), behavior, inverted: inverted)
    }
    let regex = try pattern.required("Regex")
    let text = try regex.string()
    guard let known = SplitPattern.known.first(where: { $0.text == text }) else {
      throw regex.error(
        "split pattern '\(text)' is not supported, expected that of GPT-2, Llama 3 or Qwen2")
    }
    return .split(known.pattern, behavior, inverted: inverted)
  }
}
