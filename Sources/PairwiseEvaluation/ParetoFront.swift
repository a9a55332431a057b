/// Points in several rewards, more of each being better: which of them no other one beats, and how much of
/// the space they cover together.
public struct ParetoFront: Sendable, Equatable {
  /// Which points no other point dominates, in the order given. Of equal points each counts.
  public let isOnFront: [Bool]
  /// Volume of what the points dominate above the reference point; 0 where none lies above it.
  public let hypervolume: Double

  /// Whether `a` is at least as good as `b` in every reward and better in one.
  public static func dominates(_ a: [Double], _ b: [Double]) -> Bool {
    zip(a, b).allSatisfy { $0 >= $1 } && zip(a, b).contains { $0 > $1 }
  }

  /// - Parameters:
  ///   - points: n points `[K]`, K ≥ 1.
  ///   - reference: the corner that the volume is measured from, `[K]`.
  ///
  /// Exact, in time n² for two rewards and nᴷ⁻¹ log n for more. Traps if a point has another number of rewards.
  public init(_ points: [[Double]], reference: [Double]) {
    precondition(
      !reference.isEmpty && points.allSatisfy { $0.count == reference.count },
      "pareto front: points of another number of rewards than the reference point")
    isOnFront = points.map { point in
      !points.contains { ParetoFront.dominates($0, point) }
    }
    hypervolume = ParetoFront.volume(
      points.filter { zip($0, reference).allSatisfy { $0 > $1 } }[...], reference)
  }

  /// Cuts the last reward into slabs between the points' values: within one the points above it cover a
  /// volume of one dimension less.
  private static func volume(_ points: ArraySlice<[Double]>, _ reference: [Double]) -> Double {
    guard let last = reference.last, !points.isEmpty else { return 0 }
    if reference.count == 1 { return (points.map { $0[0] }.max() ?? last) - last }
    let levels = Set(points.map { $0[reference.count - 1] }).sorted(by: >)
    var sum = 0.0
    for (index, level) in levels.enumerated() {
      let next = index + 1 < levels.count ? levels[index + 1] : last
      let above = points.filter { $0[reference.count - 1] >= level }.map { Array($0.dropLast()) }
      sum += (level - next) * volume(above[...], Array(reference.dropLast()))
    }
    return sum
  }
}
