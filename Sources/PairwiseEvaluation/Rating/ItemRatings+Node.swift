public import PairwiseConfig

extension ItemRatings {
  /// For JSON: how the ratings were made, and the items in order.
  public var node: ConfigNode {
    var table = NodeTable()
    table.add("matches", matches)
    table.add("ties", options.ties.rawValue)
    table.add("regularization", options.fit.regularization)
    table.add("method", options.fit.method.rawValue)
    table.add("steps", fit.steps)
    table.add("converged", ConfigNode(.bool(fit.isConverged)))
    table.add("gradient_norm", fit.gradientNorm)
    table.add("log_likelihood", fit.logLikelihood)
    if let anchor = options.anchor { table.add("anchor", anchor) }
    table.add("standard_errors", options.anchor == nil ? "sum_zero" : "anchored")
    table.add("standard_errors_by", covariance.method.rawValue)
    // Of a root, half the relative error.
    table.add("standard_errors_within", covariance.relativeError / 2)
    table.add("ci_level", options.level)
    if options.resamples > 0 {
      table.add("resamples", options.resamples)
      table.add("resamples_left_out", resamplesLeftOut)
    }
    table.add("items", items.map(\.node))
    return table.node
  }

  /// The items as CSV (RFC 4180), a line each under a head.
  public var csv: String {
    var text =
      "rank,item,rating,low,high,strength,standard_error,games,wins,losses,ties,win_rate\n"
    for item in items {
      var name = item.name
      if name.contains(where: { ",\"\n\r".contains($0) }) {
        name =
          "\""
          + name.split(separator: "\"", omittingEmptySubsequences: false)
          .joined(separator: "\"\"") + "\""
      }
      let numbers = [
        item.rating, item.interval.low, item.interval.high, item.strength, item.standardError,
        item.games, item.wins, item.losses, item.ties, item.winRate,
      ]
      text += "\(item.rank),\(name),"
      text += numbers.map { "\($0)" }.joined(separator: ",") + "\n"
    }
    return text
  }
}

extension ItemRatings.Item {
  fileprivate var node: ConfigNode {
    var row = NodeTable()
    row.add("rank", rank)
    row.add("item", name)
    row.add("rating", rating)
    row.add("rating", interval)
    row.add("strength", strength)
    row.add("standard_error", standardError)
    row.add("games", games)
    row.add("wins", wins)
    row.add("losses", losses)
    row.add("ties", ties)
    row.add("win_rate", winRate)
    return row.node
  }
}
