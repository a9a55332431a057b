internal import RealModule

/// The information matrix of strengths: Hᵢᵢ = Σⱼ Nᵢⱼ pᵢⱼ pⱼᵢ + gᵢ, Hᵢⱼ = −Nᵢⱼ pᵢⱼ pⱼᵢ, in compressed rows.
///
/// Without the g of a regularization it is a graph's Laplacian: rows sum to 0. Symmetric.
struct SparseLaplacian: Sendable {
  var order: Int
  var starts: [Int]
  var columns: [Int32]
  /// −Hᵢⱼ of each entry, ≥ 0.
  var weights: [Double]
  var diagonal: [Double]
  /// Rows sum to 0, so that H x = b has solutions for b that sum to 0 only, each with any constant added.
  let isLaplacian: Bool

  /// H at the strengths θ `[n]` of a graph.
  ///
  /// - Parameter ground: g `[n]`, added to the diagonal; nil for none.
  init(_ graph: WinGraph, games: [Double], at strengths: [Double], ground: [Double]? = nil) {
    order = graph.items
    isLaplacian = ground == nil
    starts = graph.starts
    columns = graph.opponents
    var weights = [Double](repeating: 0, count: columns.count)
    var diagonal = ground ?? [Double](repeating: 0, count: order)
    let (theta, others, counts) = (strengths.span, graph.opponents.span, games.span)
    for item in 0..<order {
      let own = theta[item]
      var sum = 0.0
      for entry in starts[item]..<starts[item + 1] {
        // p·(1 − p), the same bits in both rows of a pair.
        let e = Double.exp(-abs(own - theta[Int(others[entry])]))
        let value = counts[entry] * (e / ((1 + e) * (1 + e)))
        weights[entry] = value
        sum += value
      }
      diagonal[item] += sum
    }
    self.weights = weights
    self.diagonal = diagonal
  }

  /// H x, `[n]`.
  func product(_ x: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: order)
    let (values, others, all) = (x.span, columns.span, weights.span)
    for row in 0..<order {
      var sum = diagonal[row] * values[row]
      for entry in starts[row]..<starts[row + 1] {
        sum -= all[entry] * values[Int(others[entry])]
      }
      result[row] = sum
    }
    return result
  }

  /// H as a dense matrix, row-major `[n, n]`, plus `shift` in every entry.
  func dense(plus shift: Double) -> [Double] {
    var matrix = [Double](repeating: shift, count: order * order)
    for row in 0..<order {
      matrix[row * order + row] += diagonal[row]
      for entry in starts[row]..<starts[row + 1] {
        matrix[row * order + Int(columns[entry])] -= weights[entry]
      }
    }
    return matrix
  }

  /// The Laplacian of one node more, the ground, that item i is tied to with weight gᵢ, which the diagonal holds
  /// already: without the ground's row and column it is this matrix.
  func grounded(_ ground: [Double]) -> SparseLaplacian {
    var result = self
    result.order = order + 1
    (result.starts, result.columns, result.weights) = ([0], [], [])
    for row in 0..<order {
      result.columns += columns[starts[row]..<starts[row + 1]]
      result.weights += weights[starts[row]..<starts[row + 1]]
      result.columns.append(Int32(truncatingIfNeeded: order))
      result.weights.append(ground[row])
      result.starts.append(result.columns.count)
    }
    result.columns += (0..<order).map { Int32(truncatingIfNeeded: $0) }
    result.weights += ground
    result.starts.append(result.columns.count)
    result.diagonal.append(ground.reduce(0, +))
    return result
  }

  /// The row with the most entries, the first of equals.
  var busiest: Int? {
    (0..<order).max { (starts[$0 + 1] - starts[$0], -$0) < (starts[$1 + 1] - starts[$1], -$1) }
  }

  /// The mean of the diagonal.
  var scale: Double { diagonal.reduce(0, +) / Double(max(1, order)) }

  /// A solution x of H x = b by conjugate gradients, preconditioned by the diagonal; of a Laplacian the b must
  /// sum to 0.
  ///
  /// - Parameter tolerance: relative to the length of b, in the norm of the preconditioner.
  func solve(_ b: [Double], tolerance: Double, limit: Int) -> [Double] {
    var x = [Double](repeating: 0, count: order)
    var residual = balanced(b)
    var z = zip(residual, diagonal).map { $1 > 0 ? $0 / $1 : 0 }
    var direction = z
    var size = Self.dot(residual, z)
    let goal = size * tolerance * tolerance
    var step = 0
    while size > goal, step < limit {
      let image = product(direction)
      let curvature = Self.dot(direction, image)
      guard curvature > 0 else { break }
      let length = size / curvature
      for i in 0..<order {
        x[i] += length * direction[i]
        residual[i] -= length * image[i]
      }
      residual = balanced(residual)
      for i in 0..<order { z[i] = diagonal[i] > 0 ? residual[i] / diagonal[i] : 0 }
      let next = Self.dot(residual, z)
      let ratio = next / size
      size = next
      for i in 0..<order { direction[i] = z[i] + ratio * direction[i] }
      step += 1
    }
    return balanced(x)
  }

  /// Of a Laplacian: without the mean, which rounding brings in and which would only grow.
  private func balanced(_ values: [Double]) -> [Double] {
    isLaplacian ? StrengthSearch.centred(values) : values
  }

  static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in 0..<a.count { sum += a[i] * b[i] }
    return sum
  }
}
