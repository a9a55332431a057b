internal import PairwiseEvaluation

/// Computes the parts of a summary.
struct ComparisonBuilder {
  typealias Summary = ComparisonSummary

  let facts: ComparisonFacts
  let grid: ComparisonGrid
  let values: ComparisonValues

  private var primary: Int { facts.measures.firstIndex { $0.name == facts.primary } ?? 0 }
  private var baseline: Int { facts.objectives.firstIndex { $0.label == facts.baseline } ?? 0 }
  private var others: [Int] { facts.objectives.indices.filter { $0 != baseline } }
  private var hasChoices: Bool { grid.choices.count > 1 }

  private func lowerIsBetter(_ measure: Int) -> Bool { facts.measures[measure].better == .lower }

  func cells() throws(EvaluationError) -> [Summary.Cell] {
    var cells: [Summary.Cell] = []
    for objective in facts.objectives.indices {
      for point in grid.points.indices {
        for measure in facts.measures.indices {
          let found = values.numbers[measure][objective][point].compactMap { $0 }
          var moments = Moments()
          for value in found { moments.add(value) }
          cells.append(
            Summary.Cell(
              objective: objective, point: point, measure: measure, mean: moments.mean,
              interval: found.isEmpty ? nil : try .student(of: found, level: facts.level),
              deviation: moments.sampleStandardDeviation, count: found.count,
              failures: values.failures[objective][point]))
        }
      }
    }
    return cells
  }

  // MARK: Differences from the baseline

  func differences() throws(EvaluationError) -> [Summary.Difference] {
    var all: [Summary.Difference] = []
    for measure in facts.measures.indices {
      let points = grid.points.indices.map { point in
        (Summary.Place.point(point), values.filled[measure].map { $0[point] })
      }
      all += try family(points, measure)
      guard grid.points.count > 1 else { continue }
      let conditions = tuned(measure)
      if hasChoices {
        all += try family(
          conditions.enumerated().map { (.condition($0.offset), $0.element) }, measure)
      }
      if grid.conditions.count > 1 {
        all += try family([(.everywhere, average(conditions))], measure)
      }
    }
    return all
  }

  /// `[condition][objective][seed]`.
  private func tuned(_ measure: Int) -> [[[Double?]]] {
    grid.conditions.indices.map { condition in
      values.tuned(
        measure, by: primary, lowerIsBetter: lowerIsBetter(primary),
        at: grid.points(of: condition))
    }
  }

  /// Over the conditions, for seeds that have all of them: `[objective][seed]`.
  private func average(_ conditions: [[[Double?]]]) -> [[Double?]] {
    facts.objectives.indices.map { objective in
      values.seeds.indices.map { seed in
        let found = conditions.compactMap { $0[objective][seed] }
        guard found.count == conditions.count else { return nil }
        return found.reduce(0) { $0 + $1 / Double(found.count) }
      }
    }
  }

  /// All differences that are corrected together; `places` have values `[objective][seed]`.
  private func family(
    _ places: [(Summary.Place, [[Double?]])], _ measure: Int
  ) throws(EvaluationError) -> [Summary.Difference] {
    var found: [Summary.Difference] = []
    let size = places.count * others.count
    for (place, values) in places {
      for objective in others {
        let pairs = zip(values[objective], values[baseline]).compactMap { a, b in
          a.flatMap { a in b.map { (a, $0) } }
        }
        guard !pairs.isEmpty else { continue }
        let n = Double(pairs.count)
        found.append(
          Summary.Difference(
            objective: objective, place: place, measure: measure,
            mean: pairs.reduce(0) { $0 + $1.0 / n }, baseline: pairs.reduce(0) { $0 + $1.1 / n },
            paired: try PairedDifference(
              pairs.map { $0.0 - $0.1 }, family: size, level: facts.level),
            verdict: .untested))
      }
    }
    correct(&found, facts.measures[measure].better)
    return found
  }

  private func correct(_ found: inout [Summary.Difference], _ better: Measure.Direction) {
    let tested = found.indices.filter { found[$0].paired.pValue != nil }
    let values = tested.compactMap { found[$0].paired.pValue }
    let adjusted = PValueAdjustment.holm(values)
    let shares = PValueAdjustment.benjaminiHochberg(values)
    for (place, index) in tested.enumerated() {
      found[index].adjusted = adjusted[place]
      found[index].falseDiscovery = shares[place]
      let isAbove = found[index].paired.mean > 0
      found[index].verdict =
        adjusted[place] > 1 - facts.level
        ? .undecided
        : better == .neither ? .differs : isAbove == (better == .higher) ? .better : .worse
    }
  }

  // MARK: Ranks and winners

  func ranks() throws(EvaluationError) -> RankTable? {
    guard facts.measures[primary].better != .neither, facts.objectives.count > 1 else { return nil }
    let conditions = tuned(primary)
    let blocks = values.seeds.indices.compactMap { seed -> [[Double?]]? in
      let block = conditions.map { condition in condition.map { $0[seed] } }
      return block.allSatisfy { !$0.contains(nil) } ? block : nil
    }
    guard !blocks.isEmpty else { return nil }
    return try RankTable(
      blocks, lowerIsBetter: lowerIsBetter(primary), level: facts.level)
  }

  /// By mean rank. Another objective is told apart from it by its ranks, or by the mean of the measure over all
  /// conditions: ranks of few seeds often do not vary, and values of some conditions may drown the others.
  func best(_ ranks: RankTable) throws(EvaluationError) -> Summary.Best {
    let first = ranks.means.indices.min { ranks.means[$0] < ranks.means[$1] } ?? 0
    let sign = lowerIsBetter(primary) ? 1.0 : -1
    let values = average(tuned(primary)).map { $0.map { $0.map { sign * $0 } } }
    return try levelWith(first, [ranks.ranks.map { $0.map { $0 } }, values])
  }

  /// The best of each condition, objectives tuned if there are choices.
  func winners() throws(EvaluationError) -> [Summary.Best?] {
    var winners: [Summary.Best?] = []
    for values in tuned(primary) {
      let means = values.map { values -> Double? in
        let found = values.compactMap { $0 }
        return found.isEmpty ? nil : found.reduce(0, +) / Double(found.count)
      }
      let sign = lowerIsBetter(primary) ? 1.0 : -1
      let candidates = means.indices.filter { means[$0] != nil }
      let first = candidates.min { sign * (means[$0] ?? 0) < sign * (means[$1] ?? 0) }
      guard let first, facts.measures[primary].better != .neither else {
        winners.append(nil)
        continue
      }
      winners.append(try levelWith(first, [values.map { $0.map { $0.map { sign * $0 } } }]))
    }
    return winners
  }

  /// Objectives that no view of the runs shows to be really behind `first`; views are `[objective][seed]`, lower
  /// being better.
  ///
  /// Those that cannot be tested, for want of runs, are level too.
  private func levelWith(
    _ first: Int, _ views: [[[Double?]]]
  ) throws(EvaluationError) -> Summary.Best {
    let rivals = facts.objectives.indices.filter { $0 != first }
    var tests: [(rival: Int, p: Double)] = []
    for view in views {
      for rival in rivals {
        let differences = zip(view[rival], view[first]).compactMap { a, b in
          a.flatMap { a in b.map { a - $0 } }
        }
        guard !differences.isEmpty else { continue }
        let found = try PairedDifference(
          differences, family: rivals.count * views.count, level: facts.level)
        tests.append((rival, found.mean > 0 ? found.pValue ?? 1 : 1))
      }
    }
    let adjusted = PValueAdjustment.holm(tests.map(\.p))
    let behind = Set(
      zip(tests, adjusted).filter { $0.1 <= 1 - facts.level }.map { $0.0.rival })
    return Summary.Best(objective: first, level: rivals.filter { !behind.contains($0) })
  }

  /// The choice with the best mean of the primary measure over all conditions that have every choice.
  func bestChoices() -> [Int?] {
    guard hasChoices else { return facts.objectives.map { _ in nil } }
    return facts.objectives.indices.map { objective in
      let sums = grid.choices.indices.compactMap { choice -> (choice: Int, mean: Double)? in
        let found = grid.points.indices.filter { grid.points[$0].choice == choice }.flatMap {
          values.filled[primary][objective][$0].compactMap { $0 }
        }
        guard !found.isEmpty else { return nil }
        return (choice, found.reduce(0) { $0 + $1 / Double(found.count) })
      }
      return sums.min { a, b in
        lowerIsBetter(primary) ? a.mean < b.mean : a.mean > b.mean
      }?.choice
    }
  }
}
