/// What every run measured, by objective, point and seed.
struct ComparisonValues {
  let seeds: [Int]
  /// Runs that stopped or gave no number, `[objective][point]`.
  private(set) var failures: [[Int]]
  /// `[measure][objective][point][seed]`; nil where there is no run or no number.
  private(set) var numbers: [[[[Double?]]]]
  /// The same with a failed run counted as the worst that any run of its point measured; nil only where there
  /// is no run, or nobody's measure to be worse than.
  private(set) var filled: [[[[Double?]]]]

  /// The largest size of a measured value that statistics take; larger ones are failures.
  private static let largest = 1e100

  init(_ runs: [ComparedRun], _ facts: ComparisonFacts, _ grid: ComparisonGrid) {
    let seeds = Set(runs.map(\.seed)).sorted()
    self.seeds = seeds
    let places = Dictionary(uniqueKeysWithValues: zip(seeds, seeds.indices))
    let labels = Dictionary(
      uniqueKeysWithValues: zip(facts.objectives.map(\.label), facts.objectives.indices))
    let empty: [[[Double?]]] = facts.objectives.map { _ in
      grid.points.map { _ in seeds.map { _ in nil } }
    }
    failures = facts.objectives.map { _ in grid.points.map { _ in 0 } }
    numbers = facts.measures.map { _ in empty }
    var failed: [(objective: Int, point: Int, seed: Int)] = []
    for run in runs {
      guard let objective = labels[run.objective], let seed = places[run.seed],
        let point = grid.index(of: run.settings)
      else { continue }
      let values = facts.measures.map { run[measure: $0.name] }
      let isUsable = values.allSatisfy { $0.map { abs($0) <= Self.largest } ?? true }
      if run.failure != nil || !isUsable {
        failures[objective][point] += 1
        failed.append((objective, point, seed))
      } else {
        for (measure, value) in values.enumerated() {
          numbers[measure][objective][point][seed] = value
        }
      }
    }
    filled = numbers
    for (measure, definition) in facts.measures.enumerated() {
      for run in failed {
        let all = numbers[measure].flatMap { $0[run.point] }.compactMap { $0 }
        let worst =
          switch definition.better {
          case .higher: all.min()
          case .lower: all.max()
          case .neither: Double?.none
          }
        filled[measure][run.objective][run.point][run.seed] = worst
      }
    }
  }

  /// What a measure is at a condition if each seed's choice is the one whose `primary` measure is best on the
  /// other seeds, so that no run is judged by a choice made on itself: `[objective][seed]`.
  ///
  /// With a single seed the choice is made on that one. Without choices it is the measure itself.
  func tuned(
    _ measure: Int, by primary: Int, lowerIsBetter: Bool, at points: [Int]
  ) -> [[Double?]] {
    filled[measure].indices.map { objective in
      let (byPoint, scored) = (filled[measure][objective], filled[primary][objective])
      if points.count == 1 { return byPoint[points[0]] }
      return seeds.indices.map { seed in
        let others = seeds.indices.filter { $0 != seed || seeds.count == 1 }
        let scores = points.compactMap { point -> (point: Int, mean: Double)? in
          let values = others.compactMap { scored[point][$0] }
          guard values.count == others.count, !values.isEmpty else { return nil }
          return (point, values.reduce(0, +) / Double(values.count))
        }
        guard scores.count == points.count else { return nil }
        let best = scores.min { a, b in lowerIsBetter ? a.mean < b.mean : a.mean > b.mean }
        return best.flatMap { byPoint[$0.point][seed] }
      }
    }
  }
}
