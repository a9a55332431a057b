internal import PairwiseConfig
internal import PairwiseData

/// What rewards of a prompt's completions are expected to be: a value for each prompt and each reward, learned from round
/// to round. The value function of a table; with prompts that come again also that of a language model.
struct PromptValues {
  /// How far a value moves to the mean of its rewards, 0 … 1.
  let rate: Double
  /// By reward and prompt.
  private var table: [String: [String: Double]] = [:]

  init(rate: Double) { self.rate = rate }

  static func key(_ prompt: PreferenceText) -> String {
    var writer = JSONWriter()
    writer.write(prompt.node)
    return writer.string
  }

  /// Rewards less the value of their prompt as it was, after which the values move. A prompt without one has the mean
  /// of all rewards.
  mutating func advantages(_ rewards: [[Double]], of prompts: [String], reward: String)
    -> [[Double]]
  {
    let all = rewards.joined()
    let mean = all.reduce(0, +) / Double(max(1, all.count))
    let known = table[reward] ?? [:]
    let result = zip(rewards, prompts).map { row, prompt in
      row.map { $0 - known[prompt, default: mean] }
    }
    var sums: [String: (sum: Double, count: Int)] = [:]
    for (row, prompt) in zip(rewards, prompts) {
      sums[prompt, default: (0, 0)].sum += row.reduce(0, +)
      sums[prompt, default: (0, 0)].count += row.count
    }
    for (prompt, (sum, count)) in sums where count > 0 {
      let old = known[prompt, default: mean]
      table[reward, default: [:]][prompt] = old + rate * (sum / Double(count) - old)
    }
    return result
  }

  /// - Parameter path: what the round before left; one that leads nowhere is that of the first round.
  mutating func read(_ path: String?) throws {
    guard let path, !path.hasPrefix("$") else { return }
    guard case .table(let rewards) = try JSON.parse(try FileAccess.read(path, limit: 1 << 28)).value
    else { throw DataError(.invalid, file: path, "expected a table of values") }
    for reward in rewards {
      guard case .table(let values) = reward.value.value else { continue }
      for entry in values {
        table[reward.key, default: [:]][entry.key] = try Double.read(entry.value)
      }
    }
  }

  func write(to path: String) throws(DataError) {
    let node = table.sorted { $0.key < $1.key }.map { reward, values in
      ConfigNode.Entry(
        key: reward,
        value: ConfigNode(
          .table(
            values.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: $0.value.configNode) }
          )))
    }
    var writer = JSONWriter()
    writer.write(ConfigNode(.table(node)))
    writer.endLine()
    try FileAccess.replace(path, with: writer.bytes)
  }
}
