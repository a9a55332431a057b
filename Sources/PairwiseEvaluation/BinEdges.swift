/// Edges of calibration bins: bin b is (edges[b], edges[b + 1]].
struct BinEdges {
  private let edges: [Double]

  init(_ confidences: [Double], count: Int, binning: Calibration.Binning) {
    let n = Double(count)
    switch binning {
    case .equalWidth(.unit):
      edges = (0...count).map { Double($0) / n }
    case .equalWidth(.half):
      edges = (0...count).map { 0.5 + Double($0) / (2 * n) }
    case .quantile:
      let sorted = confidences.sorted()
      // The last value of each of `count` slices of almost equal length.
      edges =
        [min(0.5, sorted[0])]
        + (1...count).map { sorted[max(0, Self.sliceEnd($0, count, sorted.count) - 1)] }
    }
  }

  /// ⌈slice · n / count⌉ without overflow: `slice` and `count` are at most 10,000.
  private static func sliceEnd(_ slice: Int, _ count: Int, _ n: Int) -> Int {
    let (whole, rest) = n.quotientAndRemainder(dividingBy: count)
    return slice * whole + (slice * rest + count - 1) / count
  }

  /// The first bin whose upper edge is not below `confidence`.
  func bin(of confidence: Double) -> Int {
    var low = 0
    var high = edges.count - 2
    while low < high {
      let middle = (low + high) / 2
      if confidence <= edges[middle + 1] { high = middle } else { low = middle + 1 }
    }
    return low
  }

  func table(of predictions: [Prediction]) -> [Calibration.Bin] {
    var counts = [Int](repeating: 0, count: edges.count - 1)
    var confidences = [ExactSum](repeating: ExactSum(), count: counts.count)
    var correct = confidences
    for prediction in predictions {
      let bin = bin(of: prediction.confidence)
      counts[bin] += 1
      confidences[bin].add(prediction.confidence)
      correct[bin].add(prediction.correctness)
    }
    return counts.indices.map { bin in
      let n = Double(counts[bin])
      return Calibration.Bin(
        low: edges[bin], high: edges[bin + 1], count: counts[bin],
        confidence: n == 0 ? nil : confidences[bin].value / n,
        accuracy: n == 0 ? nil : correct[bin].value / n)
    }
  }
}
