public import PairwiseConfig
internal import PairwiseEvaluation

extension RunReportInput {
  /// Takes over what `evaluation.json` holds; see `EvaluationReport.node` for its keys.
  package mutating func take(_ node: ConfigNode) {
    if node["n_completions"] != nil { unit = "completions" }
    overallAccuracy = node["accuracy"]?.finiteNumber
    marginMean = node["margin_mean"]?.finiteNumber
    if let accuracy = overallAccuracy {
      rightShare = accuracy
      wrongShare = max(0, 1 - accuracy - (node["tie_rate"]?.finiteNumber ?? 0))
    }
    if let histogram = node["margin_histogram"] {
      margins = Histogram(
        edges: (histogram["edges"]?.items ?? []).compactMap(\.finiteNumber),
        counts: (histogram["counts"]?.items ?? []).compactMap(\.wholeNumber))
    }
    takeReliability(node["calibration"])
    groups = (node["groups"]?["groups"]?.items ?? []).prefix(10_000).compactMap {
      Self.group($0, minimum: node["groups"]?["min_group"]?.wholeNumber ?? 0)
    }
    worstPairs = (node["worst_pairs"]?.items ?? []).prefix(20).compactMap { pair in
      guard let chosen = pair["chosen"]?.text, let rejected = pair["rejected"]?.text,
        let margin = pair["margin"]?.finiteNumber
      else { return nil }
      return WorstPair(
        prompt: pair["prompt"]?.text ?? "", chosen: chosen, rejected: rejected, margin: margin)
    }
    takeFigures(node)
  }

  private mutating func takeReliability(_ node: ConfigNode?) {
    guard let node, let before = node["before"] else { return }
    reliability = Reliability(
      before: Self.bins(before), after: node["after"].map { Self.bins($0) } ?? [],
      errorBefore: before["ece"]?.finiteNumber, errorAfter: node["after"]?["ece"]?.finiteNumber,
      temperature: node["temperature"]?.finiteNumber,
      isFittedHere: node["temperature_fitted_on"]?.text == "these pairs")
  }

  private static func bins(_ node: ConfigNode) -> [Calibration.Bin] {
    (node["reliability"]?.items ?? []).prefix(200).compactMap { bin in
      guard let low = bin["low"]?.finiteNumber, let high = bin["high"]?.finiteNumber,
        let count = bin["n"]?.wholeNumber, count >= 0, count < 1 << 50
      else { return nil }
      return Calibration.Bin(
        low: low, high: high, count: count, confidence: bin["confidence"]?.finiteNumber,
        accuracy: bin["accuracy"]?.finiteNumber)
    }
  }

  private static func group(_ node: ConfigNode, minimum: Int) -> Group? {
    guard let name = node["name"]?.text, let count = node["n"]?.wholeNumber,
      let accuracy = node["accuracy"]?.finiteNumber, let ends = node["accuracy_ci"]?.numberPair
    else { return nil }
    return Group(
      name: name, count: count, accuracy: accuracy, low: ends.low, high: ends.high,
      isCounted: count >= minimum)
  }

  /// Every number of the first level with its interval, then those of calibration and length.
  private mutating func takeFigures(_ node: ConfigNode) {
    let hidden: Set = ["ci_level"]
    for entry in node.entries.prefix(500) where !hidden.contains(entry.key) {
      guard let value = entry.value.finiteNumber else { continue }
      let ends = node[entry.key + "_ci"]?.numberPair
      figures.append(
        Figure(
          name: FigureName.words(entry.key), value: value, low: ends?.low, high: ends?.high,
          method: node[entry.key + "_ci_method"]?.text.map { FigureName.method($0) }))
    }
    if let calibration = node["calibration"] {
      if let temperature = calibration["temperature"]?.finiteNumber {
        figures.append(
          Figure(
            name: "Temperature", value: temperature,
            method: calibration["temperature_fitted_on"]?.text.map { "fitted on \($0)" }))
      }
      for key in ["log_loss", "brier", "ece", "mce"] {
        guard let value = calibration["after"]?[key]?.finiteNumber else { continue }
        figures.append(Figure(name: FigureName.words(key) + ", calibrated", value: value))
      }
    }
    for (key, words) in [
      ("chosen_longer", "Accuracy where the chosen one is longer"),
      ("chosen_shorter", "Accuracy where it is shorter"),
      ("equal", "Accuracy where both are equally long"),
    ] {
      guard let part = node["lengths"]?[key], let value = part["accuracy"]?.finiteNumber else {
        continue
      }
      let ends = part["accuracy_ci"]?.numberPair
      let count = part["n"]?.wholeNumber.map { "\(NumberText.count($0)) pairs" }
      figures.append(
        Figure(name: words, value: value, low: ends?.low, high: ends?.high, method: count))
    }
    if let value = node["lengths"]?["longer_is_better_accuracy"]?.finiteNumber {
      figures.append(Figure(name: "Accuracy of “longer is better”", value: value))
    }
  }
}

extension RunReportInput.WorstPair {
  /// As an item of `worst_pairs` in `evaluation.json`. Texts longer than a report shows are cut: the end of
  /// the prompt and the beginnings of the completions stay.
  public var node: ConfigNode {
    let fields: [(String, ConfigNode.Value)] = [
      ("prompt", .string(HTMLText.shortenedToEnd(prompt, to: 1000))),
      ("chosen", .string(HTMLText.shortened(chosen, to: 1000))),
      ("rejected", .string(HTMLText.shortened(rejected, to: 1000))),
      ("margin", .number(margin)),
    ]
    return ConfigNode(.table(fields.map { .init(key: $0.0, value: ConfigNode($0.1)) }))
  }
}

/// Keys of evaluations in words.
enum FigureName {
  private static let known: [String: String] = [
    "n_completions": "Completions", "n_desirable": "Desirable", "n_undesirable": "Undesirable",
    "auc": "Area under the curve", "reward_desirable_mean": "Reward of desirable, mean",
    "reward_undesirable_mean": "Reward of undesirable, mean",
    "n_pairs": "Pairs", "n_undecided": "Pairs without a winner", "accuracy": "Accuracy",
    "accuracy_half": "Accuracy, ties count ½", "tie_rate": "Ties", "log_loss": "Log loss (nats)",
    "brier": "Brier score", "ece": "Expected calibration error",
    "mce": "Maximum calibration error", "margin_mean": "Margin, mean",
    "margin_std": "Margin, standard deviation", "chosen_mean": "Score of chosen, mean",
    "rejected_mean": "Score of rejected, mean", "reward_mean": "Scores, mean",
    "reward_std": "Scores, standard deviation", "reward_min": "Scores, smallest",
    "reward_max": "Scores, largest", "weight_sum": "Sum of weights",
    "weighted_accuracy": "Accuracy, weighted", "weighted_log_loss": "Log loss, weighted",
  ]

  /// `log_loss` as "Log loss (nats)"; an unknown key as it is, with spaces.
  static func words(_ key: String) -> String {
    known[key] ?? String(key.map { $0 == "_" ? " " : $0 })
  }

  static func method(_ name: String) -> String {
    switch Interval.Method(rawValue: name) {
    case .wilson: "Wilson"
    case .bootstrapPercentile: "bootstrap percentiles"
    case .pairedBootstrapPercentile: "paired bootstrap percentiles"
    case .normal: "normal"
    case .newcombe: "Newcombe"
    case .student: "Student's t"
    case nil: name
    }
  }
}
