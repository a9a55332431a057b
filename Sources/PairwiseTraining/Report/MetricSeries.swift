/// A quantity over the steps of a run.
public struct MetricSeries: Sendable, Equatable {
  public struct Point: Sendable, Equatable {
    public var step: Double
    public var value: Double
    /// Ends of the confidence interval, where there is one.
    public var low: Double?
    public var high: Double?

    public init(step: Double, value: Double, low: Double? = nil, high: Double? = nil) {
      self.step = step
      self.value = value
      self.low = low
      self.high = high
    }
  }

  /// As in `metrics.jsonl`: `loss`, `eval_accuracy`, …
  public var name: String
  /// In the order of their steps.
  public var points: [Point]

  public init(name: String, points: [Point]) {
    self.name = name
    self.points = points
  }

  /// Without what cannot be drawn: values that are not finite, or far beyond any picture.
  var drawable: [Point] {
    points.filter { abs($0.value) <= 1e30 && abs($0.step) <= 1e15 }.map { point in
      var point = point
      if let low = point.low, let high = point.high, abs(low) <= 1e30, abs(high) <= 1e30 {
        return point
      }
      (point.low, point.high) = (nil, nil)
      return point
    }
  }
}

/// Smoothing and thinning of a curve, so that thousands of steps make a picture that can be read.
enum Smoothing {
  /// Steps the moving average is taken over: a twentieth of the run, odd, 5 or more; 1 below 25 steps.
  static func window(_ count: Int) -> Int {
    count < 25 ? 1 : max(5, count / 20 | 1)
  }

  /// Centred moving average over values up to `limit`; at the ends over the half that is there.
  static func average(
    _ points: [MetricSeries.Point], window: Int, upTo limit: Double
  ) -> [MetricSeries.Point] {
    var sums = [0.0]
    var counts = [0.0]
    for (index, point) in points.enumerated() {
      let isIn = point.value <= limit
      sums.append(sums[index] + (isIn ? point.value : 0))
      counts.append(counts[index] + (isIn ? 1 : 0))
    }
    return points.indices.compactMap { index in
      let first = max(0, index - window / 2)
      let end = min(points.count, index + window / 2 + 1)
      let count = counts[end] - counts[first]
      return count == 0
        ? nil : .init(step: points[index].step, value: (sums[end] - sums[first]) / count)
    }
  }

  /// At most `limit` points, each standing for as many neighbours: their middle step and mean, and the
  /// smallest and largest value among them as `low` and `high`.
  static func thinned(_ points: [MetricSeries.Point], to limit: Int) -> [MetricSeries.Point] {
    guard points.count > limit else { return points }
    return (0..<limit).map { slot in
      let slice = points[(slot * points.count / limit)..<((slot + 1) * points.count / limit)]
      let values = slice.map(\.value)
      return .init(
        step: slice[(slice.startIndex + slice.endIndex - 1) / 2].step,
        value: values.reduce(0, +) / Double(values.count),
        low: values.min(), high: values.max())
    }
  }
}
