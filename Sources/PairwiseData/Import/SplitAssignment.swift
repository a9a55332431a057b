/// Which rows are held out: a pure function of the prompt and a seed.
///
/// Rows with the same prompt always land on the same side, whatever the order of rows and whatever else
/// is in the file; adding rows never moves others. The share held out is met on average, not exactly.
public enum SplitAssignment {
  /// Whether rows with this prompt belong to the validation split.
  ///
  /// - Parameter fraction: share of prompts to hold out, 0 … 1. Traps outside.
  public static func isValidation(
    prompt: some Sequence<UInt8>, fraction: Double, seed: UInt64
  ) -> Bool {
    isBelow(StableHash(prompt, seed: seed), fraction)
  }

  /// The same for a pair of texts. An empty prompt says nothing about what belongs together, so then
  /// the two answers stand in for it, in whichever order.
  static func isValidation(
    prompt: some Collection<UInt8>, sides: (some Sequence<UInt8>, some Sequence<UInt8>),
    fraction: Double, seed: UInt64
  ) -> Bool {
    if !prompt.isEmpty { return isValidation(prompt: prompt, fraction: fraction, seed: seed) }
    let hashes = [StableHash(sides.0, seed: seed), StableHash(sides.1, seed: seed)].sorted()
    var hasher = StableHasher(seed: seed)
    for hash in hashes { hasher.update(hash) }
    return isBelow(hasher.finish(), fraction)
  }

  /// The same for data without texts: each row is its own unit.
  public static func isValidation(row: Int, fraction: Double, seed: UInt64) -> Bool {
    var hasher = StableHasher(seed: seed)
    hasher.update(UInt64(bitPattern: Int64(row)))
    return isBelow(hasher.finish(), fraction)
  }

  /// The same for a record about to be stored as row `row`.
  static func isValidation(
    _ record: PreferenceRecord, row: Int, fraction: Double, seed: UInt64
  ) -> Bool {
    guard let chosen = record.chosen, record.rejected != nil || record.isUnpaired else {
      return isValidation(row: row, fraction: fraction, seed: seed)
    }
    return isValidation(
      prompt: (record.prompt?.text ?? "").utf8,
      sides: (chosen.text.utf8, (record.rejected?.text ?? "").utf8),
      fraction: fraction, seed: seed)
  }

  /// Splits the rows of a source into training and validation rows, each in the given order.
  ///
  /// Prompts decide where the source has texts, row numbers otherwise. Reads in blocks.
  public static func split(
    _ source: any PairSource, rows: RowSet, fraction: Double, seed: UInt64
  ) throws(DataError) -> (train: [Int32], validation: [Int32]) {
    var train: [Int32] = []
    var validation: [Int32] = []
    var position = 0
    while position < rows.count {
      let end = min(position + 4096, rows.count)
      let block = (position..<end).map { rows[$0] }
      let texts = source.hasTexts ? try source.read(block, needs).texts : nil
      for (index, row) in block.enumerated() {
        let isHeldOut =
          if let texts {
            isValidation(
              prompt: texts.prompt(index), sides: (texts.chosen(index), texts.rejected(index)),
              fraction: fraction, seed: seed)
          } else {
            isValidation(row: row, fraction: fraction, seed: seed)
          }
        if isHeldOut { validation.append(Int32(row)) } else { train.append(Int32(row)) }
      }
      position = end
    }
    return (train, validation)
  }

  private static let needs = PairNeeds(
    texts: true, textColumns: [.rejectedPrompt], allowsUnlabelled: true)

  private static func isBelow(_ hash: StableHash, _ fraction: Double) -> Bool {
    precondition((0...1).contains(fraction), "split: fraction \(fraction) is not in 0 ... 1")
    return Double(hash.high >> 11) * 0x1p-53 < fraction
  }
}
