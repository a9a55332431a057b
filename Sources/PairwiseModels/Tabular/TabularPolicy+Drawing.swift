internal import PairwiseConfig
public import PairwiseData
internal import PairwiseTensor

/// Draws completions from a table.
public struct TabularSampler: Sendable {
  /// log π, `[P][V]`.
  private let logps: [[Float]]
  private let prompts: [String: Int]
  private let completions: [String]

  /// - Throws: for completions of several choices: a table does not know how many to make.
  public init(_ policy: TabularPolicy) throws(DataError) {
    if policy.options.separator != nil {
      throw DataError(
        .invalid, file: "model",
        "completions of several choices have no end, so they cannot be drawn")
    }
    logps = policy.logProbabilities.map { $0.map(Float.init) }
    completions = policy.options.completions
    prompts = Dictionary(
      policy.options.prompts.enumerated().map { ($1, $0) }, uniquingKeysWith: { $1 })
  }

  /// A completion of the prompt: a function of both, the options and the draw's number alone.
  ///
  /// - Throws: for a prompt that is not in the table.
  public func draw(_ prompt: String, index: Int, options: GenerationOptions) throws(DataError)
    -> String
  {
    let logits = logps[try row(of: prompt)]
    var sampler = Sampler(options, index: index)
    let place = sampler.next(logits.span)
    return completions[Int(place)]
  }

  /// The row of logits that a prompt has.
  public func row(of prompt: String) throws(DataError) -> Int {
    if prompts.isEmpty { return 0 }
    if let row = prompts[prompt] { return row }
    throw DataError(
      .invalid, file: "prompts",
      "prompt \(Wording.quoted(String(prompt.prefix(60)))) is not one of model.prompts")
  }
}
