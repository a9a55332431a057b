/// Collects what is measured along a run, at steps spread evenly from 0 to the end.
struct CurveRecorder {
  private let points: Set<Int>
  private var losses: [(step: Int, mean: Double)] = []
  private var pending: (sum: Double, count: Int) = (0, 0)
  private var measured: [(step: Int, values: [String: Double])] = []

  /// - Parameter points: how many points a curve gets beside its start; 0 records nothing.
  init(steps: Int, points: Int) {
    let count = min(points, steps)
    self.points = Set((0...max(0, count)).map { count == 0 ? -1 : steps * $0 / count })
  }

  /// - Parameters:
  ///   - done: updates done.
  ///   - loss: of the last of them.
  ///   - measure: nil where nothing is measured along the way.
  mutating func record(_ done: Int, _ loss: Double?, _ measure: () throws -> [String: Double]?)
    throws
  {
    if let loss { pending = (pending.sum + loss, pending.count + 1) }
    guard points.contains(done) else { return }
    if pending.count > 0 {
      losses.append((done, pending.sum / Double(pending.count)))
      pending = (0, 0)
    }
    if let values = try measure() { measured.append((done, values)) }
  }

  /// The mean loss between points as `loss`, then each of the named measures that was taken.
  func curves(_ names: [String]) -> [ComparedRun.Curve] {
    var curves: [ComparedRun.Curve] = []
    if !losses.isEmpty {
      curves.append(
        .init(name: "train_loss", steps: losses.map(\.step), values: losses.map(\.mean)))
    }
    for name in names {
      let taken = measured.compactMap { point in
        point.values[name].flatMap { $0.isFinite ? (point.step, $0) : nil }
      }
      if !taken.isEmpty {
        curves.append(.init(name: name, steps: taken.map(\.0), values: taken.map(\.1)))
      }
    }
    return curves
  }
}
