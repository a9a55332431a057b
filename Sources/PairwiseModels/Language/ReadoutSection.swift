public import PairwiseConfig
internal import PairwiseData
public import PairwiseNN

/// Keys of `model:` about what stands on an encoder or a decoder, the same for both.
public struct ReadoutSection: ConfigSection, Sendable {
  /// Whether the pretrained layers stay as they are.
  public var isFrozen: Bool
  /// Whether a text is a prompt with its completion, or the completion alone.
  public var readsPrompt: Bool
  /// Weight of the features of length and form beside a text's vector; 0: none.
  public var lengthWeight: Float
  /// Widths of the layers between a text's vector and the head; none: the head reads a linear map of it.
  public var hiddenSizes: [Int]
  public var activation: Activation
  public var dropout: Float
  /// What stands on top.
  public var head: HeadSection

  public init(
    isFrozen: Bool = false, readsPrompt: Bool = true, lengthWeight: Float = 0,
    hiddenSizes: [Int] = [], activation: Activation = .relu, dropout: Float = 0,
    head: HeadSection = .init()
  ) {
    (self.readsPrompt, self.lengthWeight) = (readsPrompt, lengthWeight)
    (self.isFrozen, self.hiddenSizes, self.activation) = (isFrozen, hiddenSizes, activation)
    (self.dropout, self.head) = (dropout, head)
  }

  public init(from reader: inout SectionReader) {
    isFrozen = reader.value(
      "freeze", default: false,
      "Leave the pretrained layers as they are: their vectors are computed once and kept, and what stands on "
        + "top trains in seconds. Reward models only.")
    readsPrompt = reader.value(
      "read_prompt", default: true,
      "Whether the vector is that of prompt and completion as one text, or of the completion alone; reward "
        + "models only.")
    lengthWeight = reader.value(
      "length_weight", default: 0, .closed(TextHashOptions.weightRange),
      "Weight of features about length and form beside the vector, as text_hash has them; 0: none. Reward "
        + "models only.")
    hiddenSizes = reader.value(
      "hidden_sizes", default: [], .each(.closed(1...65_536), count: 0...16),
      "Widths of hidden layers between a text's vector and the head; reward models only.")
    activation = reader.choice(
      "activation", default: .relu, "Nonlinearity between these layers.")
    dropout = reader.value(
      "dropout", default: 0, .range(0..<1), "Share of their values zeroed while training.")
    head = HeadSection(from: &reader)
  }

  /// Numbers that stand beside a text's vector.
  var formWidth: Int { lengthWeight > 0 ? TextForm.count : 0 }

  /// Whether it is the head that transformers knows: one linear layer, trained with all others, on whole texts.
  var isPlain: Bool {
    !isFrozen && readsPrompt && formWidth == 0 && hiddenSizes.isEmpty
      && head.options is ScalarHeadOptions
  }

  /// The keys as `pairwise.json` keeps them.
  func configuration(_ data: DataFacts) -> [ConfigNode.Entry] {
    [
      .init(key: "freeze", value: isFrozen.configNode),
      .init(key: "read_prompt", value: readsPrompt.configNode),
      .init(key: "length_weight", value: lengthWeight.configNode),
      .init(key: "hidden_sizes", value: hiddenSizes.configNode),
      .init(key: "activation", value: activation.rawValue.configNode),
      .init(key: "dropout", value: dropout.configNode),
    ] + [head.configuration, head.known(data)].compactMap(\.self)
  }
}
