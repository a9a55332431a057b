/// Counts of numbers in bins of equal width, for pictures.
public struct Histogram: Sendable, Equatable {
  /// Bin b is [edges[b], edges[b + 1]), the last one closed; bins + 1 edges.
  public var edges: [Double]
  public var counts: [Int]

  public init(edges: [Double], counts: [Int]) {
    self.edges = edges
    self.counts = counts
  }

  /// - Parameters:
  ///   - values: finite, at least one; at most 1e100 in magnitude, as scores are.
  ///   - bins: 1 … 10,000. One bin if all values are equal.
  public init(of values: [Double], bins: Int = 40) throws(EvaluationError) {
    try EvaluationError.check(values, "histogram")
    guard (1...10_000).contains(bins) else {
      throw .outOfRange("histogram bins", row: nil, found: "\(bins)", expected: "1 … 10000")
    }
    let low = values.reduce(values[0], min)
    let high = values.reduce(values[0], max)
    let width = (high - low) / Double(bins)
    guard width > 0, low + width > low, high - width < high else {
      edges = [low, high]
      counts = [values.count]
      return
    }
    edges = (0...bins).map { $0 == bins ? high : low + Double($0) * width }
    counts = [Int](repeating: 0, count: bins)
    for value in values {
      counts[min(bins - 1, Int((value - low) / width))] += 1
    }
  }
}
