internal import PairwiseData

/// The features of length and form (``TextExtras``) that stand beside a text's vector.
struct TextForm {
  /// Numbers of a completion.
  static let count = TextExtras.count

  private var hasher: TextHasher

  /// - Parameter weight: their factor, above 0.
  init(weight: Float) {
    var options = TextHashOptions()
    options.bucketBits = TextHashOptions.bucketBitsRange.lowerBound
    (options.characterWeight, options.wordWeight, options.wordPairWeight) = (0, 0, 0)
    options.extrasWeight = weight
    hasher = TextHasher(options)
  }

  /// Those of one completion, `[count]`.
  private mutating func row(_ text: (prompt: ArraySlice<UInt8>, completion: ArraySlice<UInt8>))
    -> [Float]
  {
    var rows = hasher.makeRows()
    hasher.appendRow(prompt: text.prompt.span, completion: text.completion.span, to: &rows)
    var values = [Float](repeating: 0, count: TextForm.count)
    // No n-gram has a weight: the extras are all there is, behind the buckets.
    let first = rows.width - TextForm.count
    for (index, value) in zip(rows.indices, rows.values) { values[Int(index) - first] = value }
    return values
  }

  /// Gives every token pair of a block the form of its texts.
  ///
  /// - Parameters:
  ///   - rows: the token pairs of each row: its two completions, and one for each of `extras`.
  ///   - block: read with texts.
  mutating func fill(
    _ rows: inout [PairTokenizer.Row], extras: [ExtraSequence], of block: PairBlock
  ) {
    guard let texts = block.texts else {
      preconditionFailure("form: pairs were read without texts")
    }
    for row in rows.indices {
      let prompt = texts.prompt(row)
      rows[row].pairs[0].form =
        self.row((prompt, texts.chosen(row))) + self.row((prompt, texts.rejected(row)))
      for (index, sequence) in extras.enumerated() {
        let own = self.row(sequence.texts(row, of: block, texts))
        rows[row].pairs[1 + index].form = own + own
      }
    }
  }
}
