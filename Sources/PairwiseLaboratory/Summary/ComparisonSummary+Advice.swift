internal import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTraining

extension ComparisonSummary {
  /// What to use, and where it does not matter; a sentence or two.
  public var recommendation: String {
    let measure = facts.measures[primary]
    guard measure.better != .neither else {
      return
        "\(ComparisonWords.name(measure)) is neither better high nor low, so nothing is recommended."
    }
    guard let best, let ranks else {
      return "There is nothing to recommend: runs are missing."
    }
    guard facts.objectives.count > 1, seeds.count > 1 else {
      return "One seed shows no more than an example; run more before choosing."
    }
    var sentences = [lead(best, ranks.means[best.objective])]
    let idle = winners.indices.filter { winners[$0]?.level.count == facts.objectives.count - 1 }
    if !idle.isEmpty, idle.count < winners.count {
      sentences.append("The choice makes no real difference \(conditions(idle)).")
    }
    for (condition, winner) in winners.enumerated() {
      guard let winner, winner.objective != best.objective, !winner.level.contains(best.objective)
      else { continue }
      sentences.append(
        "\(conditions([condition], capital: true)), \(label(winner.objective)) is better.")
    }
    return sentences.joined(separator: " ")
  }

  private func lead(_ best: Best, _ rank: Double) -> String {
    if best.level.count == facts.objectives.count - 1 {
      return "Any of these objectives will do: none is really different from the best in rank."
    }
    let firsts = winners.indices.filter {
      winners[$0]?.objective == best.objective
        || winners[$0]?.level.contains(best.objective) == true
    }
    let reach =
      winners.count < 2
      ? "it has the best \(ComparisonWords.name(facts.measures[primary]))"
      : firsts.count == winners.count
        ? "it is the best, or not told apart from the best, under all \(winners.count) conditions"
        : "it is the best, or not told apart from the best, under \(firsts.count) of \(winners.count) conditions"
    var text = "Use \(described(best.objective)): \(reach)"
    if !best.level.isEmpty {
      text += "; \(ComparisonWords.list(best.level.map(described))) would do as well"
    }
    return text + "."
  }

  /// `robust_dpo (label_smoothing 0.1) with beta 0.5`.
  private func described(_ objective: Int) -> String {
    let facts = facts.objectives[objective]
    var text = facts.label
    if !facts.parameters.isEmpty { text += " (\(facts.parameters))" }
    if let choice = bestChoices[objective] { text += " with \(grid.choices[choice].text)" }
    return text
  }

  private func conditions(_ indices: [Int], capital: Bool = false) -> String {
    let settings = indices.map { grid.conditions[$0].settings }
    let names = indices.map { grid.conditions[$0].text }
    let text: String
    if let key = settings.first?.first?.key,
      settings.allSatisfy({ $0.count == 1 && $0[0].key == key })
    {
      let name = grid.names.first { $0.key == key }?.name ?? key
      text = "\(name) " + ComparisonWords.list(settings.map { $0[0].value.plainText })
    } else {
      text = ComparisonWords.list(names, limit: 4)
    }
    return (capital ? "At " : "at ") + text
  }
}
