internal import PairwiseConfig
internal import PairwiseData

/// Turns texts into their places in the lists of a tabular policy: a prompt is one token, and a completion
/// one for each choice.
struct ChoiceReader: PairReader {
  private let prompts: [String: Int32]
  private let completions: [String: Int32]
  private let separator: [UInt8]?
  /// Sequences beside the two completions of a row.
  private var extras: [ExtraSequence] = []

  init(_ options: TabularPolicyOptions) {
    func places(_ texts: [String]) -> [String: Int32] {
      var places: [String: Int32] = [:]
      for (index, text) in texts.enumerated() { places[text] = Int32(index) }
      return places
    }
    (prompts, completions) = (places(options.prompts), places(options.completions))
    separator = options.separator.map { Array($0.utf8) }
  }

  var needs: PairNeeds {
    var needs = PairNeeds(texts: true)
    for sequence in extras { needs.textColumns.formUnion(sequence.columns) }
    return needs
  }

  /// Completions under the row's prompt or another one; a table knows no prompt's own probability, and no
  /// question why.
  func carrying(_ sequences: [ExtraSequence]) -> (any PairReader)? {
    let isKnown = sequences.allSatisfy { sequence in
      guard case .completion(_, let prompt) = sequence else { return false }
      return prompt != .question
    }
    guard isKnown else { return nil }
    var reader = self
    reader.extras = sequences
    return reader
  }

  /// Traps if the block was read without texts.
  func input(for block: PairBlock) throws(DataError) -> ModelInput {
    guard let texts = block.texts else {
      preconditionFailure("tabular policy: pairs were read without texts")
    }
    var pairs: [TokenPair] = []
    for row in 0..<block.count {
      let prompt = try place(prompt: texts.prompt(row), block, row)
      var pair = TokenPair(
        prompt: [prompt], chosen: try choices(texts.chosen(row), block, row))
      // Under a prompt of its own it is a sequence of its own.
      if !block.isUnpaired, !extras.contains(.underOtherPrompt) {
        pair.rejected = try choices(texts.rejected(row), block, row)
      }
      pairs.append(pair)
      for sequence in extras { pairs.append(try self.pair(sequence, prompt, block, row)) }
    }
    return .tokens(
      TokenPairs(pairs, perRow: 1 + extras.count, chosenOnly: block.isUnpaired))
  }

  /// A sequence of a row, as the chosen side of a pair of its own.
  private func pair(_ sequence: ExtraSequence, _ own: Int32, _ block: PairBlock, _ row: Int)
    throws(DataError) -> TokenPair
  {
    guard case .completion(let completion, let prompt) = sequence else {
      preconditionFailure("tabular policy: a sequence that it does not know")
    }
    var place = own
    if case .column(let column) = prompt {
      // Only a second prompt may be left out: then it is the first.
      if column != .rejectedPrompt || block.textColumns[column]?[row].isEmpty == false {
        place = try self.place(prompt: text(column, block, row), block, row)
      }
    }
    let text: ArraySlice<UInt8> =
      switch completion {
      case .chosen: block.texts?.chosen(row) ?? []
      case .rejected: block.texts?.rejected(row) ?? []
      case .column(let column): try text(column, block, row)
      }
    return TokenPair(prompt: [place], chosen: try choices(text, block, row))
  }

  private func text(_ column: PairColumn, _ block: PairBlock, _ row: Int) throws(DataError)
    -> ArraySlice<UInt8>
  {
    if let text = block.textColumns[column]?[row], !text.isEmpty { return text }
    throw DataError(
      .invalid, file: "pairs", place: "row \(block.rows[row])", "has no \(column.rawValue)")
  }

  private func place(prompt text: ArraySlice<UInt8>, _ block: PairBlock, _ row: Int)
    throws(DataError) -> Int32
  {
    prompts.isEmpty ? 0 : try place(text, in: prompts, "prompt", block, row)
  }

  /// The places of a completion's choices, at least one.
  private func choices(_ text: ArraySlice<UInt8>, _ block: PairBlock, _ row: Int)
    throws(DataError) -> [Int32]
  {
    guard let separator else { return [try place(text, in: completions, "completion", block, row)] }
    var (places, start, next) = ([Int32](), text.startIndex, text.startIndex)
    while next < text.endIndex {
      guard text[next...].starts(with: separator) else {
        next += 1
        continue
      }
      places.append(try place(text[start..<next], in: completions, "completion", block, row))
      next += separator.count
      start = next
    }
    places.append(try place(text[start...], in: completions, "completion", block, row))
    return places
  }

  private func place(
    _ text: ArraySlice<UInt8>, in known: [String: Int32], _ what: String, _ block: PairBlock,
    _ row: Int
  ) throws(DataError) -> Int32 {
    let name = String(decoding: text, as: UTF8.self)
    if let place = known[name] { return place }
    throw DataError(
      .invalid, file: "pairs", place: "row \(block.rows[row])",
      "\(what) \(Wording.quoted(String(name.prefix(60)))) is not one of model.\(what)s")
  }
}
