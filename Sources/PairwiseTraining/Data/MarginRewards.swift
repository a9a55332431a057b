internal import Crypto
internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseModels
internal import PairwiseTensor

/// The margin rewards of a config: which there are, and their values for a set of pairs, computed once and
/// kept under a hash of what they depend on.
struct MarginRewards: Sendable {
  /// `[n, K]` for K rewards, as objectives read them.
  static let columns: (chosen: PairColumn, rejected: PairColumn) = (
    "chosen_margin_reward", "rejected_margin_reward"
  )
  /// Changes whenever the same models and texts give other numbers.
  private static let version = 1

  let rewards: [MarginRewardSection]
  /// Where a path of the config leads.
  private let locate: @Sendable (String) -> String

  /// Nil where the config has none.
  init?(_ rewards: [MarginRewardSection], locate: @escaping @Sendable (String) -> String) {
    if rewards.isEmpty { return nil }
    (self.rewards, self.locate) = (rewards, locate)
  }

  /// The source with the columns announced, so that a run can be planned before they are computed.
  func planned(_ source: any PairSource) -> any PairSource {
    AddedColumns(
      source,
      [
        MarginRewards.columns.chosen: (rewards.count, nil),
        MarginRewards.columns.rejected: (rewards.count, nil),
      ])
  }

  /// The rewards of the pairs of a set, `[n, K]` a side; rows that do not belong to it are not computed.
  ///
  /// - Throws: what loading a model or reading a pair throws; a reward that is not finite, by row.
  func computed(
    for pairs: PairSet, fingerprint: String, cache: String,
    progress: (_ reward: String, _ done: Int) -> Void
  ) throws(DataError) -> any PairSource {
    let (width, source) = (rewards.count, pairs.source)
    var chosen = [Float](repeating: 0, count: source.count * width)
    var rejected = chosen
    for (place, reward) in rewards.enumerated() {
      let values = try values(
        of: reward, pairs, source, fingerprint: fingerprint, cache: cache
      ) { progress(reward.name, $0) }
      for index in 0..<pairs.count {
        chosen[pairs.rows[index] * width + place] = values.chosen[index]
        rejected[pairs.rows[index] * width + place] = values.rejected[index]
      }
    }
    return AddedColumns(
      source,
      [
        MarginRewards.columns.chosen: (width, chosen),
        MarginRewards.columns.rejected: (width, rejected),
      ])
  }

  private typealias Values = (chosen: [Float], rejected: [Float])

  private func values(
    of reward: MarginRewardSection, _ pairs: PairSet, _ source: any PairSource,
    fingerprint: String, cache: String, progress: (Int) -> Void
  ) throws(DataError) -> Values {
    if case .length(let scale) = reward.origin {
      guard !pairs.lengths.isEmpty else {
        throw DataError(
          .invalid, file: "data.margin_rewards", place: reward.name,
          "counts tokens, the model reads none")
      }
      return (
        pairs.lengths.map { Float(scale * Double($0.chosen)) },
        pairs.lengths.map { Float(scale * Double($0.rejected)) }
      )
    }
    let scorer = try MarginRewards.scorer(reward, locate: locate)
    if let problem = scorer.problem(with: source) {
      throw DataError(.invalid, file: "data.margin_rewards", place: reward.name, problem)
    }
    let file = "\(cache)/margin-\(key(reward, scorer, pairs, fingerprint)).h5"
    let names = ["chosen", "rejected"]
    if FileAccess.exists(file),
      let known = try? FloatColumns.read(names, count: pairs.count, from: file),
      known.allSatisfy({ $0.allSatisfy(\.isFinite) })
    {
      return (known[0], known[1])
    }
    let values = try MarginRewards.scores(scorer, pairs, source, progress)
    try FileAccess.createFolder(cache)
    try FloatColumns.write(
      [(names[0], values.chosen), (names[1], values.rejected)], note: reward.name, to: file)
    return values
  }

  /// What gives a reward that comes from a model.
  ///
  /// - Throws: if the files are no such model, or the reward is counted rather than computed.
  static func scorer(_ reward: MarginRewardSection, locate: (String) -> String) throws(DataError)
    -> PairScorer
  {
    switch reward.origin {
    case .length:
      throw DataError(
        .invalid, file: "rewards", place: reward.name,
        "is no model's: expected one that scores texts")
    case .rewardModel(let path):
      let scorer = try PairScorer(model: locate(path))
      if scorer.model is any PolicyModel {
        throw DataError(.invalid, file: path, "is a policy, expected a reward model")
      }
      return scorer
    case .implicit(let path, let reference, let beta):
      let scorer = try PairScorer(
        model: locate(path), reference: reference.map(locate), beta: beta)
      if case .none = scorer.reference {
        throw DataError(
          .invalid, file: path,
          "has no adapters: name the reference that it was trained from (reference)")
      }
      return scorer
    }
  }

  private static func scores(
    _ scorer: PairScorer, _ pairs: PairSet, _ source: any PairSource, _ progress: (Int) -> Void
  ) throws(DataError) -> Values {
    var values: Values = ([], [])
    let size = 16
    for start in stride(from: 0, to: pairs.count, by: size) {
      let rows = (start..<min(pairs.count, start + size)).map { pairs.rows[$0] }
      let scores = try scorer.score(try source.read(rows, scorer.needs))
      for (place, row) in rows.enumerated()
      where !scores.chosen[place].isFinite || !scores.rejected[place].isFinite {
        throw DataError(
          .invalid, file: "data.margin_rewards", place: "data row \(row)",
          "gives a reward that is not finite")
      }
      values.chosen += scores.chosen
      values.rejected += scores.rejected
      progress(start + rows.count)
    }
    return values
  }

  /// Weights of policy and reference, β, the pairs and the machine's arithmetic.
  private func key(
    _ reward: MarginRewardSection, _ scorer: PairScorer, _ pairs: PairSet, _ fingerprint: String
  ) -> String {
    var hash = SHA256()
    func add(_ text: String) { hash.update(data: Array((text + "\n").utf8)) }
    add("\(MarginRewards.version)\n\(Matmul.description)\n\(fingerprint)\n\(scorer.beta)")
    add(ReferenceCache.digest(scorer.model.store))
    switch scorer.reference {
    case .none: add("none")
    case .base: add("base")
    case .model(let other): add(ReferenceCache.digest(other.store))
    }
    for index in 0..<pairs.count { add("\(pairs.rows[index])") }
    return hash.finalize().prefix(16).map(Manifest.hexByte).joined()
  }
}
