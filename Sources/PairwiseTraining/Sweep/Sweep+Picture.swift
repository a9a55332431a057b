internal import PairwiseConfig
internal import PairwiseEvaluation

extension Sweep.Outcome {
  /// For `front.svg`: the mean rewards of every policy, each reward against each other one; of a single reward
  /// that against the KL to the start.
  var picture: String {
    var axes: [(x: Int, y: Int)] = []
    for x in rewards.indices { for y in rewards.indices where y > x { axes.append((x, y)) } }
    // What a reader can take in.
    let panels = axes.prefix(6).map { x, y in
      FrontPanel(
        xName: rewards[x], yName: rewards[y], hasStairs: rewards.count == 2,
        dots: dots(x: { $0.rewards[x] }, y: { $0.rewards[y] }))
    }
    let alone = FrontPanel(
      xName: "KL to the start", yName: rewards[0], hasStairs: false,
      dots: dots(
        x: { ($0.divergence?.value ?? 0, $0.divergence?.interval) }, y: { $0.rewards[0] }))
    return FrontChart(panels: panels.isEmpty ? [alone] : panels).svg
  }

  private func dots(
    x: (Sweep.Point) -> (mean: Double, interval: Interval?),
    y: (Sweep.Point) -> (mean: Double, interval: Interval?)
  ) -> [FrontPanel.Dot] {
    zip(points, front.isOnFront).map { point, isOnFront in
      FrontPanel.Dot(
        name: point.value.map(Self.text) ?? point.name, x: .init(x(point)), y: .init(y(point)),
        isOnFront: isOnFront)
    }
  }

  private static func text(_ node: ConfigNode) -> String {
    var writer = JSONWriter()
    writer.write(node)
    return writer.string
  }
}

extension FrontPanel.Value {
  fileprivate init(_ reward: (mean: Double, interval: Interval?)) {
    self.init(reward.mean, low: reward.interval?.low, high: reward.interval?.high)
  }
}
