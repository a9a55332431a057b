internal import PairwiseEvaluation
internal import PairwiseTraining

extension ComparisonSummary {
  /// What came out, a sentence each: who ranks first, what each objective does against the baseline, and which
  /// runs failed.
  public var sentences: [String] {
    var sentences: [String] = []
    if let leader { sentences.append(leader) }
    for objective in facts.objectives.indices where objective != baseline {
      if let sentence = sentence(objective) { sentences.append(sentence) }
    }
    return sentences + failureSentences
  }

  /// How sure the sentences are.
  public var method: String {
    let level = NumberText.percent(facts.level, facts.level < 0.99 ? 0 : 1)
    let tests = Set(
      differences.filter { $0.measure == primary && places.contains($0.place) }.map(\.paired.test))
    let test =
      tests == [.student]
      ? "paired t tests, since so few seeds leave sign flips without power"
      : tests.count > 1
        ? "sign-flip tests, or paired t tests where seeds are few" : "sign-flip tests"
    let tuned =
      grid.choices.count > 1
      ? " Each objective is taken with the settings that are best on the other seeds." : ""
    return
      "Intervals are \(level) intervals over \(count(seeds.count, "seed")). A difference is called "
      + "real when its p-value, from \(test) on differences seed by seed and corrected by Holm's rule for all "
      + "comparisons of a measure, is at most \(NumberText.significant(1 - facts.level, 1)).\(tuned)"
  }

  /// `Mean rank over all flip rates: …`.
  private var leader: String? {
    guard let ranks, let best, facts.objectives.count > 2 else { return nil }
    let count = facts.objectives.count
    let mean = ComparisonWords.value(ranks.means[best.objective], ranks.intervals[best.objective])
    let over = places.count > 1 ? " over \(places.count) conditions" : ""
    let start =
      "By \(ComparisonWords.name(facts.measures[primary])), \(label(best.objective)) ranks first of \(count)"
      + "\(over), with a mean rank of \(mean)"
    if best.level.isEmpty { return start + "; no other is level with it." }
    return start + "; \(ComparisonWords.list(best.level.map(label))) "
      + (best.level.count == 1 ? "is" : "are") + " not told apart from it."
  }

  private func sentence(_ objective: Int) -> String? {
    let found = places.compactMap { difference(objective, $0, primary) }
    guard !found.isEmpty else { return nil }
    let names = "\(label(objective)) %% than \(facts.baseline)"
    var parts: [String] = []
    for (verdict, words) in [
      (Verdict.better, "is better"), (.worse, "is worse"), (.differs, "differs"),
    ] {
      let group = found.filter { $0.verdict == verdict }
      guard let largest = group.max(by: { abs($0.paired.mean) < abs($1.paired.mean) }) else {
        continue
      }
      let subject =
        verdict == .differs
        ? "\(label(objective)) differs from \(facts.baseline)"
        : names.replacing("%%", with: words)
      parts.append(
        [parts.isEmpty ? subject : "\(words)", text(group.map(\.place))]
          .filter { !$0.isEmpty }.joined(separator: " ")
          + (group.count > 1 ? ", most \(text([largest.place])): " : ": ") + figures(largest))
    }
    let same = found.filter { $0.verdict == .undecided && $0.paired.above + $0.paired.below == 0 }
    if !same.isEmpty {
      let place = text(same.map(\.place))
      let words = "the same as \(facts.baseline), run by run" + (place.isEmpty ? "" : ", \(place)")
      parts.append(parts.isEmpty ? "\(label(objective)) is \(words)" : words)
    }
    let level = found.filter {
      $0.verdict == .undecided && $0.paired.above + $0.paired.below > 0
    }
    if !level.isEmpty {
      let place = text(level.map(\.place))
      parts.append(
        parts.isEmpty
          ? "\(label(objective)) is not told apart from \(facts.baseline)\(place.isEmpty ? "" : " " + place)"
            + (level.count == 1 ? ": " + figures(level[0]) : "")
          : "not told apart \(place)")
    }
    if parts.isEmpty, let only = found.first {
      return "\(label(objective)) against \(facts.baseline): " + figures(only)
        + "; a single seed says nothing about what is real."
    }
    return parts.joined(separator: "; ") + "."
  }

  /// `distance 0.235 against 1.72, a difference of −1.48 (−1.57 … −1.39), p < 0.001, 20 seeds`.
  private func figures(_ difference: Difference) -> String {
    var text =
      "\(ComparisonWords.name(facts.measures[difference.measure])) "
      + "\(NumberText.significant(difference.mean)) against \(NumberText.significant(difference.baseline)), "
      + "a difference of "
      + ComparisonWords.value(difference.paired.mean, difference.paired.interval)
    if let p = difference.adjusted { text += ", " + ComparisonWords.p(p) }
    return text + ", " + count(difference.paired.count, "seed")
  }

  private var failureSentences: [String] {
    facts.objectives.indices.compactMap { objective in
      let failed = failures[objective].reduce(0, +)
      guard failed > 0 else { return nil }
      let total = runs.count { $0.objective == label(objective) }
      return
        "\(count(failed, "run")) of \(total) of \(label(objective)) stopped without usable numbers; in "
        + "differences and ranks each counts as the worst run of its place."
    }
  }

  func count(_ number: Int, _ noun: String) -> String {
    "\(NumberText.count(number)) \(noun)" + (number == 1 ? "" : "s")
  }
}
