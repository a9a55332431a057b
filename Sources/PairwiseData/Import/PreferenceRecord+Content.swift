internal import PairwiseText

/// Records that are well formed but carry little or nothing to learn.
extension PreferenceRecord {
  /// The side whose text is empty, the chosen one first; nil if neither is.
  var emptySide: String? {
    if Self.isEmpty(chosen) { return isUnpaired ? "completion" : "chosen" }
    return Self.isEmpty(rejected) ? "rejected" : nil
  }

  /// Whether both sides are the same, texts byte for byte.
  var hasIdenticalSides: Bool {
    if let other = texts[.rejectedPrompt], other != prompt?.text { return false }
    return haveSameCompletions
  }

  private var haveSameCompletions: Bool {
    switch (chosen, rejected) {
    case (nil, nil): chosenFeatures == rejectedFeatures
    case (.some(let a), .some(let b)):
      a.hasSameBytes(as: b) && chosenFeatures == rejectedFeatures
    default: false
    }
  }

  /// The reasons for which an import could have left the record out.
  var reasonsToDrop: [DropReason] {
    var reasons: [DropReason] = []
    if emptySide != nil { reasons.append(.emptyCompletion) }
    if hasIdenticalSides { reasons.append(.identicalCompletions) }
    return reasons
  }

  private static func isEmpty(_ text: PreferenceText?) -> Bool {
    switch text {
    case .plain(let text): text.isEmpty
    case .messages(let messages): messages.allSatisfy { $0.content.isEmpty }
    case nil: false
    }
  }
}
