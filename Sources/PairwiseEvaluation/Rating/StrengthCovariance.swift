internal import RealModule

/// How well strengths are known: the inverse of their Fisher information at the fit.
///
/// Strengths are known up to a common shift, so a standard error needs a convention. `variances` are those of
/// strengths that sum to 0, the diagonal of the Moore-Penrose inverse C of the information H; `anchored(on:)` are
/// those of differences to one item, Cᵢᵢ + Cₐₐ − 2 Cᵢₐ, the inverse of H without that item's row and column. They
/// differ; the variance of the difference of two items is the same under both. With a regularization the prior's
/// curvature belongs to H.
///
/// Up to 1,000 items H is inverted by Cholesky. Above, graphs that hang together loosely (chains, trees, ladders) have
/// a sparse factor that gives the diagonal exactly. For all others it comes without an inverse: with D the diagonal of H and N = I − D^−½ H D^−½, the first five moments of each item's spectral measure of N (paths of up to
/// four games, at a cost of Σ over items of its opponents' opponents) bracket its variance by two Gauss-Radau
/// rules. Where the bracket is wider than `tolerance`, as in sparse graphs, conjugate gradients narrow it.
/// `relativeError` is the widest half of a bracket that was left; the middle is used.
///
/// - Source: Golub and Meurant 2010, "Matrices, Moments and Quadrature", chapter 6; methods reference, §8.4.
public struct StrengthCovariance: Sendable {
  /// How the variances were computed.
  public enum Method: String, Sendable {
    case cholesky
    case sparseCholesky = "sparse_cholesky"
    case quadrature
  }

  public let method: Method
  /// Cᵢᵢ, `[n]`.
  public let variances: [Double]
  /// A bound on |computed − exact| / exact of each variance; 0 for factors. It relies on the largest
  /// eigenvalue of N as Lanczos' method finds it from a random start.
  public let relativeError: Double
  /// How many items needed conjugate gradients.
  public let narrowed: Int
  private let matrix: SparseLaplacian
  private let dense: [Double]?
  private let sparse: SparseCholesky?

  /// Graphs of up to this many items are inverted densely.
  public static let denseLimit = 1000

  /// - Parameters:
  ///   - fit: strengths at which the information is taken.
  ///   - regularization: the a of the fit.
  ///   - tolerance: the relative half-width of a variance's bracket to be content with, above `denseLimit` items.
  ///   - runner: where pieces of the work may run side by side.
  public init(
    _ graph: WinGraph, at fit: StrengthFit, regularization: Double = 0, tolerance: Double = 1e-4,
    runner: TaskRunner = .serial
  ) {
    self.init(
      graph, at: fit, regularization: regularization, tolerance: tolerance, runner: runner,
      denseLimit: Self.denseLimit, sparseWork: SparseCholesky.usualWork)
  }

  package init(
    _ graph: WinGraph, at fit: StrengthFit, regularization: Double, tolerance: Double,
    runner: TaskRunner, denseLimit: Int, sparseWork: Int = 0
  ) {
    let n = graph.items
    let ground =
      regularization > 0
      ? StrengthFit.placed(fit.strengths).map { regularization * Double.exp($0) } : nil
    let matrix = SparseLaplacian(graph, games: graph.games, at: fit.strengths, ground: ground)
    self.matrix = matrix
    // A constant in every entry makes a Laplacian invertible; centring takes it out again.
    let shift = ground == nil ? matrix.scale / Double(n) : 0
    if n <= denseLimit, let factor = Cholesky(matrix.dense(plus: shift), order: n) {
      let inverse = Self.centred(factor.inverse, n)
      (method, dense, sparse, relativeError, narrowed) = (.cholesky, inverse, nil, 0, 0)
      variances = (0..<n).map { max(0, inverse[$0 * n + $0]) }
      return
    }
    if let factor = SparseCholesky(ofLoose: matrix, work: sparseWork) {
      (method, dense, sparse, relativeError, narrowed) = (.sparseCholesky, nil, factor, 0, 0)
      variances = Self.variances(factor, n)
      return
    }
    let spectrum = LaplacianSpectrum(ground.map { matrix.grounded($0) } ?? matrix, items: n)
    let found = spectrum.variances(tolerance: tolerance, runner: runner)
    (method, dense, sparse, variances) = (.quadrature, nil, nil, found.values)
    (relativeError, narrowed) = (found.relativeError, found.narrowed)
  }

  /// The diagonal of P Z P, Z being a generalised inverse: Zᵢᵢ − 2 (Z 1)ᵢ / n + 1ᵀ Z 1 / n².
  private static func variances(_ factor: SparseCholesky, _ n: Int) -> [Double] {
    let means = factor.solve([Double](repeating: 1, count: n)).map { $0 / Double(n) }
    let mean = means.reduce(0, +) / Double(n)
    return zip(factor.inverseDiagonal, means).map { max(0, $0 - 2 * $1 + mean) }
  }

  /// P M P with P = I − 11ᵀ/n.
  private static func centred(_ matrix: [Double], _ n: Int) -> [Double] {
    let means = (0..<n).map { row in
      matrix[(row * n)..<((row + 1) * n)].reduce(0, +) / Double(n)
    }
    let mean = means.reduce(0, +) / Double(n)
    var result = matrix
    for row in 0..<n {
      for column in 0..<n { result[row * n + column] += mean - means[row] - means[column] }
    }
    return result
  }

  /// The column of C that belongs to an item, `[n]`.
  public func column(_ item: Int) -> [Double] {
    let n = variances.count
    precondition((0..<n).contains(item), "covariance: item \(item) of \(n)")
    if let dense { return Array(dense[(item * n)..<((item + 1) * n)]) }
    var right = [Double](repeating: -1 / Double(n), count: n)
    right[item] += 1
    if let sparse { return StrengthSearch.centred(sparse.solve(right)) }
    return StrengthSearch.centred(matrix.solve(right, tolerance: 1e-12, limit: 10 * n))
  }

  /// Variances of θᵢ − θₐ, `[n]`; 0 for the anchor itself.
  public func anchored(on anchor: Int) -> [Double] {
    let column = column(anchor)
    return variances.indices.map { item in
      item == anchor ? 0 : max(0, variances[item] + column[anchor] - 2 * column[item])
    }
  }

  /// The variance of the difference of two items' strengths.
  public func variance(of first: Int, minus second: Int) -> Double {
    guard first != second else { return 0 }
    let column = column(second)
    return max(0, variances[first] + column[second] - 2 * column[first])
  }
}
