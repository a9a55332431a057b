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

  /// The sources of some sets with the rewards of their pairs, `[n, K]` a side; rows that do not belong to a
  /// set are not computed. Each reward's models are loaded once, and let go before the next one's.
  ///
  /// - Parameter fingerprints: what identifies each set's pairs.
  /// - Throws: what loading a model or reading a pair throws; a reward that is not finite, by row.
  func computed(
    for sets: [PairSet], fingerprints: [String], cache: String,
    progress: (_ reward: String, _ done: Int, _ total: Int) -> Void
  ) throws(DataError) -> [any PairSource] {
    let width = rewards.count
    var columns = sets.map { set in
      let zeros = [Float](repeating: 0, count: set.source.count * width)
      return (chosen: zeros, rejected: zeros)
    }
    for (place, reward) in rewards.enumerated() {
      let rule = try Rule(reward, locate: locate)
      for (index, set) in sets.enumerated() {
        let values = try values(
          of: rule, named: reward.name, set, fingerprint: fingerprints[index], cache: cache
        ) { progress(reward.name, $0, set.count) }
        for row in 0..<set.count {
          columns[index].chosen[set.rows[row] * width + place] = values.chosen[row]
          columns[index].rejected[set.rows[row] * width + place] = values.rejected[row]
        }
      }
    }
    return zip(sets, columns).map { set, columns in
      AddedColumns(
        set.source,
        [
          MarginRewards.columns.chosen: (width, columns.chosen),
          MarginRewards.columns.rejected: (width, columns.rejected),
        ])
    }
  }

  private typealias Values = (chosen: [Float], rejected: [Float])

  /// How a reward is come by, with its models loaded.
  enum Rule {
    /// A multiple of the completion's tokens.
    case length(scale: Double)
    case scored(PairScorer)

    init(_ reward: MarginRewardSection, locate: (String) -> String) throws(DataError) {
      if case .length(let scale) = reward.origin {
        self = .length(scale: scale)
      } else {
        self = .scored(try MarginRewards.scorer(reward, locate: locate))
      }
    }
  }

  private func values(
    of rule: Rule, named name: String, _ pairs: PairSet, fingerprint: String, cache: String,
    progress: (Int) -> Void
  ) throws(DataError) -> Values {
    func refusal(_ problem: String) -> DataError {
      DataError(.invalid, file: "data.margin_rewards", place: name, problem)
    }
    let scorer: PairScorer
    switch rule {
    case .length(let scale):
      if pairs.lengths.isEmpty { throw refusal("counts tokens, the model reads none") }
      return (
        pairs.lengths.map { Float(scale * Double($0.chosen)) },
        pairs.lengths.map { Float(scale * Double($0.rejected)) }
      )
    case .scored(let model): scorer = model
    }
    if let problem = scorer.problem(with: pairs.source) { throw refusal(problem) }
    let file = "\(cache)/margin-\(key(scorer, pairs, fingerprint)).h5"
    let names = ["chosen", "rejected"]
    if FileAccess.exists(file),
      let known = try? FloatColumns.read(names, count: pairs.count, from: file),
      known.allSatisfy({ $0.allSatisfy(\.isFinite) })
    {
      return (known[0], known[1])
    }
    let scores = try scorer.score(
      pairs.source, rows: pairs.rows, batchSize: 16, progress: progress)
    for place in 0..<pairs.count
    where !scores.chosen[place].isFinite || !scores.rejected[place].isFinite {
      throw refusal("data row \(pairs.rows[place]): gives a reward that is not finite")
    }
    try FileAccess.createFolder(cache)
    try FloatColumns.write(
      [(names[0], scores.chosen), (names[1], scores.rejected)], note: name, to: file)
    return (scores.chosen, scores.rejected)
  }

  /// What gives a reward that comes from a model.
  ///
  /// Traps for a reward that is counted.
  ///
  /// - Throws: if the files are no such model.
  private static func scorer(_ reward: MarginRewardSection, locate: (String) -> String)
    throws(DataError)
    -> PairScorer
  {
    switch reward.origin {
    case .length:
      preconditionFailure("margin rewards: a length is counted, not scored")
    case .rewardModel(let path):
      let scorer = try PairScorer(model: locate(path))
      if scorer.model is any PolicyModel {
        throw DataError(.invalid, file: path, "is a policy, expected a reward model")
      }
      return scorer
    case .implicit(let path, let reference, let beta):
      let scorer = try PairScorer(
        model: locate(path), reference: reference.map(locate), beta: beta)
      if !scorer.hasReference {
        throw DataError(
          .invalid, file: path,
          "has no adapters: name the reference that it was trained from (reference)")
      }
      return scorer
    }
  }

  /// Weights of policy and reference, β, the pairs and the machine's arithmetic.
  private func key(_ scorer: PairScorer, _ pairs: PairSet, _ fingerprint: String) -> String {
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
