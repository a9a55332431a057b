public import PairwiseConfig

extension BestOfNCurve {
  /// For JSON, with the curve's fit where three points allow one.
  public var node: ConfigNode {
    var table = NodeTable()
    table.add("prompts", prompts)
    table.add("samples", samples)
    table.add(
      "points",
      points.map { point in
        var row = NodeTable()
        row.add("n", point.n)
        row.add("kl", point.divergence)
        row.add("proxy", point.proxy)
        row.add("proxy", point.proxyInterval)
        row.add("gold", point.gold)
        row.add("gold", point.goldInterval)
        return row.node
      })
    if let fit = try? OveroptimizationFit(self) {
      var row = NodeTable()
      row.add("form", fit.form.rawValue)
      row.add("alpha", fit.alpha)
      row.add("beta", fit.beta)
      row.add("r_squared", fit.determination)
      row.add("peak_distance", fit.peak)
      row.add("peak_n", fit.peakSize)
      table.add("fit", row.node)
    }
    return table.node
  }
}
