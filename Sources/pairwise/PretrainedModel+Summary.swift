import Pairwise

/// A checkpoint as `model info` shows it.
extension PretrainedModel {
  private func count(_ name: String) -> Int { weights.shape(of: name)?.reduce(1, *) ?? 0 }
  private func type(_ name: String) -> String { weights.encoding(of: name)?.rawValue ?? "" }

  private var parameters: Int { weights.names.reduce(0) { $0 + count($1) } }
  private var bytes: Int { weightFiles.reduce(0) { $0 + (FileAccess.size($1) ?? 0) } }

  private var architectures: [String] {
    guard case .list(let names)? = config["architectures"]?.value else { return [] }
    return names.compactMap { if case .string(let name) = $0.value { name } else { nil } }
  }

  var summaryNode: ConfigNode {
    let tensors = weights.names.map { name in
      ConfigNode(
        .table([
          .init(key: "name", value: name.configNode),
          .init(key: "shape", value: (weights.shape(of: name) ?? []).configNode),
          .init(key: "type", value: type(name).configNode),
        ]))
    }
    return ConfigNode(
      .table([
        .init(key: "format", value: format.rawValue.configNode),
        .init(key: "parameters", value: parameters.configNode),
        .init(key: "bytes", value: bytes.configNode),
        .init(key: "config", value: config),
        .init(key: "tokenizer", value: tokenizerNode),
        .init(key: "tensors", value: ConfigNode(.list(tensors))),
      ]))
  }

  private var tokenizerNode: ConfigNode {
    guard let text else { return ConfigNode(.null) }
    let specials = [("bos", text.bos), ("eos", text.eos), ("pad", text.pad)].map { name, token in
      ConfigNode.Entry(key: name, value: token?.text.configNode ?? ConfigNode(.null))
    }
    return ConfigNode(
      .table(
        [.init(key: "tokens", value: text.tokenizer.vocabularySize.configNode)] + specials
          + [.init(key: "chat_template", value: (text.chatTemplate != nil).configNode)]))
  }

  var summaryText: String {
    """
    format        \(format.rawValue)
    architecture  \((architectures + [modelType]).joined(separator: ", "))
    parameters    \(Terminal.grouped(parameters))
    size          \(Terminal.bytes(bytes)) on disk, \(Terminal.bytes(4 * parameters)) in memory
    types         \(types)
    tokenizer     \(tokenizer)

    """ + "\n"
      + Terminal.table(
        ["tensor", "type", "shape", "elements"],
        weights.names.map { name in
          [
            Terminal.cut(name, 80), type(name), "\(weights.shape(of: name) ?? [])",
            Terminal.grouped(count(name)),
          ]
        }, left: [0, 1])
  }

  /// `Q4_1 × 210, F32 × 61`, most frequent first.
  private var types: String {
    let counts = Dictionary(weights.names.map { (type($0), 1) }, uniquingKeysWith: +)
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.key) × \($0.value)" }.joined(separator: ", ")
  }

  private var tokenizer: String {
    guard let text else { return "none" }
    var parts = ["\(Terminal.grouped(text.tokenizer.vocabularySize)) tokens"]
    for (name, token) in [("BOS", text.bos), ("EOS", text.eos), ("PAD", text.pad)] {
      if let token { parts.append("\(name) \(Terminal.cut(token.text, 30)) (\(token.id))") }
    }
    parts.append(text.chatTemplate == nil ? "no chat template" : "chat template")
    return parts.joined(separator: ", ")
  }
}
