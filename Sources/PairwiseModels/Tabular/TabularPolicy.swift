internal import Glibc
internal import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseData
public import PairwiseNN
internal import PairwiseTensor

/// A policy over V completions: π(y|x) = softmax over y of logits[x, y], or of θ·φ(y).
///
/// It has the form of a language model whose completions are one token long: a hidden row for each prompt and
/// an output matrix `[V, D]`, so that everything that reads log-probs works on it. The table is the hidden
/// rows beside an identity, θ is the one hidden row beside the features.
public struct TabularPolicy: NativeModel, PolicyModel {
  public static let modelType = TabularPolicyOptions.modelType
  public static let architecture = "PairwiseForCausalLM"

  public var store: ParameterStore
  public let options: TabularPolicyOptions
  /// `[P, V]` logits, or `[1, D]` θ.
  private let table: Parameter
  /// `[V, D]`: an identity, or the features.
  private let head: Tensor

  /// At its start: the given log-probs, or all completions alike.
  public init(_ options: TabularPolicyOptions) {
    self.options = options
    let built = TabularPolicy.build(options)
    table = built.table
    store = ParameterStore(zeros: built.builder)
    let count = options.completions.count
    if let features = options.features {
      head = Tensor([count, features[0].count], features.flatMap { $0 })
    } else {
      head = Tensor([count, count], (0..<count * count).map { $0 % (count + 1) == 0 ? 1 : 0 })
    }
    if let start = options.start {
      let rows = max(1, options.prompts.count)
      store.set(table, to: Tensor([rows, count], (0..<rows).flatMap { _ in start }))
    }
  }

  static func build(_ options: TabularPolicyOptions) -> (
    table: Parameter, builder: ParameterBuilder
  ) {
    var builder = ParameterBuilder()
    let table =
      if let features = options.features {
        builder.add("theta", [1, features[0].count], .zeros)
      } else {
        builder.add("logits", [max(1, options.prompts.count), options.completions.count], .zeros)
      }
    return (table, builder)
  }

  public var reader: any PairReader { options.reader }

  /// log π(completion | prompt) of every completion, `[P, V]` row by row (P = 1 where prompts are one).
  public var logProbabilities: [[Double]] {
    let rows = store.value(table).array.map { Double($0) }
    let (width, features) = (head.shape[1], head.array)
    return (0..<rows.count / width).map { row in
      let logits = (0..<head.shape[0]).map { y in
        (0..<width).reduce(0.0) { $0 + rows[row * width + $1] * Double(features[y * width + $1]) }
      }
      let top = logits.max() ?? 0
      let sum = logits.reduce(0.0) { $0 + Glibc.exp($1 - top) }
      return logits.map { $0 - top - Glibc.log(sum) }
    }
  }

  public func completions(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass)
    -> CompletionLogps
  {
    guard case .tokens(let pairs) = input else {
      preconditionFailure("tabular policy: expected places in its lists")
    }
    let batch = TokenBatch(pairs.pairs)
    let tokens = weights[table].rows(rows(pairs))
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

  /// The row of logits, or θ's, for each completion of each pair.
  private func rows(_ pairs: TokenPairs) -> [Int32] {
    pairs.pairs.flatMap { pair in
      [Int32](
        repeating: options.features == nil ? pair.prompt[0] : 0,
        count: pair.chosen.count + pair.rejected.count)
    }
  }

  public func referenceStates(_ input: ModelInput, _ weights: Weights, _ wants: ReferenceWants)
    -> ReferenceStates?
  {
    guard case .tokens(let pairs) = input else { return nil }
    let rows = rows(pairs)
    return ReferenceStates(
      output: TokenReference(hidden: weights[table].rows(rows).value, head: head), layers: [],
      // The mask of a completion of one token is 1, whatever is active (`ActivationMask`).
      activations: wants.activations ? Tensor(repeating: 1, [rows.count]) : nil)
  }

  public var configuration: [ConfigNode.Entry] {
    let features = options.features.map { rows in
      ConfigNode(.list(rows.map(\.configNode)))
    }
    return [
      .init(key: "completions", value: options.completions.configNode),
      .init(key: "prompts", value: options.prompts.configNode),
      .init(key: "features", value: features ?? ConfigNode(.null)),
    ]
  }
}
