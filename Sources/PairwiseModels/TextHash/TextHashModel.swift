public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseData
public import PairwiseNN
internal import PairwiseTensor
internal import Synchronization

/// Turns texts into sparse rows of hashed features.
public struct TextHashReader: PairReader {
  public let options: TextHashOptions

  public init(_ options: TextHashOptions) { self.options = options }

  public var needs: PairNeeds { PairNeeds(texts: true) }

  /// Pairs hashed by one task.
  private static let share = 64

  /// Hashes on the worker pool; a row depends on its own text alone. Traps if the block was read
  /// without texts.
  public func input(for block: PairBlock) -> ModelInput {
    guard let texts = block.texts else {
      preconditionFailure("text model: pairs were read without texts")
    }
    let tasks = min(
      (texts.count + TextHashReader.share - 1) / TextHashReader.share,
      WorkerPool.shared.threads * 2)
    let parts = Mutex([SparseRows?](repeating: nil, count: max(1, tasks)))
    let options = options
    WorkerPool.shared.run(max(1, tasks)) { task in
      var hasher = TextHasher(options)
      var rows = hasher.makeRows()
      let first = texts.count * task / max(1, tasks)
      for pair in first..<texts.count * (task + 1) / max(1, tasks) {
        let prompt = texts.prompt(pair)
        hasher.appendRow(prompt: prompt.span, completion: texts.chosen(pair).span, to: &rows)
        hasher.appendRow(prompt: prompt.span, completion: texts.rejected(pair).span, to: &rows)
      }
      parts.withLock { $0[task] = rows }
    }
    var all = SparseRows(width: options.width)
    for part in parts.withLock({ $0 }) { if let part { all.append(contentsOf: part) } }
    return .sparse(all.matrix)
  }
}

/// Scores texts by their hashed features: a table with a row per bucket, then dense layers if there are
/// hidden ones. In torch's terms the table is an `EmbeddingBag` that sums with per-sample weights.
public struct TextHashModel: RewardModel, NativeModel {
  public static let modelType = "pairwise_text_hash"

  public var store: ParameterStore
  public let options: TextHashModelOptions
  private let layers: Layers

  public init(options: TextHashModelOptions = .init(), seed: UInt64 = 0) {
    self.options = options
    layers = Layers(options)
    store = ParameterStore(layers.parameters, seed: seed)
  }

  /// The layers and the parameters they registered.
  struct Layers: Sendable {
    /// `[width, first hidden size]`, or `[width, 1]` for a linear model.
    let table: Parameter
    let bias: Parameter?
    let head: MLP?
    let parameters: ParameterBuilder

    init(_ options: TextHashModelOptions) {
      let width = options.hashing.width
      var builder = ParameterBuilder()
      guard let first = options.hiddenSizes.first else {
        // A linear model starts at 0: the problem is convex, and a random start would only be noise.
        table = builder.add("embedding.weight", [width, 1], .zeros)
        (bias, head, parameters) = (nil, nil, builder)
        return
      }
      // Rows have about unit length per kind of feature, so this start gives activations of that order.
      table = builder.add("embedding.weight", [width, first], .normal(standardDeviation: 0.3))
      bias = builder.add("embedding.bias", [first], .zeros, decays: false)
      head = builder.scoped("head") { scope in
        MLP(
          inputs: first, hidden: Array(options.hiddenSizes.dropFirst()),
          activation: options.activation, dropout: options.dropout, &scope)
      }
      parameters = builder
    }
  }

  public var reader: any PairReader { options.reader }

  public func scores(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> Variable {
    guard case .sparse(let rows) = input else {
      preconditionFailure("text model: expected sparse rows")
    }
    let sums = weights[layers.table].sparseRows(rows)
    guard let head = layers.head, let bias = layers.bias else { return sums.reshaped([rows.rows]) }
    var hidden = options.activation(sums.adding(bias: weights[bias]))
    if options.dropout > 0, let dropout {
      hidden = hidden.dropout(
        rate: options.dropout, key: DropoutKey(key: dropout.key &+ 0xD0, start: dropout.start))
    }
    return head(hidden, weights, dropout: options.dropout > 0 ? dropout : nil)
  }

  public var configuration: [ConfigNode.Entry] { options.configuration }
}

extension TextHashModelOptions {
  /// The options as `config.json` keeps them, under the keys of the `model:` section.
  var configuration: [ConfigNode.Entry] {
    let o = hashing
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
      .init(key: "hidden_sizes", value: hiddenSizes.configNode),
      .init(key: "activation", value: activation.rawValue.configNode),
      .init(key: "dropout", value: dropout.configNode),
    ]
  }
}
