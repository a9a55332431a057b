internal import RealModule

/// A Laplacian in its normalised form I − N, N = D^−½ W D^−½: what variances are computed from without an inverse.
///
/// N has eigenvalue 1 with vector u = D^½ 1, scaled to length 1. On all that is orthogonal to u, I − N has an
/// inverse, R; then G = D^−½ R D^−½ is a generalised inverse of the Laplacian, and P G P with P = I − 11ᵀ/n its
/// Moore-Penrose inverse.
struct LaplacianSpectrum: Sendable {
  /// Nodes, the ground of a regularization included.
  let order: Int
  /// Items: the nodes without the ground.
  let items: Int
  let starts: [Int]
  let columns: [Int32]
  /// Nᵢⱼ of each entry.
  let values: [Double]
  /// D^−½ and u, `[nodes]`.
  let scale: [Double]
  let top: [Double]
  /// Where the other eigenvalues lie.
  private(set) var range: ClosedRange<Double> = -1...1

  init(_ matrix: SparseLaplacian, items: Int) {
    order = matrix.order
    self.items = items
    (starts, columns) = (matrix.starts, matrix.columns)
    let scale = matrix.diagonal.map { $0 > 0 ? 1 / $0.squareRoot() : 0 }
    self.scale = scale
    let total = matrix.diagonal.reduce(0, +).squareRoot()
    top = matrix.diagonal.map { $0.squareRoot() / total }
    var values = matrix.weights
    for row in 0..<matrix.order {
      for entry in matrix.starts[row]..<matrix.starts[row + 1] {
        values[entry] *= scale[row] * scale[Int(matrix.columns[entry])]
      }
    }
    self.values = values
    range = eigenvalueRange()
  }

  /// N x.
  func product(_ x: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: order)
    let (all, others, weights) = (x.span, columns.span, values.span)
    for row in 0..<order {
      var sum = 0.0
      for entry in starts[row]..<starts[row + 1] {
        sum += weights[entry] * all[Int(others[entry])]
      }
      result[row] = sum
    }
    return result
  }

  /// x without its part along u.
  func projected(_ x: [Double]) -> [Double] {
    let part = SparseLaplacian.dot(x, top)
    return x.indices.map { x[$0] - part * top[$0] }
  }

  /// R b by conjugate gradients, for b orthogonal to u.
  ///
  /// - Parameter enough: given bᵀ R b so far and a bound on what it lacks, whether to stop.
  func solve(
    _ b: [Double], until enough: (_ value: Double, _ gap: Double) -> Bool
  ) -> (solution: [Double], value: Double, gap: Double) {
    var x = [Double](repeating: 0, count: order)
    var residual = projected(b)
    var direction = residual
    var size = SparseLaplacian.dot(residual, residual)
    var value = 0.0
    var gap = size / (1 - range.upperBound)
    var step = 0
    while !enough(value, gap), size > 0, step < 10 * order + 100 {
      let image = zip(direction, product(direction)).map { $0 - $1 }
      let curvature = SparseLaplacian.dot(direction, image)
      guard curvature > 0 else { break }
      let length = size / curvature
      for i in 0..<order {
        x[i] += length * direction[i]
        residual[i] -= length * image[i]
      }
      residual = projected(residual)
      value += length * size
      let next = SparseLaplacian.dot(residual, residual)
      let ratio = next / size
      size = next
      gap = size / (1 - range.upperBound)
      for i in 0..<order { direction[i] = residual[i] + ratio * direction[i] }
      step += 1
    }
    return (x, value, gap)
  }
}

extension LaplacianSpectrum {
  /// Ends of the spectrum without the eigenvalue 1: Lanczos' Ritz values, which lie inside, moved outwards by a
  /// tenth of their distance to −1 and 1.
  private func eigenvalueRange() -> ClosedRange<Double> {
    var generator = BootstrapGenerator(seed: 0x5EED)
    var current = projected((0..<order).map { _ in generator.uniform() - 0.5 })
    let length = SparseLaplacian.dot(current, current).squareRoot()
    guard length > 0 else { return 0...0 }
    for i in 0..<order { current[i] /= length }
    var previous = [Double](repeating: 0, count: order)
    var (alphas, betas): ([Double], [Double]) = ([], [])
    var found = (low: 1.0, high: -1.0)
    let limit = min(order, 500)
    while alphas.count < limit {
      var next = projected(product(current))
      let alpha = SparseLaplacian.dot(next, current)
      alphas.append(alpha)
      let beta = betas.last ?? 0
      for i in 0..<order { next[i] -= alpha * current[i] + beta * previous[i] }
      let size = SparseLaplacian.dot(next, next).squareRoot()
      let isLast = size < 1e-12 || alphas.count == limit
      if isLast || alphas.count % 10 == 0 {
        let ends = Tridiagonal(diagonal: alphas, beside: betas).ends
        // A Ritz value moves outwards only, and less and less.
        let settled =
          ends.high - found.high < 0.01 * (1 - ends.high)
          && found.low - ends.low < 0.01 * (1 + ends.low)
        found = ends
        if isLast || settled { break }
      }
      betas.append(size)
      (previous, current) = (current, next.map { $0 / size })
    }
    let low = max(-1, found.low - 0.1 * (1 + found.low))
    let high = min(1 - 1e-15, found.high + 0.1 * (1 - found.high))
    return min(low, high)...high
  }
}

/// A symmetric tridiagonal matrix.
struct Tridiagonal {
  var diagonal: [Double]
  /// One less than the diagonal; more are not read.
  var beside: [Double]

  /// The smallest and the largest eigenvalue, for those in −1 … 1, to 1e-12.
  var ends: (low: Double, high: Double) {
    (eigenvalue { count(below: $0) >= 1 }, eigenvalue { count(below: $0) >= diagonal.count })
  }

  /// Bisection: where the condition begins to hold.
  private func eigenvalue(_ holds: (Double) -> Bool) -> Double {
    var (low, high) = (-1.000001, 1.000001)
    while high - low > 1e-12 {
      let middle = (low + high) / 2
      if holds(middle) { high = middle } else { low = middle }
    }
    return (low + high) / 2
  }

  /// How many eigenvalues are smaller: sign changes of Sturm's sequence.
  private func count(below x: Double) -> Int {
    var count = 0
    var pivot = 1.0
    for (index, value) in diagonal.enumerated() {
      let coupling = index == 0 ? 0 : beside[index - 1] * beside[index - 1]
      pivot = value - x - coupling / (pivot == 0 ? 1e-300 : pivot)
      if pivot < 0 { count += 1 }
    }
    return count
  }
}
