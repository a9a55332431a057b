import PairwiseEvaluation
import RealModule
import Testing

/// Worked example, identities and limits of ratings (methods reference, §8.4 and §10.14).
struct RatingTests {
  private static let example: [[Double]] = [[0, 7, 4], [3, 0, 6], [2, 5, 0]]

  private func fit(
    _ wins: [[Double]], _ method: StrengthFit.Method = .newton, a: Double = 0, limit: Int = 10_000,
    tolerance: Double = 1e-12
  ) throws -> StrengthFit {
    var options = StrengthFit.Options()
    options.method = method
    options.regularization = a
    options.limit = limit
    options.tolerance = tolerance
    return try StrengthFit(try WinGraph(wins: wins), options: options)
  }

  private func expect(_ found: [Double], _ expected: [Double], within tolerance: Double = 1e-9) {
    #expect(
      zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance }, "\(found) ≠ \(expected)")
  }

  @Test func workedExample() throws {
    expect(
      try fit(Self.example, .mm, limit: 1).strengths,
      [0.3284047188, -0.1441996921, -0.1842050267], within: 1e-10)
    expect(
      try fit(Self.example, .mm, limit: 2).strengths,
      [0.4431196953, -0.1823727221, -0.2607469732], within: 1e-10)
    let graph = try WinGraph(wins: Self.example)
    for method in StrengthFit.Method.allCases {
      let found = try fit(Self.example, method)
      #expect(found.isConverged)
      expect(found.strengths, [0.5347732845, -0.2145524954, -0.3202207891], within: 1e-10)
      #expect(abs(found.logLikelihood - -17.5422035032) < 1e-9)
      let anchored = found.strengths.map { $0 - found.strengths[0] }
      expect(anchored, [0, -0.7493257799, -0.8549940736], within: 1e-10)
      let covariance = StrengthCovariance(graph, at: found)
      #expect(covariance.method == .cholesky)
      expect(
        covariance.variances.map { $0.squareRoot() },
        [0.3628121540, 0.3014782733, 0.3408846350])
      expect(
        covariance.anchored(on: 0).map { $0.squareRoot() }, [0, 0.5734468434, 0.6362238896])
      expect(
        try fit(Self.example, method, a: 0.1).strengths,
        [0.5234995022, -0.2105087458, -0.3129907564])
    }
  }

  /// Random games between items of known strengths; every item meets `opponents` others or so.
  private func simulated(
    items: Int, games: Int, seed: UInt64, ties: Bool = false
  ) throws -> MatchTable {
    var generator = BootstrapGenerator(seed: seed)
    let strengths = (0..<items).map { _ in 2 * generator.uniform() - 1 }
    var (first, second): ([Int32], [Int32]) = ([], [])
    var outcomes: [Int8] = []
    for _ in 0..<games {
      let i = generator.index(below: items)
      let j = (i + 1 + generator.index(below: items - 1)) % items
      first.append(Int32(i))
      second.append(Int32(j))
      let wins = generator.uniform() < Logistic.sigmoid(strengths[i] - strengths[j])
      outcomes.append(ties && generator.uniform() < 0.2 ? 0 : wins ? 1 : -1)
    }
    return try MatchTable(
      items: (0..<items).map { "item \($0)" }, first: first, second: second, outcomes: outcomes)
  }

  @Test(arguments: [0.0, 0.5]) func sweepsAndNewtonAgree(_ a: Double) throws {
    for seed in 1...5 as ClosedRange<UInt64> {
      let matches = try simulated(items: 30, games: 600, seed: seed, ties: true)
      let graph = try MatchGraph(matches, ties: .half).graph
      try graph.requireConnected(matches.items)
      var options = StrengthFit.Options()
      options.regularization = a
      let newton = try StrengthFit(graph, options: options)
      options.method = .mm
      options.tolerance = 1e-12
      let swept = try StrengthFit(graph, options: options)
      expect(swept.strengths, newton.strengths, within: 1e-8)
      // The score equations, in wins.
      #expect(newton.gradientNorm < 1e-9)
    }
  }

  /// Conjugate gradients in place of Cholesky, above 300 items.
  @Test func largeGraphs() throws {
    let matches = try simulated(items: 400, games: 8000, seed: 3)
    let graph = try MatchGraph(matches, ties: .half).graph
    let fit = try StrengthFit(graph)
    #expect(fit.isConverged)
    #expect(fit.gradientNorm < 1e-8)
    for a in [0, 0.3] {
      let dense = StrengthCovariance(graph, at: fit, regularization: a)
      for tolerance in [1e-3, 1e-10] {
        let sparse = StrengthCovariance(
          graph, at: fit, regularization: a, tolerance: tolerance, runner: .serial, denseLimit: 0)
        #expect(dense.method == .cholesky && sparse.method == .quadrature)
        #expect(sparse.relativeError <= tolerance)
        #expect(tolerance > 1e-6 || sparse.narrowed == 400)
        for item in 0..<400 {
          let error = abs(sparse.variances[item] / dense.variances[item] - 1)
          #expect(error <= sparse.relativeError + 1e-12, "item \(item), a = \(a): \(error)")
        }
        let anchored = zip(sparse.anchored(on: 7), dense.anchored(on: 7))
        #expect(anchored.allSatisfy { abs($0 - $1) <= 2 * tolerance * $1 + 1e-14 })
      }
    }
  }

  /// Each meets only its neighbours on a ring: the spectrum's gap is small, and the moments alone say little.
  @Test func ringOfItems() throws {
    let n = 120
    var wins = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
    for i in 0..<n {
      wins[i][(i + 1) % n] = 3
      wins[(i + 1) % n][i] = 2
    }
    let graph = try WinGraph(wins: wins)
    let fit = try StrengthFit(graph)
    let dense = StrengthCovariance(graph, at: fit)
    let sparse = StrengthCovariance(
      graph, at: fit, regularization: 0, tolerance: 1e-6, runner: .serial, denseLimit: 0)
    #expect(sparse.narrowed == n)
    #expect(sparse.relativeError <= 1e-6)
    // By symmetry all strengths are equal, and so are all variances: (n² − 1) / (12 n c) for n resistors 1/c.
    #expect(fit.strengths.allSatisfy { abs($0) < 1e-9 })
    let exact = Double(n * n - 1) / (12 * Double(n) * 5 * 0.25)
    for variance in dense.variances { #expect(abs(variance / exact - 1) < 1e-10) }
    for variance in sparse.variances { #expect(abs(variance / exact - 1) < 1e-6) }
  }

  /// A long ladder: Newton's steps by the sparse factor.
  @Test func longLadder() throws {
    let n = 2000
    var (first, second): ([Int32], [Int32]) = ([], [])
    var outcomes: [Int8] = []
    for i in 0..<(n - 2) {
      for (step, result) in [(1, 1), (1, -1), (2, i % 3 == 0 ? 1 : -1)] {
        first.append(Int32(i))
        second.append(Int32(i + step))
        outcomes.append(Int8(result))
      }
    }
    first.append(Int32(n - 2))
    second.append(Int32(n - 1))
    outcomes.append(0)
    let matches = try MatchTable(
      items: (0..<n).map { "\($0)" }, first: first, second: second, outcomes: outcomes)
    let found = try ItemRatings(matches)
    #expect(found.fit.isConverged && found.fit.gradientNorm < 1e-9)
    #expect(found.covariance.method == .sparseCholesky)
  }

  /// Graphs that hang together loosely: a chain, a ring, a ladder and a tree, with a prior and without.
  @Test func looseGraphs() throws {
    let n = 60
    let shapes: [[(Int, Int)]] = [
      (0..<(n - 1)).map { ($0, $0 + 1) }, (0..<n).map { ($0, ($0 + 1) % n) },
      (0..<(n - 2)).flatMap { [($0, $0 + 2), ($0, $0 + 1)] },
      (1..<n).map { ($0, ($0 - 1) / 3) },
    ]
    for (shape, edges) in shapes.enumerated() {
      var wins = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
      for (i, j) in edges {
        wins[i][j] = Double(1 + (i * 7 + j) % 5)
        wins[j][i] = Double(1 + (i + j * 3) % 4)
      }
      let graph = try WinGraph(wins: wins)
      for a in [0, 0.2] {
        var options = StrengthFit.Options()
        options.regularization = a
        let fit = try StrengthFit(graph, options: options)
        let dense = StrengthCovariance(graph, at: fit, regularization: a)
        let sparse = StrengthCovariance(
          graph, at: fit, regularization: a, tolerance: 1e-4, runner: .serial, denseLimit: 0,
          sparseWork: 100_000)
        #expect(sparse.method == .sparseCholesky && sparse.relativeError == 0)
        for item in 0..<n {
          let error = abs(sparse.variances[item] / dense.variances[item] - 1)
          // Both are exact but for rounding; the chain's condition number is about 10⁴.
          #expect(error < 1e-9, "shape \(shape), a = \(a), item \(item)")
        }
        for (x, y) in zip(sparse.anchored(on: 3), dense.anchored(on: 3)) {
          #expect(abs(x - y) <= 1e-9 * max(1, y))
        }
      }
    }
    // Too much work for a sparse factor: the other way.
    let matches = try simulated(items: 200, games: 700, seed: 11)
    let busy = try MatchGraph(matches, ties: .half).graph
    let fit = try StrengthFit(busy, options: .init(), start: [Double](repeating: 0, count: 200))
    let fallback = StrengthCovariance(
      busy, at: fit, regularization: 0.1, tolerance: 1e-4, runner: .serial, denseLimit: 0,
      sparseWork: 1000)
    #expect(fallback.method == .quadrature)
  }

  @Test func identities() throws {
    let two = try fit([[0, 7], [3, 0]])
    #expect(abs(two.strengths[0] - two.strengths[1] - Double.log(7.0 / 3)) < 1e-10)
    let once = try fit(Self.example)
    let tenfold = Self.example.map { $0.map { 10 * $0 } }
    let many = try fit(tenfold)
    expect(once.strengths, many.strengths)
    let (a, b) = (
      StrengthCovariance(try WinGraph(wins: Self.example), at: once),
      StrengthCovariance(try WinGraph(wins: tenfold), at: many)
    )
    expect(a.variances, b.variances.map { $0 * 10 })
    // The difference of two items is known as well under either convention.
    #expect(abs(a.variance(of: 1, minus: 0) - a.anchored(on: 0)[1]) < 1e-12)
  }

  @Test func namesItemsThatStandApart() throws {
    func message(_ wins: [[Double]]) -> String? {
      let names = (0..<wins.count).map { "m\($0)" }
      return error { () throws(EvaluationError) in
        try WinGraph(wins: wins).requireConnected(names)
      }?.description
    }
    #expect(message(Self.example) == nil)
    #expect(
      message([[0, 1, 0], [0, 0, 2], [0, 2, 0]])
        == "ratings: 'm0' never lost to the others, so that no finite ratings exist; found 2 groups of items "
        + "that beat each other along chains, expected 1, or a regularization above 0")
    #expect(
      message([[0, 2, 1], [2, 0, 0], [0, 0, 0]])?.contains("'m2' never beat any of the others")
        == true)
    let halves = [
      [0, 1, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 1, 1], [0, 0, 1, 0, 1], [0, 0, 1, 1, 0.0],
    ]
    #expect(message(halves)?.contains("'m0', 'm1' never met the others") == true)
    // One game each way between the halves ties them together.
    var joined = halves
    joined[0][2] = 1
    joined[2][0] = 1
    #expect(message(joined) == nil)
    let found = try fit(joined)
    #expect(found.isConverged && found.gradientNorm < 1e-9)
    // And a prior does so without any game.
    let prior = try fit(halves, a: 0.5)
    #expect(prior.isConverged && abs(prior.strengths[0]) < 1e-9)
    let deep = (0..<2000).map { i in (0..<2000).map { $0 == i + 1 ? 1.0 : 0.0 } }
    #expect(message(deep)?.contains("found 2000 groups") == true, "a chain deeper than any stack")
  }

  @Test func ties() throws {
    let matches = try simulated(items: 6, games: 300, seed: 9, ties: true)
    let half = try MatchGraph(matches, ties: .half).graph
    let double = try MatchGraph(matches, ties: .double).graph
    let drop = try MatchGraph(matches, ties: .drop).graph
    expect(try StrengthFit(half).strengths, try StrengthFit(double).strengths)
    #expect(double.winsPerItem.reduce(0, +) == 2 * half.winsPerItem.reduce(0, +))
    #expect(half.winsPerItem.reduce(0, +) == 300)
    #expect(
      drop.winsPerItem.reduce(0, +) == Double(matches.outcomes.filter { $0 != 0 }.count))
    // Ties pull together: without them strengths lie further apart.
    let (with, without) = (try StrengthFit(half).strengths, try StrengthFit(drop).strengths)
    #expect(without.map(abs).reduce(0, +) > with.map(abs).reduce(0, +))
  }

  @Test func refusesWhatIsNoMatch() {
    func message(
      _ first: [Int32], _ second: [Int32], _ outcomes: [Int8], _ weights: [Double]? = nil
    ) -> String? {
      error { () throws(EvaluationError) in
        _ = try MatchTable(
          items: ["a", "b"], first: first, second: second, outcomes: outcomes, weights: weights)
      }?.description
    }
    #expect(message([0], [1], [1]) == nil)
    #expect(message([], [], []) == "matches: found no pairs, expected at least one")
    #expect(
      message([0], [0], [1]) == "matches: row 0: found 'a' against itself, expected two items")
    #expect(
      message([0], [2], [1])?.contains("found items 0 and 2, expected indices below 2") == true)
    #expect(message([0], [1], [2])?.contains("expected 1, -1 or 0 for a tie") == true)
    #expect(message([0], [1], [1], [-1])?.contains("row 0: found -1.0") == true)
    #expect(message([0], [1], [1], [.nan])?.contains("match weight") == true)
    #expect(message([0], [1], []) != nil)
  }
}
