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

  /// The same for data without prompts: each row is its own unit.
  public static func isValidation(row: Int, fraction: Double, seed: UInt64) -> Bool {
    var hasher = StableHasher(seed: seed)
    hasher.update(UInt64(bitPattern: Int64(row)))
    return isBelow(hasher.finish(), fraction)
  }

  /// Splits the rows of a source into training and validation rows, each ascending.
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
      let texts = source.hasTexts ? try source.read(block, PairNeeds(texts: true)).texts : nil
      for (index, row) in block.enumerated() {
        let isHeldOut =
          if let texts {
            isValidation(prompt: texts.prompt(index), fraction: fraction, seed: seed)
          } else {
            isValidation(row: row, fraction: fraction, seed: seed)
          }
        if isHeldOut { validation.append(Int32(row)) } else { train.append(Int32(row)) }
      }
      position = end
    }
    return (train, validation)
  }

  private static func isBelow(_ hash: StableHash, _ fraction: Double) -> Bool {
    precondition((0...1).contains(fraction), "split: fraction \(fraction) is not in 0 ... 1")
    return Double(hash.high >> 11) * 0x1p-53 < fraction
  }
}
