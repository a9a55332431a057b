internal import PairwiseText

/// The tokens of a pair before anything is cut.
struct PairSequences {
  /// The prompt tokenised by itself.
  var promptAlone: Int
  /// What of the prompt both sequences begin with.
  var prompt: Int
  var chosen: [Int32]
  var rejected: [Int32]
  /// Special tokens at the start and the end of each sequence.
  var frame: (front: Int, back: Int)

  /// Tokens behind the shared prompt that belong to the prompt of one side.
  var unscored = TokenPair.Unscored()

  /// Whether tokens of the prompt are other ones in front of a completion.
  var isMerged: Bool { prompt < promptAlone }

  init(_ tokenizer: PairTokenizer, _ texts: PairTokenizer.Texts) {
    switch tokenizer.options.boundary {
    case .promptCount where tokenizer.task == .policy: self.init(counted: tokenizer, texts)
    case .merged, .promptCount: self.init(merged: tokenizer, texts)
    case .separate: self.init(separate: tokenizer, texts)
    }
  }

  /// Tokenises prompt and full texts whole; the prompt ends where any of them differ.
  private init(merged tokenizer: PairTokenizer, _ texts: PairTokenizer.Texts) {
    let special = texts.takesSpecialTokens
    func ids(_ text: [UInt8]) -> [Int32] {
      tokenizer.pipeline.tokenizer.encode(utf8: text, addSpecialTokens: special)
    }
    frame = special ? tokenizer.frame : (0, 0)
    chosen = ids(texts.chosen)
    rejected = texts.rejected == texts.chosen ? chosen : ids(texts.rejected)
    guard tokenizer.task != .reward else {
      (promptAlone, prompt) = (0, 0)
      return
    }
    var alone = ids(texts.prompt)
    // What stands behind an encoder's prompt stands behind the completion in a full text.
    if tokenizer.task == .encoder { alone.removeLast(min(frame.back, alone.count)) }
    promptAlone = alone.count
    prompt = min(
      PairSequences.commonPrefix(alone, chosen), PairSequences.commonPrefix(alone, rejected))
  }

  /// Tokenises prompt and full texts without special tokens, which are added as ids; each side's prompt ends
  /// where the prompt alone would, or one token before.
  private init(counted tokenizer: PairTokenizer, _ texts: PairTokenizer.Texts) {
    func ids(_ text: [UInt8]) -> [Int32] {
      tokenizer.pipeline.tokenizer.encode(utf8: text, addSpecialTokens: false)
    }
    let alone = ids(texts.prompt)
    let (bos, eos) = (tokenizer.pipeline.bos?.id, tokenizer.pipeline.eos?.id)
    func side(_ text: [UInt8]) -> (ids: [Int32], prompt: Int) {
      var all = ids(text)
      var end = alone.count
      if !all.starts(with: alone) { end = min(end - 1, all.count) }
      if let bos, end == 0 || all[0] != bos {
        all.insert(bos, at: 0)
        end += 1
      }
      if let eos, all.count == end || all.last != eos { all.append(eos) }
      return (all, end)
    }
    let first = side(texts.chosen)
    let second = texts.rejected == texts.chosen ? first : side(texts.rejected)
    (chosen, rejected) = (first.ids, second.ids)
    frame = (0, 0)
    promptAlone = alone.count + (bos != nil && alone.first != bos ? 1 : 0)
    prompt = min(first.prompt, second.prompt, PairSequences.commonPrefix(chosen, rejected))
    unscored = .init(chosen: first.prompt - prompt, rejected: second.prompt - prompt)
  }

  /// Tokenises prompt and completions apart, and puts the special tokens around the whole.
  private init(separate tokenizer: PairTokenizer, _ texts: PairTokenizer.Texts) {
    let special = texts.takesSpecialTokens
    frame = special ? tokenizer.frame : (0, 0)
    let start = PairSequences.sharedStart(texts)
    func ids(_ text: ArraySlice<UInt8>) -> ArraySlice<Int32> {
      // Encoded with its special tokens, because only the tokenizer knows which those are.
      let all = tokenizer.pipeline.tokenizer.encode(utf8: Array(text), addSpecialTokens: special)
      return all[...]
    }
    let (front, back) = frame
    let head = ids(texts.prompt[..<start]).dropLast(back)
    chosen = Array(head + ids(texts.chosen[start...]).dropFirst(front))
    rejected = Array(head + ids(texts.rejected[start...]).dropFirst(front))
    prompt = head.count
    // A template may write less of a prompt once an answer follows.
    promptAlone = start < texts.prompt.count ? head.count + 1 : head.count
  }

  /// Bytes that prompt and full texts have in common, whole characters only.
  private static func sharedStart(_ texts: PairTokenizer.Texts) -> Int {
    var start = 0
    let end = min(texts.prompt.count, texts.chosen.count, texts.rejected.count)
    while start < end, texts.prompt[start] == texts.chosen[start],
      texts.prompt[start] == texts.rejected[start]
    {
      start += 1
    }
    func isInside(_ text: [UInt8]) -> Bool { start < text.count && text[start] & 0xC0 == 0x80 }
    while start > 0, isInside(texts.prompt) || isInside(texts.chosen) || isInside(texts.rejected) {
      start -= 1
    }
    return start
  }

  static func commonPrefix(_ a: [Int32], _ b: [Int32]) -> Int {
    var length = 0
    let end = min(a.count, b.count)
    while length < end, a[length] == b[length] { length += 1 }
    return length
  }
}
