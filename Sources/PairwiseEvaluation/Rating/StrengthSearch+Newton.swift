internal import RealModule

extension StrengthSearch {
  /// Up to this many items a step is solved by Cholesky: exact however badly the graph hangs together.
  private static let denseLimit = 300

  /// Newton's steps, halved until they improve: the function is concave, so they end at its maximum.
  mutating func runNewton() {
    let n = graph.items
    var gradient = gradient(at: strengths)
    while steps < options.limit {
      let step = direction(gradient)
      let slope = SparseLaplacian.dot(gradient, step)
      guard slope > 0 else {
        // Nothing left to gain; or the matrix has no digits left, far from the maximum.
        let largest = wins.max() ?? 0
        isConverged = gradient.allSatisfy { abs($0) <= 1e-9 * (1 + largest) }
        break
      }
      var length = 1.0
      var moved = strengths
      var next = gradient
      while true {
        moved = zip(strengths, step).map { $0 + length * $1 }
        next = self.gradient(at: moved)
        // Where the slope along the step has not turned, a concave function has only grown. A little past the
        // top counts as the top: there the values of the function differ by rounding alone.
        if SparseLaplacian.dot(next, step) >= -1e-3 * slope { break }
        if objective(at: moved) >= objective(at: strengths) || length < 1e-10 { break }
        length /= 2
      }
      strengths = moved
      gradient = next
      steps += 1
      if length * step.reduce(0, { $0 + abs($1) }) <= options.tolerance * Double(n) {
        isConverged = true
        break
      }
    }
    strengths = Self.centred(strengths)
  }

  /// H⁻¹ g.
  private func direction(_ gradient: [Double]) -> [Double] {
    let a = options.regularization
    let ground = a > 0 ? strengths.map { a * Double.exp($0) } : nil
    let matrix = SparseLaplacian(graph, games: games, at: strengths, ground: ground)
    let n = graph.items
    if n <= Self.denseLimit {
      // Without a prior H knows nothing of a common shift; a constant makes it invertible, and the step sum to 0.
      let shift = a > 0 ? 0 : matrix.scale / Double(n)
      if let factor = Cholesky(matrix.dense(plus: shift), order: n) {
        return factor.solve(gradient)
      }
    }
    if let factor = SparseCholesky(ofLoose: matrix) {
      let step = factor.solve(gradient)
      return a > 0 ? step : Self.centred(step)
    }
    return matrix.solve(gradient, tolerance: 1e-10, limit: 10 * n + 100)
  }
}

extension StrengthSearch {
  /// γᵢ ← (wᵢ + a) / (Σⱼ Nᵢⱼ / (γᵢ + γⱼ) + a), all at once; before each sweep γ is scaled to mean 1.
  mutating func runSweeps() {
    let graph = graph
    let n = graph.items
    let a = options.regularization
    let (won, played) = (wins, games)
    var theta = strengths
    while steps < options.limit, !isConverged {
      var gamma = theta.map { Double.exp($0) }
      let mean = gamma.reduce(0, +) / Double(n)
      for item in 0..<n { gamma[item] /= mean }
      var moved = [Double](repeating: 0, count: n)
      let (values, others, counts) = (gamma.span, graph.opponents.span, played.span)
      for item in 0..<n {
        var sum = a
        for entry in graph.starts[item]..<graph.starts[item + 1] {
          sum += counts[entry] / (values[item] + values[Int(others[entry])])
        }
        moved[item] = Double.log((won[item] + a) / sum)
      }
      moved = Self.centred(moved)
      let change = zip(moved, theta).reduce(0) { $0 + abs($1.0 - $1.1) }
      theta = moved
      steps += 1
      isConverged = change <= options.tolerance * Double(n)
    }
    strengths = theta
  }
}
