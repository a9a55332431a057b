/// A sparse symmetric positive definite matrix as L D Lᵀ, and the diagonal of its inverse without the inverse.
///
/// Nodes are eliminated in order of least degree, so that matrices of trees, rings and other loose graphs stay about
/// as sparse as they are. The diagonal of the inverse comes from Takahashi's equations, which only need the
/// inverse's entries where L has some.
/// - Source: George and Liu 1989, "The evolution of the minimum degree ordering algorithm"; Takahashi et al. 1973.
struct SparseCholesky: Sendable {
  private let order: Int
  /// Nodes in the order of their elimination.
  private let sequence: [Int]
  /// Of each node, those eliminated later that L ties it to, in order of elimination, and L there.
  private let patterns: [[Int]]
  private let lower: [[Double]]
  /// D of each node; 0 for one that was left out.
  private let pivots: [Double]
  private let position: [Int]

  /// - Parameters:
  ///   - matrix: of which the off-diagonal entries are −`weights`.
  ///   - leavingOut: a node whose row and column are not part of the matrix.
  ///   - work: the most products of the factorisation.
  /// - Returns: nil if the matrix takes more work, or is not positive definite.
  init?(_ matrix: SparseLaplacian, leavingOut left: Int?, work: Int) {
    var elimination = Elimination(matrix, leavingOut: left)
    guard elimination.run(work: work) else { return nil }
    let n = matrix.order
    var position = [Int](repeating: n, count: n)
    for (place, node) in elimination.sequence.enumerated() { position[node] = place }
    let patterns = elimination.patterns.map { pattern in
      pattern.sorted { position[$0] < position[$1] }
    }
    var columns = patterns.map { [Double](repeating: 0, count: $0.count) }
    var diagonal = matrix.diagonal
    for row in 0..<n where row != left {
      for entry in matrix.starts[row]..<matrix.starts[row + 1] {
        let other = Int(matrix.columns[entry])
        guard other != left, position[row] < position[other] else { continue }
        columns[row][Self.place(of: other, in: patterns[row], position)] -= matrix.weights[entry]
      }
    }
    for node in elimination.sequence {
      let pivot = diagonal[node]
      guard pivot > 0, pivot.isFinite else { return nil }
      let (pattern, column) = (patterns[node], columns[node])
      for (i, first) in pattern.enumerated() {
        let factor = column[i] / pivot
        diagonal[first] -= factor * column[i]
        // What follows in this pattern is in the pattern of `first`, in the same order.
        var place = 0
        for j in (i + 1)..<max(i + 1, pattern.count) {
          while patterns[first][place] != pattern[j] { place += 1 }
          columns[first][place] -= factor * column[j]
        }
        columns[node][i] = factor
      }
    }
    if let left { diagonal[left] = 0 }
    order = n
    sequence = elimination.sequence
    (self.patterns, lower, pivots, self.position) = (patterns, columns, diagonal, position)
  }

  /// Products that a factor may cost, unless somebody says otherwise: a fraction of a second.
  static let usualWork = 4_000_000

  /// The factor of a graph's matrix that hangs together loosely; of a Laplacian, without its busiest node.
  ///
  /// - Returns: nil also for graphs of more than eight neighbours a node: they fill up at once.
  init?(ofLoose matrix: SparseLaplacian, work: Int = usualWork) {
    guard work > 0, matrix.columns.count <= 8 * matrix.order else { return nil }
    self.init(matrix, leavingOut: matrix.isLaplacian ? matrix.busiest : nil, work: work)
  }

  /// Where a node stands in a pattern, by bisection.
  private static func place(of node: Int, in pattern: [Int], _ position: [Int]) -> Int {
    var (low, high) = (0, pattern.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if position[pattern[middle]] <= position[node] { low = middle } else { high = middle }
    }
    return low
  }

  /// The x with A x = b; 0 at the node that was left out.
  func solve(_ b: [Double]) -> [Double] {
    var x = b
    for node in sequence {
      for (other, factor) in zip(patterns[node], lower[node]) { x[other] -= factor * x[node] }
    }
    for node in 0..<order { x[node] = pivots[node] > 0 ? x[node] / pivots[node] : 0 }
    for node in sequence.reversed() {
      for (other, factor) in zip(patterns[node], lower[node]) { x[node] -= factor * x[other] }
    }
    return x
  }

  /// The diagonal of A⁻¹; 0 at the node that was left out.
  var inverseDiagonal: [Double] {
    var diagonal = [Double](repeating: 0, count: order)
    var inverse = patterns.map { [Double](repeating: 0, count: $0.count) }
    for node in sequence.reversed() {
      let (pattern, factors) = (patterns[node], lower[node])
      for (i, first) in pattern.enumerated() {
        var sum = 0.0
        for (j, second) in pattern.enumerated() {
          // Z of two later nodes stands with the earlier of them.
          let (a, b) = i < j ? (first, second) : (second, first)
          let value =
            i == j ? diagonal[first] : inverse[a][Self.place(of: b, in: patterns[a], position)]
          sum -= value * factors[j]
        }
        inverse[node][i] = sum
      }
      var value = 1 / pivots[node]
      for (factor, entry) in zip(factors, inverse[node]) { value -= factor * entry }
      diagonal[node] = value
    }
    return diagonal
  }
}

/// The order of elimination and what each step ties together, without numbers.
private struct Elimination {
  private(set) var sequence: [Int] = []
  private(set) var patterns: [[Int]]
  private var neighbours: [Set<Int>]
  /// Nodes by degree; entries go stale when a degree changes.
  private var buckets: [[Int]] = []
  private var isDone: [Bool]

  init(_ matrix: SparseLaplacian, leavingOut left: Int?) {
    let n = matrix.order
    patterns = [[Int]](repeating: [], count: n)
    neighbours = [Set<Int>](repeating: [], count: n)
    isDone = [Bool](repeating: false, count: n)
    for row in 0..<n where row != left {
      for entry in matrix.starts[row]..<matrix.starts[row + 1] {
        let other = Int(matrix.columns[entry])
        if other != left, other != row { neighbours[row].insert(other) }
      }
    }
    if let left { isDone[left] = true }
    for node in 0..<n where node != left { file(node) }
  }

  private mutating func file(_ node: Int) {
    let degree = neighbours[node].count
    while buckets.count <= degree { buckets.append([]) }
    buckets[degree].append(node)
  }

  /// False once the products of a factorisation would exceed `work`.
  mutating func run(work: Int) -> Bool {
    var spent = 0
    var degree = 0
    while degree < buckets.count {
      guard let node = buckets[degree].popLast() else {
        degree += 1
        continue
      }
      if isDone[node] || neighbours[node].count != degree { continue }
      spent += degree * degree
      if spent > work { return false }
      // Sorted: the order of a set's elements is another one in every process.
      let pattern = neighbours[node].sorted()
      isDone[node] = true
      sequence.append(node)
      patterns[node] = pattern
      neighbours[node] = []
      for first in pattern {
        neighbours[first].remove(node)
        for second in pattern where second != first { neighbours[first].insert(second) }
        file(first)
      }
      degree = max(0, degree - 1)
    }
    return true
  }
}
