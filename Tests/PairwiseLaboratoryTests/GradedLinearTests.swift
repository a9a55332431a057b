import PairwiseEvaluation
import PairwiseLaboratory
import Testing

/// T5 of the methods reference: thirty small sets, what each loss makes of the grades.
struct GradedLinearTests {
  private func problem(_ seed: Int) -> GradedLinear {
    var problem = GradedLinear()
    problem.seed = seed
    return problem
  }

  @Test func draws() {
    let train = problem(100).draw(.train)
    #expect((1...3).map { grade in train.notes.count { $0.grade == grade } } == [42, 54, 54])
    agree(train.differences.reduce(0, +), 115.2052722121)
  }

  /// Share of test pairs whose sign agrees with the true direction's.
  private func agreement(_ theta: [Double], _ test: LinearPairs, _ truth: [Double]) -> Double {
    let pairs = zip(test.scores(theta), test.scores(truth))
    return Double(pairs.count { $0.0 * $0.1 > 0 }) / Double(test.count)
  }

  @Test func strengthHelps() throws {
    var results: [[Double]] = []
    for seed in 100..<130 {
      let problem = problem(seed)
      let train = problem.draw(.train)
      let grades = train.notes.map { Double($0.grade ?? 0) }
      let test = LinearPairs(problem.draw(.test))
      let plain = LinearPairs(train)
      var scaled = plain
      scaled.weights = grades
      var margin = plain
      margin.margins = grades
      // Weighted losses are divided by the sum of the grades, which the penalty is not.
      let share = grades.reduce(0, +) / Double(grades.count)
      let regression = try Ridge(plain.x, width: 8, grades, penalty: 1e-4 * Double(plain.count))
      let fits = [
        try plain.fit(l2: 1e-4), try scaled.fit(l2: 1e-4 * share), try margin.fit(l2: 1e-4),
        regression.weights,
      ]
      results.append(fits.map { agreement($0, test, problem.theta) })
    }
    let means = (0..<4).map { k in results.reduce(0) { $0 + $1[k] } / 30 }
    agree(means, [0.9194333, 0.9231000, 0.9248500, 0.9327500], within: 5e-8)
    // Differences from the plain fit on the same seeds, and their standard errors.
    for (k, expected) in [(1, (0.0037, 0.0020)), (2, (0.0054, 0.0014)), (3, (0.0133, 0.0029))] {
      let gains = results.map { $0[k] - $0[0] }
      let mean = gains.reduce(0, +) / 30
      let variance = gains.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 29
      agree([mean, (variance / 30).squareRoot()], [expected.0, expected.1], within: 5e-5)
    }
  }
}
