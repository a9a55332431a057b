internal import PairwiseConfig
internal import PairwiseTraining

/// What runs on a dataset are measured by.
enum ComparedOnData {
  static let measures = [
    Measure("accuracy", "share of held-out pairs ranked right", better: .higher),
    Measure("log_loss", "mean −log σ(margin) of held-out pairs, nats", better: .lower),
    Measure("brier", "mean squared error of the probabilities", better: .lower),
    Measure("ece", "expected calibration error", better: .lower),
    Measure("auc", "area under the curve of single completions", better: .higher),
    Measure("loss", "the objective's own loss on held-out pairs: no two compare", better: .neither),
    Measure("chosen_logps", "mean log-prob of chosen completions, nats", better: .neither),
    Measure("rejected_logps", "mean log-prob of rejected completions, nats", better: .neither),
  ]

  static func values(_ outcome: MemoryOutcome) -> [String: Double] {
    var values: [String: Double] = [:]
    for (name, value) in outcome.figures {
      values[name.lowercased().split(separator: " ").joined(separator: "_")] = value
    }
    let names = [
      "loss": "loss", "logps/chosen": "chosen_logps", "logps/rejected": "rejected_logps",
    ]
    for (name, value) in outcome.metrics {
      if let own = names[name] { values[own] = value }
    }
    return values
  }

  /// Pairs of a run whose texts are kept.
  private static let keptPairs = 5

  /// The parts of an evaluation that a comparison's report shows: how often each confidence came true, accuracy by
  /// group, and the pairs that are furthest wrong. Nil without any.
  static func heldOut(_ evaluation: ConfigNode) -> ConfigNode? {
    var parts: [(key: String, value: ConfigNode)] = []
    if let bins = evaluation["calibration"]?["before"]?["reliability"] {
      parts.append(("calibration", .table([("before", .table([("reliability", bins)]))])))
    }
    if let groups = evaluation["groups"] {
      let kept = ["groups", "min_group"].compactMap { key in groups[key].map { (key, $0) } }
      parts.append(("groups", .table(kept)))
    }
    if let pairs = evaluation["worst_pairs"]?.listItems {
      parts.append(("worst_pairs", .list(Array(pairs.prefix(keptPairs)))))
    }
    return parts.isEmpty ? nil : .table(parts)
  }
}
