public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseData
public import PairwiseNN
internal import PairwiseTensor
internal import Synchronization

/// Turns texts into sparse rows of hashed features.
public struct TextHashReader: PairReader {
  public let options: TextHashOptions
  /// What is read of a row beside its two completions.
  private var further: [ExtraSequence] = []

  /// How prompts alone are read.
  private let prompts: TextHashOptions

  /// - Parameter prompts: how prompts alone are read; nil: as completions.
  public init(_ options: TextHashOptions, prompts: TextHashOptions? = nil) {
    (self.options, self.prompts) = (options, prompts ?? options)
  }

  public var needs: PairNeeds {
    PairNeeds(texts: true, textColumns: Set(further.flatMap(\.columns)))
  }

  public func carrying(_ sequences: [ExtraSequence]) -> (any PairReader)? {
    var reader = self
    for sequence in sequences {
      guard case .completion(_, let prompt) = sequence, prompt != .question else { return nil }
      reader.further.append(sequence)
    }
    return reader
  }

  /// Pairs hashed by one task.
  private static let share = 64

  /// Hashes on the worker pool; a row depends on its own text alone. Traps if the block was read
  /// without texts.
  public func input(for block: PairBlock) throws(DataError) -> ModelInput {
    guard let texts = block.texts else {
      preconditionFailure("text model: pairs were read without texts")
    }
    for sequence in further { try sequence.check(block) }
    let tasks = min(
      (texts.count + TextHashReader.share - 1) / TextHashReader.share,
      WorkerPool.shared.threads * 2)
    let parts = Mutex([SparseRows?](repeating: nil, count: max(1, tasks)))
    let (options, further) = (options, further)
    WorkerPool.shared.run(max(1, tasks)) { task in
      var hasher = TextHasher(options)
      var rows = hasher.makeRows()
      let nothing: [UInt8] = []
      let first = texts.count * task / max(1, tasks)
      for pair in first..<texts.count * (task + 1) / max(1, tasks) {
        let prompt = texts.prompt(pair)
        hasher.appendRow(prompt: prompt.span, completion: texts.chosen(pair).span, to: &rows)
        hasher.appendRow(prompt: prompt.span, completion: texts.rejected(pair).span, to: &rows)
        for sequence in further {
          let (prompt, completion) = sequence.texts(pair, of: block, texts)
          hasher.appendRow(prompt: prompt.span, completion: completion.span, to: &rows)
          // Stands for the side that a further completion has not.
          hasher.appendRow(prompt: nothing.span, completion: nothing.span, to: &rows)
        }
      }
      parts.withLock { $0[task] = rows }
    }
    var all = SparseRows(width: options.width)
    for part in parts.withLock({ $0 }) { if let part { all.append(contentsOf: part) } }
    let input = ModelInput.sparse(all.matrix)
    return further.isEmpty ? input : .several(input, perRow: 1 + further.count)
  }

  /// The prompts' own n-grams.
  public func promptRows(of block: PairBlock) throws(DataError) -> PromptRows? {
    guard let texts = block.texts else { return nil }
    var hasher = TextHasher(prompts)
    var rows = hasher.makeRows()
    let nothing: [UInt8] = []
    for pair in 0..<texts.count {
      hasher.appendRow(prompt: nothing.span, completion: texts.prompt(pair).span, to: &rows)
    }
    return .sparse(rows.matrix)
  }
}

/// Scores texts by their hashed features: a table with a row per bucket, then dense layers if there are
/// hidden ones. In torch's terms the table is an `EmbeddingBag` that sums with per-sample weights.
public struct TextHashModel: AdaptiveRewardModel, NativeModel {
  public static let modelType = "pairwise_text_hash"

  public var store: ParameterStore
  public let options: TextHashModelOptions
  public let data: DataFacts
  private let layers: Layers

  public init(options: TextHashModelOptions = .init(), seed: UInt64 = 0) {
    self.init(DataFacts(featureWidth: nil, hasTexts: true), options: options, seed: seed)
  }

  public init(_ data: DataFacts, options: TextHashModelOptions, seed: UInt64 = 0) {
    (self.options, self.data) = (options, data)
    layers = Layers(options, data)
    store = ParameterStore(layers.parameters, seed: seed)
  }

  /// The layers and the parameters they registered.
  struct Layers: Sendable {
    /// `[width, first hidden size]`, or `[width, W]` for a linear model.
    let table: Parameter
    let bias: Parameter?
    let dense: MLP?
    /// `[width, P]`
    let prompts: Parameter?
    let head: any RewardHead
    let parameters: ParameterBuilder

    init(_ options: TextHashModelOptions, _ data: DataFacts) {
      let width = options.hashing.width
      let outputs = options.head.options.width(data)
      let spread = options.head.options.spread.map {
        Initialization.normal(standardDeviation: $0)
      }
      var builder = ParameterBuilder()
      if let first = options.hiddenSizes.first {
        // Rows have about unit length per kind of feature, so this start gives activations of that order.
        table = builder.add("embedding.weight", [width, first], .normal(standardDeviation: 0.3))
        bias = builder.add("embedding.bias", [first], .zeros, decays: false)
        dense = builder.scoped("head") { scope in
          MLP(
            inputs: first, hidden: Array(options.hiddenSizes.dropFirst()), outputs: outputs,
            activation: options.activation, dropout: options.dropout, &scope)
        }
      } else {
        // One reward starts at 0: the problem is convex, and a random start would only be noise.
        table = builder.add("embedding.weight", [width, outputs], spread ?? .zeros)
        (bias, dense) = (nil, nil)
      }
      let promptWidth = options.head.options.needs.promptWidth
      prompts =
        promptWidth > 0
        ? builder.add(
          "prompt.weight", [(options.promptHashing ?? options.hashing).width, promptWidth],
          .normal(standardDeviation: 0.1)) : nil
      head = builder.scoped("reward") { options.head.options.head(data, &$0) }
      parameters = builder
    }
  }

  public var headNeeds: HeadNeeds { options.head.options.needs }
  public var figures: [(name: String, value: Double)] { layers.head.figures(store) }
  public func fresh(for data: DataFacts) -> TextHashModel { TextHashModel(data, options: options) }

  public var reader: any PairReader { options.reader.knowing(data) }

  public func scores(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> Variable {
    output(input, weights, dropout: dropout).scores
  }

  public func output(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> RewardOutput
  {
    var prompts: Variable?
    if let table = layers.prompts, case .sparse(let rows)? = input.told.prompts {
      prompts = weights[table].sparseRows(rows)
    }
    var masked = MaskedStates(options.hiddenSizes, dropout: options.dropout)
    let rows = HeadInput(input, prompts: prompts, dropout: dropout) { rows in
      masked.keeping(states(rows, weights, dropout)) {
        layers.dense?.outputs(of: $0, weights) ?? $0
      }
    }
    return layers.head(rows, weights).with(states: masked.states)
  }

  /// `[2n, H]`; without hidden layers `[2n, W]`.
  private func states(_ input: ModelInput, _ weights: Weights, _ dropout: DropoutKey?) -> Variable {
    guard case .sparse(let rows) = input else {
      preconditionFailure("text model: expected sparse rows")
    }
    let sums = weights[layers.table].sparseRows(rows)
    guard let dense = layers.dense, let bias = layers.bias else { return sums }
    var hidden = options.activation(sums.adding(bias: weights[bias]))
    if options.dropout > 0, let dropout {
      hidden = hidden.dropout(
        rate: options.dropout, key: DropoutKey(key: dropout.key &+ 0xD0, start: dropout.start))
    }
    return dense.states(hidden, weights, dropout: options.dropout > 0 ? dropout : nil)
  }

  public var configuration: [ConfigNode.Entry] {
    options.configuration
      + [options.head.configuration, options.head.known(data)].compactMap(\.self)
  }
}

extension TextHashModelOptions {
  /// The options as `config.json` keeps them, under the keys of the `model:` section.
  var configuration: [ConfigNode.Entry] {
    var entries = hashing.configuration
    if let promptHashing {
      let own = ConfigNode.Entry(key: "own", value: true.configNode)
      entries.append(
        .init(
          key: "prompt_hashing", value: ConfigNode(.table([own] + promptHashing.configuration))))
    }
    return entries + [
      .init(key: "hidden_sizes", value: hiddenSizes.configNode),
      .init(key: "activation", value: activation.rawValue.configNode),
      .init(key: "dropout", value: dropout.configNode),
    ]
  }
}

extension TextHashOptions {
  /// The options under the keys of the `model:` section.
  fileprivate var configuration: [ConfigNode.Entry] {
    let o = self
    return [
      .init(key: "hash_seed", value: Int(clamping: o.seed).configNode),
      .init(key: "bucket_bits", value: o.bucketBits.configNode),
      .init(key: "signed", value: o.isSigned.configNode),
      .init(key: "lowercase", value: o.lowercasesASCII.configNode),
      .init(key: "char_gram_min", value: o.characterGramMinimum.configNode),
      .init(key: "char_gram_max", value: o.characterGramMaximum.configNode),
      .init(key: "char_weight", value: o.characterWeight.configNode),
      .init(key: "word_gram_min", value: o.wordGramMinimum.configNode),
      .init(key: "word_gram_max", value: o.wordGramMaximum.configNode),
      .init(key: "word_weight", value: o.wordWeight.configNode),
      .init(key: "word_pair_window", value: o.wordPairWindow.configNode),
      .init(key: "word_pair_weight", value: o.wordPairWeight.configNode),
      .init(key: "prompt_weight", value: o.promptWeight.configNode),
      .init(key: "cross_words", value: o.crossWords.configNode),
      .init(key: "cross_weight", value: o.crossWeight.configNode),
      .init(key: "count_transform", value: o.countTransform.rawValue.configNode),
      .init(key: "normalize", value: o.normalizesKinds.configNode),
      .init(key: "length_weight", value: o.extrasWeight.configNode),
    ]
  }
}
