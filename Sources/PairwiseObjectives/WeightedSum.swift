public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// A weighted sum of objectives that read the same batch: Σ w·loss.
///
/// `objective: [{name: dpo, weight: 1}, {name: sft, nll_reduction: token_mean, weight: 0.2}]` is short for
/// this one with those `parts`. Inputs are those of all parts; a figure that several parts have is the
/// first one's. Sample weights multiply the sum.
///
/// ## When to use
///
/// To add a likelihood term to a preference loss, or to mix losses whose scales are alike. Scales differ by
/// orders of magnitude between families: look at each part alone first.
///
/// ## Metrics
///
/// Those of all parts, and `loss`, the weighted sum.
///
/// ## In TRL
///
/// A list of `loss_type` with `loss_weights`. TRL takes the mean of a term over each microbatch and then
/// over microbatches (`trainer.accumulation: microbatch`).
///
/// - Source: TRL's list of `loss_type` with `loss_weights`; MPO, Wang et al. 2024 (arXiv 2411.10442).
public struct WeightedSum: Objective {
  public static let name = "weighted_sum"
  public static let summary =
    "weighted sum of other objectives; a list of objectives is short for it"
  public static let formula = "loss = sum over parts of weight * loss of the part"

  /// One objective and what it counts.
  public struct Part: Sendable {
    public var weight: Float
    public var objective: any Objective

    public init(_ weight: Float, _ objective: any Objective) {
      self.weight = weight
      self.objective = objective
    }
  }

  public var parts: [Part]

  /// Traps without parts, or if a part is reduced in another way than as a mean over the batch.
  public init(_ parts: [Part]) {
    precondition(
      !parts.isEmpty && parts.allSatisfy { $0.objective.reduction == .meanBatch },
      "weighted sum: parts must be means over the batch")
    self.parts = parts
  }

  public init(from reader: inout SectionReader) {
    let options = ObjectiveRegistry.plainOptions.map { option in
      VariantOption(option.name, aliases: option.aliases, option.doc) { reader in
        let weight = reader.required("weight", fallback: Float(1), "What this part counts.")
        return Part(weight, option.read(&reader))
      }
    }
    parts = reader.variants(
      "parts", discriminator: "name", options: options, "The objectives, each with its weight.")
    for (index, part) in parts.enumerated() where part.objective.reduction != .meanBatch {
      reader.report(
        "parts",
        "part \(index): a weighted sum takes means over the batch only (reduction: mean_batch)")
    }
    // So that reading can go on to the next problem.
    if parts.isEmpty { parts = [Part(1, SFT())] }
  }

  /// Each input once: optional or batch-wide only if every part that reads it says so.
  public var inputs: [InputSpec] {
    var specs: [InputSpec] = []
    for spec in parts.flatMap(\.objective.inputs) {
      if let index = specs.firstIndex(where: { $0.name == spec.name }) {
        specs[index].isOptional = specs[index].isOptional && spec.isOptional
      } else {
        specs.append(spec)
      }
    }
    return specs
  }

  public var totals: [InputName] {
    var names: [InputName] = []
    for name in parts.flatMap(\.objective.totals) where !names.contains(name) { names.append(name) }
    return names
  }

  public var isBatchDependent: Bool { parts.contains { $0.objective.isBatchDependent } }

  public var smallestBatch: Int { parts.map(\.objective.smallestBatch).max() ?? 1 }

  public var rewardScale: Double? { parts.lazy.compactMap(\.objective.rewardScale).first }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let terms = parts.map { $0.weight * $0.objective.losses(x) }
    let rows = terms.map { $0.shape[0] }.min() ?? 0
    // Ratings have a row for each completion: a pair's are added up.
    let perPair = terms.map { term in
      term.shape[0] == rows
        ? term : term.reshaped([rows, term.shape[0] / max(1, rows)]).sumRows()
    }
    return perPair.dropFirst().reduce(perPair[0]) { $0 + $1 }
  }

  public func penalties(_ x: ObjectiveInputs) -> Variable? {
    var sum: Variable?
    for part in parts {
      guard let term = part.objective.penalties(x).map({ part.weight * $0 }) else { continue }
      sum = sum.map { $0 + term } ?? term
    }
    return sum
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.merging(parts.map { part in { part.objective.measure(x, into: &$0) } })
  }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    parts.lazy.compactMap { $0.objective.problem(given) }.first
  }

  public func remark(desirable: Int, undesirable: Int) -> String? {
    parts.lazy.compactMap {
      $0.objective.remark(desirable: desirable, undesirable: undesirable)
    }.first
  }

  public func nextState(_ x: ObjectiveInputs) -> [InputName: Tensor] {
    var state: [InputName: Tensor] = [:]
    for part in parts { state.merge(part.objective.nextState(x)) { first, _ in first } }
    return state
  }
}
