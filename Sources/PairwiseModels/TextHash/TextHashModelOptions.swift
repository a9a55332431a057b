public import PairwiseConfig
internal import PairwiseData
public import PairwiseNN

/// `model: {kind: text_hash}`: hashed n-grams of prompt and completion under a linear model or MLP.
public struct TextHashModelOptions: NativeRewardOptions {
  public static let kind = "text_hash"
  public static let modelType = TextHashModel.modelType
  public static let summary = "hashed n-grams of the texts under a linear model or MLP"

  public var hashing: TextHashOptions
  /// How a router that reads prompts reads them; nil: as completions.
  public var promptHashing: TextHashOptions?
  /// Widths of the hidden layers; none for a linear model.
  public var hiddenSizes: [Int]
  public var activation: Activation
  public var dropout: Float
  /// What stands on top.
  public var head: HeadSection

  public init(
    hashing: TextHashOptions = .init(), promptHashing: TextHashOptions? = nil,
    hiddenSizes: [Int] = [], activation: Activation = .relu,
    dropout: Float = 0, head: HeadSection = .init()
  ) {
    self.head = head
    (self.hashing, self.promptHashing) = (hashing, promptHashing)
    self.hiddenSizes = hiddenSizes
    self.activation = activation
    self.dropout = dropout
  }

  public init(from reader: inout SectionReader) {
    hashing = TextHashOptions(from: &reader)
    promptHashing =
      reader.section(
        "prompt_hashing", PromptHashingSection.self,
        "How a router that reads prompts reads them: the same keys again, where own is true."
      ).options
    hiddenSizes = reader.value(
      "hidden_sizes", default: [], .each(.closed(1...65_536), count: 0...16),
      "Widths of the hidden layers; none for a linear model.")
    activation = reader.choice("activation", default: .relu, "Nonlinearity between the layers.")
    dropout = reader.value(
      "dropout", default: 0, .range(0..<1), "Share of hidden values zeroed while training.")
    head = HeadSection(from: &reader)
  }

  public var reader: any PairReader {
    ConditionedReader.around(TextHashReader(hashing, prompts: promptHashing), head.options.needs)
  }
  public var gives: Set<String> {
    head.options.gives.union(MaskedStates(hiddenSizes, dropout: dropout).gives)
  }
  public func remarks(_ data: DataFacts) -> [String] { head.remarks(data) }

  public func problem(with data: DataFacts) -> String? {
    data.hasTexts
      ? head.problem(with: data, dropout: dropout)
      : "model kind text_hash needs texts, the data has none"
  }

  public func parameters(_ data: DataFacts) -> ParameterBuilder {
    TextHashModel.Layers(self, data).parameters
  }

  public func build(_ data: DataFacts, seed: UInt64) -> any RewardModel {
    TextHashModel(data, options: self, seed: seed)
  }

  public static func facts(savedIn configuration: ConfigNode) -> DataFacts {
    var facts = DataFacts(featureWidth: nil, hasTexts: true)
    facts.readColumns(savedIn: configuration)
    return facts
  }
}

/// `model.prompt_hashing:`
struct PromptHashingSection: ConfigSection {
  /// Nil: prompts are read as completions.
  var options: TextHashOptions?

  init(from reader: inout SectionReader) {
    let isOwn = reader.value(
      "own", default: false,
      "Whether prompts are read in a way of their own, by the keys beside this one.")
    let own = TextHashOptions(from: &reader)
    options = isOwn ? own : nil
  }
}

extension TextHashOptions {
  /// Declares the keys of the `model:` section that say how texts become features.
  init(from reader: inout SectionReader) {
    self.init()
    let weights: Allowed<Float> = .closed(Self.weightRange)
    seed = UInt64(
      reader.value("hash_seed", default: 0, .atLeast(0), "Chooses among hash functions."))
    bucketBits = reader.value(
      "bucket_bits", default: bucketBits, .closed(Self.bucketBitsRange),
      "Features fall into 2^bucket_bits buckets.")
    isSigned = reader.value(
      "signed", default: isSigned, "Count half of the features as -1, so that collisions cancel.")
    lowercasesASCII = reader.value(
      "lowercase", default: lowercasesASCII, "Fold A-Z to a-z first.")
    characterGramMinimum = reader.value(
      "char_gram_min", default: characterGramMinimum, .closed(Self.characterGramMinimumRange),
      "Shortest n-gram of bytes within a word.")
    characterGramMaximum = reader.value(
      "char_gram_max", default: characterGramMaximum, .closed(Self.characterGramMaximumRange),
      "Longest such n-gram; below the minimum: none.")
    characterWeight = reader.value(
      "char_weight", default: characterWeight, weights, "Weight of n-grams of bytes.")
    wordGramMinimum = reader.value(
      "word_gram_min", default: wordGramMinimum, .closed(Self.wordGramMinimumRange),
      "Shortest run of words.")
    wordGramMaximum = reader.value(
      "word_gram_max", default: wordGramMaximum, .closed(Self.wordGramMaximumRange),
      "Longest run of words; below the minimum: none.")
    wordWeight = reader.value(
      "word_weight", default: wordWeight, weights, "Weight of runs of words.")
    wordPairWindow = reader.value(
      "word_pair_window", default: wordPairWindow, .closed(Self.wordPairWindowRange),
      "Ordered pairs of words at most this many places apart; 0: none.")
    wordPairWeight = reader.value(
      "word_pair_weight", default: wordPairWeight, weights, "Weight of pairs of words.")
    promptWeight = reader.value(
      "prompt_weight", default: promptWeight, weights,
      "Weight of the prompt's own n-grams; only a model with hidden layers can use them.")
    crossWords = reader.value(
      "cross_words", default: crossWords, .closed(Self.crossWordsRange),
      "Pairs of the prompt's last and the completion's first words, this many of each; 0: none.")
    crossWeight = reader.value(
      "cross_weight", default: crossWeight, weights, "Weight of such pairs.")
    countTransform = reader.choice(
      "count_transform", default: countTransform, "What becomes of a feature's count.")
    normalizesKinds = reader.value(
      "normalize", default: normalizesKinds, "Scale each kind of feature to unit length.")
    extrasWeight = reader.value(
      "length_weight", default: extrasWeight, weights,
      "Weight of the features about length and form; 0: none.")
    if let problem { reader.report("bucket_bits", problem) }
  }
}
