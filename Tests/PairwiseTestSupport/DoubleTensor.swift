/// A small tensor of Double, written for clarity alone: the reference that Float results are held
/// against. Row-major, any rank, NumPy broadcasting.
public struct DoubleTensor: Sendable, Equatable {
  public var shape: [Int]
  public var values: [Double]

  public init(_ shape: [Int], _ values: [Double]) {
    precondition(values.count == shape.reduce(1, *), "\(values.count) values for \(shape)")
    self.shape = shape
    self.values = values
  }

  public init(_ shape: [Int], _ floats: [Float]) { self.init(shape, floats.map(Double.init)) }

  public static func scalar(_ value: Double) -> DoubleTensor { DoubleTensor([], [value]) }

  public static func zeros(_ shape: [Int]) -> DoubleTensor {
    DoubleTensor(shape, [Double](repeating: 0, count: shape.reduce(1, *)))
  }

  public var count: Int { values.count }

  /// Every index of `shape` in row-major order.
  public static func indices(_ shape: [Int]) -> [[Int]] {
    var all: [[Int]] = [[]]
    for extent in shape { all = all.flatMap { head in (0..<extent).map { head + [$0] } } }
    return all
  }

  private func position(_ index: [Int]) -> Int {
    var position = 0
    for (axis, i) in index.enumerated() { position = position * shape[axis] + i }
    return position
  }

  public subscript(index: [Int]) -> Double {
    get { values[position(index)] }
    set { values[position(index)] = newValue }
  }

  public func map(_ f: (Double) -> Double) -> DoubleTensor {
    DoubleTensor(shape, values.map(f))
  }

  public func reshaped(_ shape: [Int]) -> DoubleTensor { DoubleTensor(shape, values) }

  /// f(a, b) with both operands repeated along axes where they have extent 1.
  public static func broadcast(
    _ a: DoubleTensor, _ b: DoubleTensor, _ f: (Double, Double) -> Double
  ) -> DoubleTensor {
    let rank = max(a.shape.count, b.shape.count)
    let x = a.reshaped([Int](repeating: 1, count: rank - a.shape.count) + a.shape)
    let y = b.reshaped([Int](repeating: 1, count: rank - b.shape.count) + b.shape)
    let shape = zip(x.shape, y.shape).map { $0 == 1 ? $1 : $0 }
    let values = indices(shape).map { index in
      f(
        x[zip(index, x.shape).map { $1 == 1 ? 0 : $0 }],
        y[zip(index, y.shape).map { $1 == 1 ? 0 : $0 }])
    }
    return DoubleTensor(shape, values)
  }

  public static func + (a: DoubleTensor, b: DoubleTensor) -> DoubleTensor { broadcast(a, b, +) }
  public static func - (a: DoubleTensor, b: DoubleTensor) -> DoubleTensor { broadcast(a, b, -) }
  public static func * (a: DoubleTensor, b: DoubleTensor) -> DoubleTensor { broadcast(a, b, *) }
  public static func / (a: DoubleTensor, b: DoubleTensor) -> DoubleTensor { broadcast(a, b, /) }
}

extension DoubleTensor {
  /// Σ of all elements.
  public func sum() -> DoubleTensor { .scalar(values.reduce(0, +)) }

  /// Each row along the innermost axis through `f`, which gives a row or one value.
  public func mapRows(_ f: ([Double]) -> [Double]) -> DoubleTensor {
    let n = shape.last ?? 1
    let rows = shape.dropLast().reduce(1, *)
    let results = (0..<rows).map { f(Array(values[$0 * n..<($0 + 1) * n])) }
    let width = results.first?.count ?? n
    return DoubleTensor(shape.dropLast() + [width], results.flatMap { $0 })
  }

  /// `[..., N]` → `[...]`.
  public func reduceRows(_ f: ([Double]) -> Double) -> DoubleTensor {
    let wide = mapRows { [f($0)] }
    return wide.reshaped(Array(shape.dropLast()))
  }

  /// Σ along the outermost axis.
  public func sumColumns() -> DoubleTensor {
    let inner = shape.dropFirst().reduce(1, *)
    var result = DoubleTensor.zeros(Array(shape.dropFirst()))
    for (i, value) in values.enumerated() { result.values[i % max(1, inner)] += value }
    return result
  }

  /// The matrix, or every matrix of a batch, turned around.
  public func transposed() -> DoubleTensor {
    let rank = shape.count
    var turned = shape
    turned.swapAt(rank - 2, rank - 1)
    var result = DoubleTensor.zeros(turned)
    for index in DoubleTensor.indices(shape) {
      var other = index
      other.swapAt(rank - 2, rank - 1)
      result[other] = self[index]
    }
    return result
  }

  /// The product of two matrices, or of two batches of matrices.
  public func matmul(_ other: DoubleTensor) -> DoubleTensor {
    let (rank, k) = (shape.count, shape[shape.count - 1])
    var result = DoubleTensor.zeros(Array(shape.dropLast()) + [other.shape[rank - 1]])
    for index in DoubleTensor.indices(result.shape) {
      let (head, j) = (Array(index.dropLast()), index[rank - 1])
      var sum = 0.0
      for q in 0..<k { sum += self[head + [q]] * other[Array(head.dropLast()) + [q, j]] }
      result[index] = sum
    }
    return result
  }

  /// Part `range` of `axis`.
  public func sliced(axis: Int, _ range: Range<Int>) -> DoubleTensor {
    var extents = shape
    extents[axis] = range.count
    let values = DoubleTensor.indices(extents).map { index in
      var source = index
      source[axis] += range.lowerBound
      return self[source]
    }
    return DoubleTensor(extents, values)
  }

  public static func concatenated(_ parts: [DoubleTensor], axis: Int) -> DoubleTensor {
    var extents = parts[0].shape
    extents[axis] = parts.map { $0.shape[axis] }.reduce(0, +)
    let values = indices(extents).map { index in
      var (source, part) = (index, 0)
      while source[axis] >= parts[part].shape[axis] {
        source[axis] -= parts[part].shape[axis]
        part += 1
      }
      return parts[part][source]
    }
    return DoubleTensor(extents, values)
  }
}
