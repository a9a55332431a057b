internal import PairwiseData
internal import PairwiseTensor
internal import Synchronization

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

  /// Gives every token pair of a block the form of its texts, rows side by side.
  ///
  /// - Parameters:
  ///   - rows: the token pairs of each row: its two completions, and one for each of `extras`.
  ///   - block: read with texts.
  func fill(
    _ rows: inout [PairTokenizer.Row], extras: [ExtraSequence], of block: PairBlock
  ) {
    precondition(block.texts != nil, "form: pairs were read without texts")
    let count = rows.count
    // A hasher is set up for each task, so tasks are few.
    let tasks = max(1, min(count / 16, 2 * WorkerPool.shared.threads))
    let parts = Mutex([[[[Float]]]](repeating: [], count: tasks))
    WorkerPool.shared.run(tasks) { task in
      var form = self
      let range = count * task / tasks..<count * (task + 1) / tasks
      let part = range.map { form.forms($0, extras, of: block) }
      parts.withLock { $0[task] = part }
    }
    for (row, forms) in parts.withLock({ $0 }).joined().enumerated() {
      for (pair, form) in forms.enumerated() { rows[row].pairs[pair].form = form }
    }
  }

  /// Those of the token pairs of one row, both completions of a pair one after the other.
  private mutating func forms(_ row: Int, _ extras: [ExtraSequence], of block: PairBlock)
    -> [[Float]]
  {
    guard let texts = block.texts else { return [] }
    let prompt = texts.prompt(row)
    var forms = [
      self.row((prompt, texts.chosen(row))) + self.row((prompt, texts.rejected(row)))
    ]
    for sequence in extras {
      let own = self.row(sequence.texts(row, of: block, texts))
      forms.append(own + own)
    }
    return forms
  }
}
