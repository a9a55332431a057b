import ArgumentParser
import Pairwise

/// What is asked of a policy beyond the pairs: completions of its own, and its stances.
struct OnPolicyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "With a reference: let the policy write so many completions of each prompt and estimate its KL.",
      valueName: "count"))
  var samples: Int?

  @Option(help: "Prompts to write completions for, the first ones of the data.")
  var maxPrompts = 64

  @Option(help: "Most new tokens of a completion.")
  var maxNewTokens = 64

  @Option(help: "Start of the random numbers of sampling.")
  var seed = 0

  @Option(
    help: ArgumentHelp(
      "With a reference: prompts with answers of each stance (JSONL), to tell how stances moved.",
      valueName: "file"))
  var stances: String?

  func validate() throws {
    if let samples, !(1...1024).contains(samples) {
      throw ValidationError("--samples must be in 1 ... 1024")
    }
    guard maxPrompts > 0, (1...65_536).contains(maxNewTokens), seed >= 0 else {
      throw ValidationError(
        "--max-prompts must be above 0, --max-new-tokens in 1 ... 65536, --seed not below 0")
    }
  }

  /// What was asked for needs a language model and its reference: said before anything is computed.
  func check(_ scorer: PairScorer) throws {
    if samples != nil, models(scorer) == nil {
      throw ValidationError("--samples needs a language model and its --reference")
    }
    if stances != nil {
      guard scorer.model is any PolicyModel, scorer.hasReference else {
        throw ValidationError("--stances needs a policy and its --reference")
      }
    }
  }

  private func models(_ scorer: PairScorer) -> (policy: CausalLM, reference: CausalLM)? {
    guard let policy = scorer.model as? CausalLM, case .model(let other) = scorer.reference,
      let reference = other as? CausalLM
    else { return nil }
    return (policy, reference)
  }

  /// Adds what was asked for.
  func add(to report: inout EvaluationReport, _ scorer: PairScorer, data: String) throws {
    if let stances { report.policy?.stances = try StanceFile.drift(stances, scorer) }
    guard let samples, let models = models(scorer) else { return }
    let prompts = try PromptRows.prompts(of: data, most: maxPrompts)
    let bar = ProgressBar("writing completions", total: prompts.count * samples)
    let sample = try OnPolicySample(
      of: models.policy, reference: models.reference, prompts: prompts, samples: samples,
      maxNewTokens: maxNewTokens, seed: UInt64(seed)
    ) { bar.update($0) }
    bar.clear()
    report.policy?.onPolicyDivergence = sample.divergence
  }

  static func table(_ drift: StanceDrift) -> String {
    let head =
      ["topic", "prompts"] + drift.stances.flatMap { ["\($0) before", "after"] } + ["moved"]
    let rows = drift.topics.map { topic in
      [topic.name, "\(topic.prompts)"]
        + zip(topic.before, topic.after).flatMap { [Terminal.fixed($0, 3), Terminal.fixed($1, 3)] }
        + [Terminal.fixed(topic.totalVariation, 3)]
    }
    return Terminal.table(head, rows)
      + "\nstances moved by \(Terminal.fixed(drift.magnitude, 4)) (total variation, mean over topics)"
  }
}
