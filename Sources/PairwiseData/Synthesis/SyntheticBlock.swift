internal import PairwiseConfig

/// Some consecutive rows of a synthetic split, turned so that the preferred side is first.
struct SyntheticBlock: Sendable {
  /// `[n, 2, columns]`: chosen, then rejected.
  private(set) var features: [Float] = []
  private(set) var rows: [Row] = []
  private let columns: Int

  struct Row: Sendable {
    var chosenReward: Double
    var rejectedReward: Double
    var user: Int
    var group: Int
    var context: Double
  }

  init(
    _ stream: SyntheticStream, _ range: Range<Int>, _ options: SynthesisOptions,
    statistics: inout SynthesisStatistics
  ) {
    columns = options.columns
    features.reserveCapacity(2 * columns * range.count)
    rows.reserveCapacity(range.count)
    let hasLength = options.lengthBias > 0
    stream.forEach(range) { draw in
      statistics.count(draw, blind: stream.blindProbability(draw))
      let (chosen, rejected) = draw.prefersA ? (draw.a, draw.b) : (draw.b, draw.a)
      for value in chosen { features.append(Float(value)) }
      if hasLength { features.append(Float(draw.chosenLength)) }
      for value in rejected { features.append(Float(value)) }
      if hasLength { features.append(Float(draw.rejectedLength)) }
      rows.append(
        Row(
          chosenReward: draw.prefersA ? draw.rewardA : draw.rewardB,
          rejectedReward: draw.prefersA ? draw.rewardB : draw.rewardA,
          user: draw.user, group: draw.group, context: draw.context))
    }
  }

  /// The row at `index` as a record; `origin` is its number in the dataset.
  func record(_ index: Int, origin: Int) -> PreferenceRecord {
    let row = rows[index]
    let start = 2 * columns * index
    var record = PreferenceRecord(origin: origin)
    record.chosenFeatures = Array(features[start..<start + columns])
    record.rejectedFeatures = Array(features[start + columns..<start + 2 * columns])
    record.chosenGoldReward = row.chosenReward
    record.rejectedGoldReward = row.rejectedReward
    record.flipped = row.chosenReward < row.rejectedReward
    if row.group >= 0 {
      record.group = "group_\(row.group)"
      record.annotator = "user_\(row.user)"
      record.extra = [
        ConfigNode.Entry(key: "context", value: ConfigNode(.number(row.context)))
      ]
    }
    return record
  }
}

/// What is counted while a split is drawn. Counts and sums of a block, added up in row order.
struct SynthesisStatistics: Sendable {
  private(set) var rows = 0
  private(set) var flipped = 0
  private(set) var agreeing = 0
  private(set) var agreeingBlind = 0
  private(set) var expectedAccuracy = 0.0
  private(set) var logLoss = 0.0
  private(set) var longerChosen = 0

  mutating func count(_ draw: PairDraw, blind: Double) {
    rows += 1
    if draw.isFlipped { flipped += 1 }
    if (draw.rewardA > draw.rewardB) == draw.prefersA { agreeing += 1 }
    if (blind > 0.5) == draw.prefersA { agreeingBlind += 1 }
    if draw.chosenLength > draw.rejectedLength { longerChosen += 1 }
    expectedAccuracy += max(draw.probability, 1 - draw.probability)
    logLoss += softplus(draw.prefersA ? -draw.margin : draw.margin)
  }

  mutating func add(_ other: SynthesisStatistics) {
    rows += other.rows
    flipped += other.flipped
    agreeing += other.agreeing
    agreeingBlind += other.agreeingBlind
    expectedAccuracy += other.expectedAccuracy
    logLoss += other.logLoss
    longerChosen += other.longerChosen
  }
}
