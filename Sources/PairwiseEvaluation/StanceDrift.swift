internal import PairwiseConfig
internal import RealModule

/// How a model's stance on topics differs from another's, from the probabilities that both give to answers of
/// each stance.
///
/// Of each prompt the stance distribution is the softmax over stances of the log-probs of their answers, several
/// answers of one stance added up; a topic's is the mean over its prompts.
///
/// - Source: after "Value Drifts" 2025 (arXiv 2510.26707), which measures stance and its change over training.
///   Its exact definitions are not followed: total variation and the change of each stance are ours.
public struct StanceDrift: Sendable, Equatable {
  /// One topic.
  public struct Topic: Sendable, Equatable {
    public var name: String
    public var prompts: Int
    /// Probability of each stance `[S]`, before and after.
    public var before: [Double]
    public var after: [Double]

    /// ½ Σ |after − before|, in 0 … 1.
    public var totalVariation: Double {
      zip(before, after).reduce(0) { $0 + abs($1.1 - $1.0) } / 2
    }
  }

  public let stances: [String]
  public let topics: [Topic]

  /// Mean over topics of how far the distribution moved.
  public var magnitude: Double {
    topics.reduce(0) { $0 + $1.totalVariation } / Double(max(1, topics.count))
  }

  /// Mean over topics of the change of each stance's probability, `[S]`.
  public var change: [Double] {
    stances.indices.map { stance in
      topics.reduce(0) { $0 + $1.after[stance] - $1.before[stance] } / Double(max(1, topics.count))
    }
  }

  /// - Parameter prompts: the topic of each prompt and, under both models, the log-probs of the answers of each
  ///   stance, `[S][answers]`.
  ///
  /// Traps if a prompt has another number of stances, or a stance without an answer.
  public init(
    stances: [String],
    prompts: [(topic: String, before: [[Double]], after: [[Double]])]
  ) {
    self.stances = stances
    var topics: [Topic] = []
    for (name, before, after) in prompts {
      precondition(
        before.count == stances.count && after.count == stances.count
          && (before + after).allSatisfy { !$0.isEmpty }, "stance drift: a prompt lacks a stance")
      let (was, now) = (StanceDrift.distribution(before), StanceDrift.distribution(after))
      guard let index = topics.firstIndex(where: { $0.name == name }) else {
        topics.append(Topic(name: name, prompts: 1, before: was, after: now))
        continue
      }
      topics[index].prompts += 1
      topics[index].before = zip(topics[index].before, was).map { $0 + $1 }
      topics[index].after = zip(topics[index].after, now).map { $0 + $1 }
    }
    self.topics = topics.map { topic in
      var mean = topic
      mean.before = topic.before.map { $0 / Double(topic.prompts) }
      mean.after = topic.after.map { $0 / Double(topic.prompts) }
      return mean
    }
  }

  /// Softmax over stances of logsumexp over their answers, largest subtracted.
  private static func distribution(_ logps: [[Double]]) -> [Double] {
    let top = logps.flatMap { $0 }.max() ?? 0
    let masses = logps.map { answers in answers.reduce(0) { $0 + Double.exp($1 - top) } }
    let sum = masses.reduce(0, +)
    return masses.map { $0 / sum }
  }

  /// For JSON.
  var node: ConfigNode {
    func table(_ values: [Double]) -> ConfigNode {
      ConfigNode(
        .table(zip(stances, values).map { .init(key: $0.0, value: $0.1.configNode) }))
    }
    let rows = topics.map { topic in
      ConfigNode(
        .table([
          .init(key: "topic", value: topic.name.configNode),
          .init(key: "prompts", value: topic.prompts.configNode),
          .init(key: "before", value: table(topic.before)),
          .init(key: "after", value: table(topic.after)),
          .init(key: "total_variation", value: topic.totalVariation.configNode),
        ]))
    }
    return ConfigNode(
      .table([
        .init(key: "magnitude", value: magnitude.configNode),
        .init(key: "change", value: table(change)),
        .init(key: "topics", value: ConfigNode(.list(rows))),
      ]))
  }
}
