internal import PairwiseEvaluation
internal import PairwiseTraining

/// What the runs of a comparison made of held-out pairs, by objective: of the runs with its best choice of settings.
struct HeldOutRuns {
  /// A pair that runs rank wrong.
  struct WrongPair {
    var pair: RunReportInput.WorstPair
    /// Runs that have it among their worst, and the mean of their margins.
    var runs: Int
    var margin: Double
  }

  /// Accuracy of an objective in a group: the mean over runs, with Student's interval or, of a single run, its own.
  struct GroupAccuracy {
    var mean: Double
    var low: Double
    var high: Double
    /// Pairs of a run.
    var count: Int
    var isCounted: Bool
  }

  private let runs: [[RunReportInput]]
  private let level: Double

  init(_ summary: ComparisonSummary) {
    level = summary.facts.level
    runs = summary.facts.objectives.indices.map { objective in
      let label = summary.label(objective)
      let best = summary.grid.choices.count > 1 ? summary.bestChoices[objective] : nil
      return summary.runs.compactMap { run in
        guard run.objective == label, let node = run.heldOut else { return nil }
        if let best, let point = summary.grid.index(of: run.settings),
          summary.grid.points[point].choice != best
        {
          return nil
        }
        var input = RunReportInput(name: label)
        input.take(node)
        return input
      }
    }
  }

  /// Runs with held-out pairs, of all objectives.
  var count: Int { runs.reduce(0) { $0 + $1.count } }

  /// Bins of an objective's runs put together; their counts are those of one run, since all runs judge the same pairs
  /// or ones like them.
  func bins(_ objective: Int) -> [Calibration.Bin] {
    let runs = runs[objective].compactMap(\.reliability?.before)
    guard let first = runs.first else { return [] }
    let alike = runs.filter { $0.map(\.low) == first.map(\.low) }
    return first.indices.map { place in
      let bins = alike.map { $0[place] }
      let total = bins.reduce(0) { $0 + $1.count }
      func mean(_ value: (Calibration.Bin) -> Double?) -> Double? {
        let sum = bins.reduce(0.0) { $0 + Double($1.count) * (value($1) ?? 0) }
        return total > 0 ? sum / Double(total) : nil
      }
      return Calibration.Bin(
        low: first[place].low, high: first[place].high,
        count: Int((Double(total) / Double(alike.count)).rounded()),
        confidence: mean(\.confidence), accuracy: mean(\.accuracy))
    }
  }

  /// Names of groups, in the order of the first run that has them.
  var groups: [String] {
    var seen: Set<String> = []
    return runs.joined().flatMap(\.groups).map(\.name).filter { seen.insert($0).inserted }
  }

  /// Nil where no run of the objective has the group.
  func accuracy(_ objective: Int, in group: String) -> GroupAccuracy? {
    let found = runs[objective].compactMap { run in run.groups.first { $0.name == group } }
    guard let first = found.first else { return nil }
    let values = found.map(\.accuracy)
    let mean = values.reduce(0, +) / Double(values.count)
    let interval = (try? Interval.student(of: values, level: level)) ?? nil
    return GroupAccuracy(
      mean: mean, low: max(0, interval?.low ?? first.low),
      high: min(1, interval?.high ?? first.high),
      count: found.reduce(0) { $0 + $1.count } / found.count,
      isCounted: found.contains { $0.isCounted })
  }

  /// Pairs that most runs rank furthest wrong.
  func wrongPairs(_ most: Int) -> [WrongPair] {
    var found: [String: WrongPair] = [:]
    for pair in runs.joined().flatMap(\.worstPairs) {
      let key = [pair.prompt, pair.chosen, pair.rejected].joined(separator: "\u{1F}")
      var known = found[key] ?? WrongPair(pair: pair, runs: 0, margin: 0)
      known.runs += 1
      known.margin += (pair.margin - known.margin) / Double(known.runs)
      found[key] = known
    }
    let sorted = found.sorted { a, b in
      a.value.runs != b.value.runs
        ? a.value.runs > b.value.runs : (a.value.margin, a.key) < (b.value.margin, b.key)
    }
    return sorted.prefix(most).map(\.value)
  }
}
