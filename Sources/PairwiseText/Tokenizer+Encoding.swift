extension Tokenizer {
  /// The ids of a text. Special tokens written in it are taken as such.
  ///
  /// - Parameter addSpecialTokens: puts around the text what the tokenizer's post-processor says:
  ///   a BOS token, `[CLS]` and `[SEP]`, or nothing.
  public func encode(_ text: String, addSpecialTokens: Bool = true) -> [Int32] {
    core.encode(Array(text.utf8), addSpecialTokens: addSpecialTokens)
  }

  /// The ids of a text given as UTF-8. Bytes that are no UTF-8 count as U+FFFD.
  public func encode(utf8 text: [UInt8], addSpecialTokens: Bool = true) -> [Int32] {
    if (try? UTF8Span(validating: text.span)) != nil {
      return core.encode(text, addSpecialTokens: addSpecialTokens)
    }
    let repaired = Array(String(decoding: text, as: UTF8.self).utf8)
    return core.encode(repaired, addSpecialTokens: addSpecialTokens)
  }
}

extension TokenizerCore {
  /// - Parameter text: valid UTF-8.
  func encode(_ text: [UInt8], addSpecialTokens: Bool) -> [Int32] {
    var ids: [Int32] = []
    ids.reserveCapacity(text.count / 4 + 8)
    withScratch { scratch in
      guard !rawFinder.isEmpty else {
        encodePlain(text, &scratch, &ids)
        return
      }
      for part in rawFinder.parts(text.span) {
        if let id = part.id {
          ids.append(id)
        } else if part.piece.start == 0, part.piece.end == text.count {
          encodePlain(text, &scratch, &ids)
        } else {
          encodePlain(Array(text[part.piece.start..<part.piece.end]), &scratch, &ids)
        }
      }
    }
    return parts.postProcessor.apply(ids, addingSpecialTokens: addSpecialTokens)
  }

  /// Text without the tokens that are looked for before normalisation.
  private func encodePlain(
    _ text: [UInt8], _ scratch: inout EncodingScratch, _ ids: inout [Int32]
  ) {
    let text = parts.normalizer?.apply(text) ?? text
    guard !normalizedFinder.isEmpty else {
      encodeWords(text, &scratch, &ids)
      return
    }
    for part in normalizedFinder.parts(text.span) {
      if let id = part.id {
        ids.append(id)
      } else {
        encodeWords(Array(text[part.piece.start..<part.piece.end]), &scratch, &ids)
      }
    }
  }

  /// Text without any added token.
  private func encodeWords(
    _ text: [UInt8], _ scratch: inout EncodingScratch, _ ids: inout [Int32]
  ) {
    if text.isEmpty { return }
    var text = text
    scratch.split.pieces.removeAll(keepingCapacity: true)
    scratch.split.pieces.append(Piece(start: 0, end: text.count))
    parts.preTokenizer.split(&text, &scratch.split)
    let span = text.span
    for piece in scratch.split.pieces {
      let hash = TokenTable.hash(span, from: piece.start, to: piece.end)
      if scratch.cache.append(span, piece, hash: hash, to: &ids) { continue }
      let first = ids.count
      switch parts.model {
      case .bytePairs(let model): model.append(span, piece, &scratch.merge, to: &ids)
      case .wordPiece(let model): model.append(span, piece, to: &ids)
      }
      scratch.cache.insert(span, piece, hash: hash, ids[first...])
    }
  }
}
