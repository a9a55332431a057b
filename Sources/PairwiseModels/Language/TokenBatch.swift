internal import PairwiseAutodiff

/// Pairs as token ids, ready for a language model.
public struct TokenPairs: Sendable {
  /// `perRow` of them for each row of data, one row after the other.
  public var pairs: [TokenPair]
  /// Token pairs of a row: one with its two completions, and one for each further sequence.
  public var perRow: Int
  /// Whether rows are prompts with one completion: the rejected ones are left out, or are others'.
  public var chosenOnly: Bool

  public init(_ pairs: [TokenPair], perRow: Int = 1, chosenOnly: Bool = false) {
    precondition(perRow > 0 && pairs.count % perRow == 0, "token pairs: not \(perRow) for each row")
    self.pairs = pairs
    self.perRow = perRow
    self.chosenOnly = chosenOnly
  }

  /// Rows of data.
  public var count: Int { pairs.count / perRow }

  /// The pair of a row with its two completions.
  public subscript(row: Int) -> TokenPair { pairs[row * perRow] }

  /// Rows that a model computes for these pairs: a shared prompt counts once.
  public var rows: Int { pairs.reduce(0) { $0 + $1.rows } }

  /// Tokens as separate sequences would have them: a shared prompt counts for each of its completions.
  public var unsharedTokens: Int {
    if chosenOnly {
      return (0..<count).reduce(0) { $0 + self[$1].prompt.count + self[$1].chosen.count }
    }
    return pairs.reduce(rows) { $0 + $1.prompt.count }
  }
}

extension TokenPairs {
  /// The first rows, each with the completion of another row in the rejected one's place.
  ///
  /// - Parameter limit: most tokens of prompt and completion together.
  func mismatched(with others: [Int], limit: Int?) -> TokenPairs {
    var pairs = Array(pairs.prefix(others.count * perRow))
    for (row, other) in others.enumerated() {
      let place = row * perRow
      let room = limit.map { max(1, $0 - pairs[place].prompt.count) } ?? .max
      pairs[place].rejected = Array(self[other].chosen.prefix(room))
      pairs[place].unscored.rejected = min(
        self[other].unscored.chosen, pairs[place].rejected.count)
    }
    return TokenPairs(pairs, perRow: perRow, chosenOnly: true)
  }
}

extension TokenPair {
  /// Tokens of the pair with its prompt counted once.
  public var rows: Int { prompt.count + chosen.count + rejected.count }
}

/// Rows of some pairs for a causal model: per pair the prompt once, then the chosen and the rejected
/// completion, which both continue it. The tokens are those of the two separate sequences.
public struct TokenBatch: Sendable {
  public let rows: TokenRows
  /// Sequence 2i is the chosen side of pair i, 2i + 1 the rejected one: the last row of each that is not
  /// the pad token, or its first row if all are. −1 where a sequence has no tokens.
  public let lastRows: [Int32]
  /// Row whose hidden state predicts each scored completion token, `[C]`.
  public let sources: [Int32]
  /// The token predicted, `[C]`.
  public let targets: [Int32]
  /// Sequence s scores the tokens `offsets[s] ..< offsets[s + 1]` of `targets`.
  public let offsets: [Int32]
  /// Completion tokens of each sequence; one that nothing predicts counts too.
  public let lengths: [Float]

  /// - Parameter pad: tokens that the last rows pass over.
  public init(_ pairs: [TokenPair], pad: Int32? = nil) {
    var builder = Builder(pad: pad)
    for pair in pairs { builder.add(pair) }
    rows = TokenRows(ids: builder.ids, layout: TokenLayout(builder.segments))
    (lastRows, sources, targets) = (builder.lastRows, builder.sources, builder.targets)
    (offsets, lengths) = (builder.offsets, builder.lengths)
  }

  private struct Builder {
    let pad: Int32?
    var ids: [Int32] = []
    var segments: [(count: Int, prefix: Int?)] = []
    var lastRows: [Int32] = []
    var sources: [Int32] = []
    var targets: [Int32] = []
    var offsets: [Int32] = [0]
    var lengths: [Float] = []

    /// First row and length of the last pair's prompt, and the chosen tokens that belong to it.
    var lastPrompt = (start: 0, count: 0, chosen: 0, more: 0)

    /// The tokens of the last pair's prompt, each predicted by the one before.
    mutating func addLastPrompt() {
      let (start, count, chosen, more) = lastPrompt
      // The prompt's rows, then those of the chosen completion that belong to it.
      let rows = (0..<count).map { start + $0 } + (0..<more).map { chosen + $0 }
      for place in rows.indices.dropFirst() {
        sources.append(Int32(rows[place - 1]))
        targets.append(ids[rows[place]])
      }
      for length in [max(0, rows.count - 1), 0] {
        lastRows.append(-1)
        offsets.append(Int32(targets.count))
        lengths.append(Float(length))
      }
    }

    mutating func add(_ pair: TokenPair) {
      if pair.isPromptOfLast { return addLastPrompt() }
      lastPrompt = (
        ids.count, pair.prompt.count, ids.count + pair.prompt.count, pair.unscored.chosen
      )
      let promptSegment = pair.prompt.isEmpty ? nil : segments.count
      if promptSegment != nil {
        segments.append((pair.prompt.count, nil))
        ids += pair.prompt
      }
      let promptEnd = Int32(ids.count) - 1
      for (side, unscored) in [
        (pair.chosen, pair.unscored.chosen), (pair.rejected, pair.unscored.rejected),
      ] {
        let start = Int32(ids.count)
        for (place, token) in side.enumerated() {
          // The first token follows the prompt's last one; without a prompt nothing predicts it.
          if place == 0 && promptSegment == nil || place < unscored { continue }
          sources.append(place == 0 ? promptEnd : start + Int32(place) - 1)
          targets.append(token)
        }
        if !side.isEmpty {
          segments.append((side.count, promptSegment))
          ids += side
        }
        let promptStart = promptEnd - Int32(pair.prompt.count) + 1
        lastRows.append(lastRow(pair.prompt, promptStart, side, start))
        offsets.append(Int32(targets.count))
        lengths.append(Float(side.count - unscored))
      }
    }

    private func lastRow(_ prompt: [Int32], _ promptStart: Int32, _ side: [Int32], _ start: Int32)
      -> Int32
    {
      if prompt.isEmpty && side.isEmpty { return -1 }
      if let last = side.lastIndex(where: { $0 != pad }) { return start + Int32(last) }
      if let last = prompt.lastIndex(where: { $0 != pad }) { return promptStart + Int32(last) }
      return prompt.isEmpty ? start : promptStart
    }
  }
}
