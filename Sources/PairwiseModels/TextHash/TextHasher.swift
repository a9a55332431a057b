/// Turns a prompt and a completion into a sparse row of hashed features: a pure function of their
/// bytes and the options.
///
/// Both texts are cut into words (`FoldedText`). Each kind of feature is counted by bucket
/// (`ByteHash`), a count becomes `countTransform(count)`, and the kind is scaled to the length of its
/// weight; then the kinds are added up. In this order:
///
/// | kind | features | hash |
/// |---|---|---|
/// | characters | n-grams of bytes within `<word>`, marks included | of the bytes |
/// | words | runs of n words | `h = finish(h xor wordHash)` for each, from `start(kind)` |
/// | pairs | words up to a window apart, in order | the same of the two |
/// | the same three of the prompt | if `promptWeight` > 0, scaled by it | kinds of their own |
/// | cross | last words of the prompt × first words of the completion | as pairs |
///
/// Dense extras (`TextExtras`) stand in the last columns. Zeros are not stored. The hasher holds
/// scratch memory (8 bytes a bucket and more), so give each task its own copy and keep it.
///
/// - Complexity: linear in the bytes of both texts, plus n log n in their words.
public struct TextHasher: Sendable {
  public let options: TextHashOptions
  private let classes: ByteClasses
  private let rule: BucketRule
  private var counts: BucketTable
  private var row: BucketTable
  private var promptText = FoldedText()
  private var completionText = FoldedText()
  private var wordScratch: [UInt64] = []

  /// Traps with a sentence if an option is out of its range; ask `options.problem` first for options
  /// from outside.
  public init(_ options: TextHashOptions = TextHashOptions()) {
    if let problem = options.problem { preconditionFailure("text hasher: \(problem)") }
    self.options = options
    classes = ByteClasses(lowercasesASCII: options.lowercasesASCII)
    rule = BucketRule(options)
    counts = BucketTable(bits: options.bucketBits)
    row = BucketTable(bits: options.bucketBits)
  }

  /// A batch without rows of the hasher's width.
  public func makeRows() -> SparseRows { SparseRows(width: options.width) }

  /// Appends the row of one completion, both texts as UTF-8 or any other bytes. Traps if `rows` has
  /// another width than the hasher.
  public mutating func appendRow(
    prompt: Span<UInt8>, completion: Span<UInt8>, to rows: inout SparseRows
  ) {
    precondition(
      rows.width == options.width,
      "text hasher: rows of width \(rows.width), expected \(options.width)")
    completionText.fold(completion, by: classes, seed: options.seed)
    if needsPrompt { promptText.fold(prompt, by: classes, seed: options.seed) }
    addKinds(
      of: completionText, .completionCharacters, .completionWords, .completionPairs, weight: 1)
    if options.promptWeight > 0 {
      addKinds(
        of: promptText, .promptCharacters, .promptWords, .promptPairs,
        weight: options.promptWeight)
    }
    if options.crossWords > 0 && options.crossWeight > 0 {
      counts.countCrosses(
        of: promptText, with: completionText, words: options.crossWords, start: start(.cross),
        rule: rule)
      endKind(weight: options.crossWeight)
    }
    row.drain(into: &rows)
    if options.extrasWeight > 0 {
      TextExtras.append(
        completion, words: completionText, promptWords: promptText,
        first: 1 << options.bucketBits, weight: options.extrasWeight, scratch: &wordScratch,
        to: &rows)
    }
    rows.endRow()
  }

  /// Appends the row of one completion. Traps if `rows` has another width than the hasher.
  public mutating func appendRow(
    prompt: String, completion: String, to rows: inout SparseRows
  ) {
    appendRow(prompt: prompt.utf8.span, completion: completion.utf8.span, to: &rows)
  }

  private var needsPrompt: Bool {
    options.extrasWeight > 0 || options.promptWeight > 0
      || (options.crossWords > 0 && options.crossWeight > 0)
  }

  private func start(_ kind: ByteHash.Kind) -> UInt64 {
    ByteHash.start(kind, seed: options.seed)
  }

  /// Adds the three kinds of n-grams of one text to the row.
  private mutating func addKinds(
    of text: FoldedText, _ characters: ByteHash.Kind, _ words: ByteHash.Kind,
    _ pairs: ByteHash.Kind, weight: Float
  ) {
    if options.characterWeight > 0 {
      counts.countCharacterGrams(
        of: text, minimum: options.characterGramMinimum, maximum: options.characterGramMaximum,
        start: start(characters), rule: rule)
      endKind(weight: options.characterWeight * weight)
    }
    if options.wordWeight > 0 {
      counts.countWordGrams(
        of: text, minimum: options.wordGramMinimum, maximum: options.wordGramMaximum,
        start: start(words), rule: rule)
      endKind(weight: options.wordWeight * weight)
    }
    if options.wordPairWeight > 0 {
      counts.countWordPairs(
        of: text, window: options.wordPairWindow, start: start(pairs), rule: rule)
      endKind(weight: options.wordPairWeight * weight)
    }
  }

  /// Transforms and scales what was counted and adds it to the row.
  private mutating func endKind(weight: Float) {
    let squares = counts.transform(options.countTransform)
    let scale =
      options.normalizesKinds
      ? (squares > 0 ? Float(Double(weight) / squares.squareRoot()) : 0) : weight
    counts.drain(scale: scale, into: &row)
  }
}
