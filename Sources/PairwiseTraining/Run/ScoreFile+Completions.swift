internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation

extension ScoreFile.Sink {
  /// Keys of a single completion's line.
  static let completionNames: Set = ["index", "score", "label", "logps", "ref_logps"]

  /// One line for each single completion of a block.
  mutating func writeCompletions(
    _ block: PairBlock, of source: any PairSource, _ carried: (Int) -> [ConfigNode.Entry]
  ) throws(DataError) {
    let scored = try scorer.bound(to: source).scoreCompletions(block)
    let labels = block.columns[.label]
    for (row, score) in scored.scores.enumerated() {
      guard score.isFinite else {
        throw DataError(
          .invalid, file: input, place: "completion \(summary.pairs)",
          "gets a score that is not finite")
      }
      writer.removeAll()
      writer.beginObject()
      writer.key("index")
      writer.value(summary.pairs)
      writer.key("score")
      writer.value(score)
      // One that nobody has judged has none.
      if let label = labels?[row], !label.isNaN {
        if label == 1 {
          sides.desirable.append(Double(score))
        } else {
          sides.undesirable.append(Double(score))
        }
        writer.key("label")
        writer.value(label == 1)
      }
      for (name, values) in [("logps", scored.logps), ("ref_logps", scored.reference)] {
        guard let values else { continue }
        writer.key(name)
        writer.value(values[row])
      }
      endLine(carried(row))
    }
  }

  /// What was found of single completions; nil of pairs.
  var completions: ScoreSummary.Completions? {
    guard isUnpaired == true else { return nil }
    let area = AreaUnderCurve(above: sides.desirable, below: sides.undesirable)
    return ScoreSummary.Completions(
      count: summary.pairs, area: area, interval: try? area?.interval())
  }
}
