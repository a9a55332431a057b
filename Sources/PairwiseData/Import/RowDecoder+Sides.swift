internal import PairwiseConfig
internal import PairwiseText

extension RowDecoder {
  /// Prompt, completions and features.
  func readSides(
    _ fields: RowFields, _ shape: RowShape, into record: inout PreferenceRecord,
    remarks: inout [String]
  ) throws(RowError) {
    switch shape.texts {
    case .promptStrings: readPromptStrings(fields, into: &record, remarks: &remarks)
    case .implicitStrings, .transcripts: try readImplicitStrings(fields, shape, into: &record)
    case .promptMessages, .implicitMessages: try readMessages(fields, into: &record)
    case .unpairedStrings: readCompletion(fields, into: &record, remarks: &remarks)
    case .unpairedMessages:
      record.prompt = .messages(try messages(fields, .prompt, line: record.origin))
      record.chosen = .messages(try messages(fields, .completion, line: record.origin))
    case nil:
      if let prompt = fields[.prompt] {
        guard case .string(let text) = prompt.value else {
          throw .value("prompt", prompt, record.origin, "expected a string, found \(prompt.kind)")
        }
        record.prompt = .plain(text)
      }
    }
    guard shape.width != nil else { return }
    let columns: (RowFields.Name, RowFields.Name) =
      shape.texts == nil && fields[.chosen] != nil
      ? (.chosen, .rejected) : (.chosenFeatures, .rejectedFeatures)
    record.chosenFeatures = try features(fields, columns.0, line: record.origin)
    record.rejectedFeatures = try features(fields, columns.1, line: record.origin)
  }

  // MARK: Strings

  private func readPromptStrings(
    _ fields: RowFields, into record: inout PreferenceRecord, remarks: inout [String]
  ) {
    guard case .string(let prompt)? = fields[.prompt]?.value,
      case .string(var chosen)? = fields[.chosen]?.value,
      case .string(var rejected)? = fields[.rejected]?.value
    else { return }
    let prefix = prompt.utf8
    let repeats =
      !prefix.isEmpty && chosen.utf8.starts(with: prefix) && rejected.utf8.starts(with: prefix)
    if options.stripPrompt, repeats {
      chosen = String(decoding: chosen.utf8.dropFirst(prefix.count), as: UTF8.self)
      rejected = String(decoding: rejected.utf8.dropFirst(prefix.count), as: UTF8.self)
    } else if options.stripPrompt {
      remarks.append("completions do not repeat the prompt, nothing to strip")
    } else if repeats {
      remarks.append("completions repeat the prompt; stripping it is an option")
    }
    record.prompt = .plain(prompt)
    record.chosen = .plain(chosen)
    record.rejected = .plain(rejected)
  }

  private func readCompletion(
    _ fields: RowFields, into record: inout PreferenceRecord, remarks: inout [String]
  ) {
    guard case .string(let prompt)? = fields[.prompt]?.value,
      case .string(var completion)? = fields[.completion]?.value
    else { return }
    let repeats = !prompt.isEmpty && completion.utf8.starts(with: prompt.utf8)
    if options.stripPrompt, repeats {
      completion = String(decoding: completion.utf8.dropFirst(prompt.utf8.count), as: UTF8.self)
    } else if options.stripPrompt {
      remarks.append("completions do not repeat the prompt, nothing to strip")
    } else if repeats {
      remarks.append("completions repeat the prompt; stripping it is an option")
    }
    record.prompt = .plain(prompt)
    record.chosen = .plain(completion)
  }

  private func readImplicitStrings(
    _ fields: RowFields, _ shape: RowShape, into record: inout PreferenceRecord
  ) throws(RowError) {
    guard case .string(let chosen)? = fields[.chosen]?.value,
      case .string(let rejected)? = fields[.rejected]?.value
    else { return }
    if chosen.isEmpty || rejected.isEmpty {
      // Nothing to split; such a row may be dropped later.
      record.prompt = .plain("")
      record.chosen = .plain(chosen)
      record.rejected = .plain(rejected)
      return
    }
    let split: CommonPrompt.Split?
    if shape.texts == .transcripts {
      split = CommonPrompt.splitTranscripts(chosen: chosen, rejected: rejected)
    } else {
      split = CommonPrompt.split(chosen: chosen, rejected: rejected)
    }
    guard let split else {
      throw RowError(
        .invalidValue, line: record.origin,
        "chosen and rejected share no '\\n\\nAssistant:' turn to split at")
    }
    record.prompt = .plain(split.prompt)
    record.chosen = .plain(split.chosen)
    record.rejected = .plain(split.rejected)
  }

  // MARK: Messages

  private func readMessages(
    _ fields: RowFields, into record: inout PreferenceRecord
  ) throws(RowError) {
    var chosen = try messages(fields, .chosen, line: record.origin)
    var rejected = try messages(fields, .rejected, line: record.origin)
    var prompt: [ChatMessage] = []
    if fields[.prompt] != nil {
      prompt = try messages(fields, .prompt, line: record.origin)
    } else {
      // As TRL: up to the first message that differs, but never all of either side.
      var common = 0
      let limit = min(chosen.count, rejected.count) - 1
      while common < limit, chosen[common].hasSameBytes(as: rejected[common]) { common += 1 }
      prompt = Array(chosen[..<common])
      chosen.removeFirst(common)
      rejected.removeFirst(common)
    }
    record.prompt = .messages(prompt)
    record.chosen = .messages(chosen)
    record.rejected = .messages(rejected)
  }

  private func messages(
    _ fields: RowFields, _ name: RowFields.Name, line: Int
  ) throws(RowError) -> [ChatMessage] {
    guard let node = fields[name], case .list(let items) = node.value else { return [] }
    return try messages(items, name.rawValue, line: line)
  }

  private func messages(
    _ items: [ConfigNode], _ name: String, line: Int
  ) throws(RowError) -> [ChatMessage] {
    var messages: [ChatMessage] = []
    messages.reserveCapacity(items.count)
    for (index, item) in items.enumerated() {
      messages.append(try message(item, "\(name)[\(index)]", line: line))
    }
    return messages
  }

  /// A prompt that stands alone: a text, or a list of messages with at least one.
  func prompt(_ node: ConfigNode, line: Int) throws(RowError) -> PreferenceText {
    switch node.value {
    case .string(let text): return .plain(text)
    case .list(let items) where !items.isEmpty:
      return .messages(try messages(items, "prompt", line: line))
    default:
      throw .value(
        "prompt", node, line,
        "expected a string or a list of messages, found \(Self.words(node))")
    }
  }

  private func message(
    _ node: ConfigNode, _ name: String, line: Int
  ) throws(RowError) -> ChatMessage {
    guard case .table(let entries) = node.value else {
      throw .value(name, node, line, "expected a message {role, content}, found \(node.kind)")
    }
    var message = ChatMessage(role: "", content: "")
    var hasContent = false
    for entry in entries {
      switch (entry.key, entry.value.value) {
      case ("role", .string(let role)): message.role = role
      case ("content", .string(let content)):
        message.content = content
        hasContent = true
      case ("role", _), ("content", _):
        throw .value(
          "\(name).\(entry.key)", entry.value, line,
          "expected a string, found \(entry.value.kind)")
      case (_, .null): continue
      default:
        throw .value(
          name, entry.value, line,
          "a message has role and content, found \(Wording.quoted(entry.key))")
      }
    }
    guard !message.role.isEmpty, hasContent else {
      throw .value(name, node, line, "expected a message with role and content")
    }
    return message
  }

  // MARK: Features

  private func features(
    _ fields: RowFields, _ name: RowFields.Name, line: Int
  ) throws(RowError) -> [Float] {
    guard let node = fields[name], case .list(let items) = node.value else { return [] }
    var values: [Float] = []
    values.reserveCapacity(items.count)
    for (index, item) in items.enumerated() {
      values.append(try number(item, "\(name.rawValue)[\(index)]", line: line))
    }
    return values
  }
}
