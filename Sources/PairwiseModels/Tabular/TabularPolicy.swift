internal import Glibc
internal import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseData
public import PairwiseNN
internal import PairwiseTensor

/// A policy over V completions: π(y|x) = softmax over y of logits[x, y], or of θ·φ(x, y).
///
/// It has the form of a language model whose completions are one token long (or, with a separator, several that
/// do not depend on each other): a hidden row of V logits for each prompt beside an output matrix that is an
/// identity, so that everything that reads log-probs works on it.
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
    if let starts = options.promptStart {
      store.set(table, to: Tensor(table.shape, starts.flatMap { $0 }))
    } else if let start = options.start {
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

  /// `[P, V]`
  private var logits: [Float] {
    guard let features else { return values }
    return Variable(constant: features).linear(Variable(constant: store.value(table))).value.array
  }

  public func completions(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass)
    -> CompletionLogps
  {
    guard case .tokens(let pairs) = input else {
      preconditionFailure("tabular policy: expected places in its lists")
    }
    // One distribution a pair, from which both completions are picked. Pair by pair, so that gradients add up
    // in one order however the pairs are split.
    let width = head.shape[0]
    let distributions = logits(pairs, weights).logSoftmax()
    var (picks, offsets): ([Int32], [Int32]) = ([], [0])
    for (row, pair) in pairs.pairs.enumerated() {
      for side in [pair.chosen, pair.rejected] {
        for completion in side { picks.append(Int32(row * width) + completion) }
        offsets.append(Int32(picks.count))
      }
    }
    let picked = distributions.reshaped([distributions.shape.count, 1]).rows(picks)
      .reshaped([picks.count])
    let figures = figures(pairs, weights, pass)
    // Beside a reference the policy is computed as that was, to the last bit.
    let logps = pass.reference == nil ? picked : figures?.logps ?? picked
    let isWhole = offsets.enumerated().allSatisfy { $0.offset == $0.element }
    return CompletionLogps(
      logps: isWhole ? logps : logps.runSums(offsets),
      lengths: zip(offsets, offsets.dropFirst()).map { Float($1 - $0) },
      statistics: figures.flatMap { TokenStatistics($0, offsets: offsets) },
      tokens: TokenValues(
        logps: logps, offsets: offsets, logSumSquares: figures?.logSumSquares,
        referenceLogps: figures?.referenceLogps, divergence: figures?.divergence, heads: [:],
        activations: pass.reference?.activations))
  }

  /// What is told of whole distributions, if anything is asked for: the policy as a language model of one token.
  private func figures(_ pairs: TokenPairs, _ weights: Weights, _ pass: ForwardPass) -> TokenLogps?
  {
    guard pass.wantsStatistics || pass.wantsSquares || pass.reference != nil else { return nil }
    return logits(pairs, weights).rows(rowsOfCompletions(pairs))
      .tokenLogps(
        TokenBatch(pairs.pairs).targets, head: Variable(constant: head),
        budget: pass.activationBudget, statistics: pass.wantsStatistics,
        squares: pass.wantsSquares, against: pass.reference?.output)
  }

  /// Logits of every pair's prompt, `[n, V]`.
  private func logits(_ pairs: TokenPairs, _ weights: Weights) -> Variable {
    let prompts = pairs.pairs.map { $0.prompt[0] }
    guard let features else { return weights[table].rows(prompts) }
    let (width, depth) = (head.shape[0], features.shape[1])
    let tables = features.reshaped([features.shape[0] / width, width * depth])
    return Variable(constant: tables).rows(prompts)
      .reshaped([prompts.count * width, depth])
      .linear(weights[table])
      .reshaped([prompts.count, width])
  }

  /// The pair of each completion.
  private func rowsOfCompletions(_ pairs: TokenPairs) -> [Int32] {
    pairs.pairs.enumerated().flatMap { row, pair in
      [Int32](repeating: Int32(row), count: pair.chosen.count + pair.rejected.count)
    }
  }

  public func referenceStates(_ input: ModelInput, _ weights: Weights, _ wants: ReferenceWants)
    -> ReferenceStates?
  {
    guard case .tokens(let pairs) = input else { return nil }
    let rows = rowsOfCompletions(pairs)
    return ReferenceStates(
      output: TokenReference(hidden: logits(pairs, weights).rows(rows).value, head: head),
      layers: [],
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
      .init(key: "separator", value: options.separator?.configNode ?? ConfigNode(.null)),
    ]
  }
}
