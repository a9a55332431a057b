/// What of a text becomes a feature, and how it is weighed. The defaults are those that did best on
/// unseen prompts of human preference data; see `TextHasher` for the exact rules.
///
/// Any change to an option changes the rows, so a model is only valid with the options it was
/// trained with.
public struct TextHashOptions: Sendable, Equatable {
  /// What a count of one feature within one text becomes, before normalisation.
  public enum CountTransform: String, Sendable, CaseIterable {
    /// ln(1 + count): a word said ten times counts 3.5 times as much as one said once.
    case log1p
    case squareRoot = "square_root"
    /// 1 for every feature that occurs.
    case binary
    /// The count itself.
    case none
  }

  public static let bucketBitsRange = 8...24
  public static let characterGramMinimumRange = 1...16
  public static let characterGramMaximumRange = 0...16
  public static let wordGramMinimumRange = 1...8
  public static let wordGramMaximumRange = 0...8
  public static let wordPairWindowRange = 0...16
  public static let crossWordsRange = 0...64
  /// The legal range of every weight.
  public static let weightRange: ClosedRange<Float> = 0...1000

  /// Chooses among hash functions; another seed makes other features collide.
  public var seed: UInt64 = 0
  /// Hashed features fall into 2^`bucketBits` buckets, 8...24. Eighteen bits hold the distinct
  /// n-grams of some thousand dialogues with few collisions.
  public var bucketBits = 18
  /// Adds −1 instead of +1 for half of the features, so that collisions cancel on average.
  public var isSigned = false
  /// Folds A–Z to a–z before anything else. Other letters keep their case.
  public var lowercasesASCII = true

  /// Shortest n-gram of bytes within a word and its two boundary marks, 1...16.
  public var characterGramMinimum = 3
  /// Longest such n-gram, 0...16; below the minimum means none.
  public var characterGramMaximum = 5
  public var characterWeight: Float = 1

  /// Shortest run of words, 1...8.
  public var wordGramMinimum = 1
  /// Longest run of words, 0...8; below the minimum means none.
  public var wordGramMaximum = 0
  public var wordWeight: Float = 0.3

  /// Ordered pairs of words at most this many places apart (1: bigrams), 0...16; 0 means none.
  public var wordPairWindow = 3
  public var wordPairWeight: Float = 0.3

  /// Weight of the prompt's own n-grams, made like the completion's; 0 means none. They cancel in
  /// the difference of two completions of one prompt, so only a non-linear head can use them.
  public var promptWeight: Float = 0
  /// Pairs of each of the prompt's last and each of the completion's first words, this many of
  /// each, 0...64; 0 means none.
  public var crossWords = 0
  public var crossWeight: Float = 0.3

  public var countTransform = CountTransform.log1p
  /// Scales each kind of feature to the length (L2) of its weight, so that long texts do not
  /// outvote short ones.
  public var normalizesKinds = true

  /// Weight of the dense extras (`TextExtras`) at the end of each row; 0 leaves their columns out.
  public var extrasWeight: Float = 1

  public init() {}

  /// Columns of a row: buckets, then the extras if they have a weight.
  public var width: Int { (1 << bucketBits) + (extrasWeight > 0 ? TextExtras.count : 0) }

  /// The first option outside its range as a sentence, or nil if all are legal.
  public var problem: String? {
    let integers = [
      ("bucketBits", bucketBits, Self.bucketBitsRange),
      ("characterGramMinimum", characterGramMinimum, Self.characterGramMinimumRange),
      ("characterGramMaximum", characterGramMaximum, Self.characterGramMaximumRange),
      ("wordGramMinimum", wordGramMinimum, Self.wordGramMinimumRange),
      ("wordGramMaximum", wordGramMaximum, Self.wordGramMaximumRange),
      ("wordPairWindow", wordPairWindow, Self.wordPairWindowRange),
      ("crossWords", crossWords, Self.crossWordsRange),
    ]
    for (name, value, range) in integers where !range.contains(value) {
      return "\(name): expected \(range), found \(value)"
    }
    let weights = [
      ("characterWeight", characterWeight), ("wordWeight", wordWeight),
      ("wordPairWeight", wordPairWeight), ("promptWeight", promptWeight),
      ("crossWeight", crossWeight), ("extrasWeight", extrasWeight),
    ]
    for (name, value) in weights where !Self.weightRange.contains(value) {
      return "\(name): expected \(Self.weightRange), found \(value)"
    }
    return nil
  }
}
