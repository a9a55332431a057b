internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation

extension ScoreFile.Sink {
  /// Keys of a slate's line.
  static let slateNames: Set = [
    "index", "scores", "log_likelihood", "kendall_tau", "top_1",
  ]

  /// One line for each slate of a block: scores in the order of the ranking.
  mutating func writeSlates(
    _ block: PairBlock, of source: any PairSource, _ carried: (Int) -> [ConfigNode.Entry]
  ) throws(DataError) {
    let slates = try scorer.bound(to: source).scoreSlates(block, of: source.slateCount ?? 2)
    for (row, slate) in slates.enumerated() {
      guard slate.scores.allSatisfy(\.isFinite) else {
        throw DataError(
          .invalid, file: input, place: "slate \(summary.pairs)",
          "gets a score that is not finite")
      }
      writer.removeAll()
      writer.beginObject()
      writer.key("index")
      writer.value(summary.pairs)
      writer.key("scores")
      writer.beginArray()
      for score in slate.scores { writer.value(Float(score)) }
      writer.endArray()
      for (name, value) in [
        ("log_likelihood", slate.logLikelihood), ("kendall_tau", slate.tau),
      ] {
        guard let value else { continue }
        writer.key(name)
        writer.value(value)
      }
      writer.key("top_1")
      writer.value(slate.findsBest)
      endLine(carried(row))
    }
    self.slates += slates
  }
}
