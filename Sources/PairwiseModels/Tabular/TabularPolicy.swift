internal import Glibc
internal import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseData
public import PairwiseNN
internal import PairwiseTensor

/// A policy over V completions: π(y|x) = softmax over y of logits[x, y], or of θ·φ(x, y).
///
/// It has the form of a language model whose completions are one token long: a hidden row of V logits for
/// each prompt beside an output matrix that is an identity, so that everything that reads log-probs works on
/// it.
public struct TabularPolicy: NativeModel, PolicyModel {
  public static let modelType = TabularPolicyOptions.modelType
  public static let architecture = "PairwiseForCausalLM"

  public var store: ParameterStore
  public let options: TabularPolicyOptions
  /// `[P, V]` logits, or `[1, D]` θ.
  private let table: Parameter
  /// `[P·V, D]`, prompt by prompt, where the policy is log-linear.
  private let features: Tensor?
  /// `[V, V]`: an identity.
  private let head: Tensor

  /// At its start: the given log-probs or θ, or all completions alike.
  public init(_ options: TabularPolicyOptions) {
    self.options = options
    let built = TabularPolicy.build(options)
    table = built.table
    store = ParameterStore(zeros: built.builder)
    let count = options.completions.count
    head = Tensor([count, count], (0..<count * count).map { $0 % (count + 1) == 0 ? 1 : 0 })
    features = options.featureRows.map { rows in
      Tensor([rows.count, rows[0].count], rows.flatMap { $0 })
    }
    if let start = options.start {
      let rows = table.shape[0]
      store.set(table, to: Tensor(table.shape, (0..<rows).flatMap { _ in start }))
    }
  }

  static func build(_ options: TabularPolicyOptions) -> (
    table: Parameter, builder: ParameterBuilder
  ) {
    var builder = ParameterBuilder()
    let table =
      if let features = options.featureRows {
        builder.add("theta", [1, features[0].count], .zeros)
      } else {
        builder.add("logits", [max(1, options.prompts.count), options.completions.count], .zeros)
      }
    return (table, builder)
  }

  public var reader: any PairReader { options.reader }

  /// log π(completion | prompt) of every completion, `[P, V]` row by row (P = 1 where prompts are one).
  public var logProbabilities: [[Double]] {
    let width = head.shape[0]
    let logits = logits.map { Double($0) }
    return (0..<logits.count / width).map { row in
      let logits = logits[row * width..<(row + 1) * width]
      let top = logits.max() ?? 0
      let sum = logits.reduce(0.0) { $0 + Glibc.exp($1 - top) }
      return logits.map { $0 - top - Glibc.log(sum) }
    }
  }

  /// The trained numbers: `[P, V]` logits, or `[D]` θ.
  public var values: [Float] { store.value(table).array }

  private var logits: [Float] { logits(Weights(store)).value.array }

  /// `[P, V]`
  private func logits(_ weights: Weights) -> Variable {
    guard let features else { return weights[table] }
    let width = head.shape[0]
    return Variable(constant: features).linear(weights[table])
      .reshaped([features.shape[0] / width, width])
  }

  public func completions(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass)
    -> CompletionLogps
  {
    guard case .tokens(let pairs) = input else {
      preconditionFailure("tabular policy: expected places in its lists")
    }
    let batch = TokenBatch(pairs.pairs)
    let tokens = logits(weights).rows(rows(pairs))
      .tokenLogps(
        batch.targets, head: Variable(constant: head), budget: pass.activationBudget,
        statistics: pass.wantsStatistics, squares: pass.wantsSquares,
        against: pass.reference?.output)
    return CompletionLogps(
      logps: tokens.logps.runSums(batch.offsets), lengths: batch.lengths,
      statistics: TokenStatistics(tokens, offsets: batch.offsets),
      tokens: TokenValues(
        logps: tokens.logps, offsets: batch.offsets, logSumSquares: tokens.logSumSquares,
        referenceLogps: tokens.referenceLogps, divergence: tokens.divergence, masks: [:],
        activations: pass.reference?.activations))
  }

  /// The row of logits for each completion of each pair.
  private func rows(_ pairs: TokenPairs) -> [Int32] {
    pairs.pairs.flatMap { pair in
      [Int32](repeating: pair.prompt[0], count: pair.chosen.count + pair.rejected.count)
    }
  }

  public func referenceStates(_ input: ModelInput, _ weights: Weights, _ wants: ReferenceWants)
    -> ReferenceStates?
  {
    guard case .tokens(let pairs) = input else { return nil }
    let rows = rows(pairs)
    return ReferenceStates(
      output: TokenReference(hidden: logits(weights).rows(rows).value, head: head), layers: [],
      // The mask of a completion of one token is 1, whatever is active (`ActivationMask`).
      activations: wants.activations ? Tensor(repeating: 1, [rows.count]) : nil)
  }

  public var configuration: [ConfigNode.Entry] {
    func list(_ rows: [[Float]]) -> ConfigNode { ConfigNode(.list(rows.map(\.configNode))) }
    let features = options.features.map(list)
    let promptFeatures = options.promptFeatures.map { ConfigNode(.list($0.map(list))) }
    return [
      .init(key: "completions", value: options.completions.configNode),
      .init(key: "prompts", value: options.prompts.configNode),
      .init(key: "features", value: features ?? ConfigNode(.null)),
      .init(key: "prompt_features", value: promptFeatures ?? ConfigNode(.null)),
    ]
  }
}
