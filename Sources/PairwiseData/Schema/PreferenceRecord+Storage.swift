internal import PairwiseConfig
internal import PairwiseText

extension PreferenceRecord {
  /// The unknown columns as one JSON object.
  var extraJSON: [UInt8] {
    var writer = JSONWriter()
    writer.write(ConfigNode(.table(extra)))
    return writer.bytes
  }

  /// The label without noise: the other sign if the record says it was flipped. Nil unless synthetic.
  var goldLabel: Int8? {
    guard flipped || chosenGoldReward != nil else { return nil }
    return flipped ? -label : label
  }
}

extension PreferenceText {
  /// `[{"role": …, "content": …}, …]`; nil for a plain text.
  var messagesJSON: [UInt8]? {
    guard case .messages(let messages) = self else { return nil }
    var writer = JSONWriter()
    writer.beginArray()
    for message in messages {
      writer.beginObject()
      writer.key("role")
      writer.value(message.role)
      writer.key("content")
      writer.value(message.content)
      writer.endObject()
    }
    writer.endArray()
    return writer.bytes
  }

  /// The text stored as `plain`, or the messages that `json` holds. Nil if that is no list of messages.
  init?(plain: ArraySlice<UInt8>, json: ArraySlice<UInt8>?) {
    guard let json, !json.isEmpty else {
      self = .plain(String(decoding: plain, as: UTF8.self))
      return
    }
    guard let document = try? JSON.parse(json), case .list(let items) = document.value else {
      return nil
    }
    var messages: [ChatMessage] = []
    for item in items {
      guard case .string(let role)? = item["role"]?.value,
        case .string(let content)? = item["content"]?.value
      else { return nil }
      messages.append(ChatMessage(role: role, content: content))
    }
    self = .messages(messages)
  }
}

extension PreferenceSchema {
  /// A JSON list of texts.
  static func json(_ names: [String]) -> String {
    var writer = JSONWriter()
    writer.beginArray()
    for name in names { writer.value(name) }
    writer.endArray()
    return writer.string
  }
}
