public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseData
public import PairwiseNN
internal import PairwiseTensor

/// Checks segments: `[s₀, a₀, s₁, a₁, …, s_T]` as a row of numbers, −1 behind the end of a shorter one.
struct SegmentReader: PairReader {
  let states: Int
  let actions: Int
  let isTerminal: [Bool]
  let allowsUnequal: Bool

  var needs: PairNeeds { PairNeeds(features: true) }

  /// - Throws: for numbers that are no segment, by row.
  func input(for block: PairBlock) throws(DataError) -> ModelInput {
    guard let features = block.features else {
      preconditionFailure("segments: pairs were read without features")
    }
    let (values, width) = (features.array, features.shape[1])
    for row in 0..<features.shape[0] {
      if let problem = problem(values[row * width..<(row + 1) * width]) {
        throw DataError(
          .invalid, file: "pairs", place: "row \(block.rows[row / 2])",
          "\(row % 2 == 0 ? "chosen" : "rejected"): \(problem)")
      }
    }
    for pair in 0..<(allowsUnequal ? 0 : features.shape[0] / 2) {
      let steps = [2 * pair, 2 * pair + 1].map { row in
        values[row * width..<(row + 1) * width].prefix { $0 != -1 }.count / 2
      }
      if steps[0] != steps[1] {
        throw DataError(
          .invalid, file: "pairs", place: "row \(block.rows[pair])",
          "expected segments of one length to compare their returns, found \(steps[0]) and \(steps[1]) steps; "
            + "allow_unequal takes them")
      }
    }
    return .dense(features)
  }

  func fates(of block: PairBlock) throws(DataError) -> [PairFate]? {
    // Looked at before training; none is left out.
    _ = try input(for: block)
    return nil
  }

  private func problem(_ numbers: ArraySlice<Float>) -> String? {
    let used = numbers.prefix { $0 != -1 }
    guard used.count >= 3, used.count % 2 == 1,
      numbers.dropFirst(used.count).allSatisfy({ $0 == -1 })
    else { return "expected a segment: state, action, state, …, then -1 to the end" }
    for (place, number) in used.enumerated() {
      let limit = place % 2 == 0 ? states : actions
      guard let value = Int(exactly: number), (0..<limit).contains(value) else {
        return
          "number \(place): expected \(place % 2 == 0 ? "a state" : "an action") in 0 ..< \(limit), found \(number)"
      }
      if place % 2 == 0, place + 1 < used.count, isTerminal[value] {
        return "number \(place): state \(value) is an end, nothing comes behind it"
      }
    }
    return nil
  }
}

/// A reward r(s, a) for every state and action of a small decision process, and what segments earn and lose under it.
///
/// A segment's return is Σ γᵗ·r(sₜ, aₜ), its regret Σ [V*(sₜ) − Q*(sₜ, aₜ)] under the best policy of the reward as it
/// is. The best policy is solved in double precision and held fixed for the gradient, which is then exact
/// wherever it is unique: V* is a maximum over policies of functions that are linear in r.
public struct MDPReward: RewardModel, NativeModel {
  public static let modelType = MDPRewardOptions.modelType

  public var store: ParameterStore
  public let options: MDPRewardOptions
  private let mdp: TabularMDP
  /// `[1, S·A]`
  private let table: Parameter

  public init(options: MDPRewardOptions, seed: UInt64 = 0) {
    self.options = options
    mdp = options.mdp
    let builder = MDPReward.parameters(options)
    table = builder.parameters[0]
    store = ParameterStore(builder, seed: seed)
  }

  static func parameters(_ options: MDPRewardOptions) -> ParameterBuilder {
    var builder = ParameterBuilder()
    let mdp = options.mdp
    _ = builder.add(
      "reward", [1, mdp.states * mdp.actions], .normal(standardDeviation: options.spread),
      decays: false)
    return builder
  }

  public var reader: any PairReader { options.reader }

  /// r(s, a), `[S, A]`, as it is now.
  public var rewards: [Float] { rewards(Weights(store)).value.array }

  /// The best policy under the rewards as they are: V* and Q*.
  public var solution: TabularMDP.Solution? {
    mdp.rewarded(rewards.map(Double.init)).solved(tolerance: 1e-10)
  }

  /// `[1, S·A]`
  private func rewards(_ weights: Weights) -> Variable {
    let raw = weights[table]
    return options.sign == .negative ? -raw.softplus() : raw
  }

  public func scores(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> Variable {
    output(input, weights, dropout: dropout).scores
  }

  public func output(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> RewardOutput
  {
    guard case .dense(let segments) = input else {
      preconditionFailure("segments: expected dense rows")
    }
    let rewards = rewards(weights)
    let gained = passages(segments)
    let count = segments.shape[0]
    func times(_ passages: [Float]) -> Variable {
      Variable(constant: Tensor([count, rewards.shape[1]], passages)).dense(rewards)
        .reshaped([count])
    }
    let returns = times(gained)
    guard options.hasRegrets else {
      return RewardOutput(scores: returns, rows: ["returns": returns])
    }
    let regrets = times(losses(segments, rewards.value.array))
    return RewardOutput(
      scores: options.score == .returns ? returns : -regrets,
      rows: ["returns": returns, "regrets": regrets])
  }

  /// How often each row passes each state and action, discounted: `[n, S·A]`.
  private func passages(_ segments: Tensor) -> [Float] {
    var result: [Float] = []
    for row in 0..<segments.shape[0] {
      var (passed, factor) = ([Double](repeating: 0, count: mdp.states * mdp.actions), 1.0)
      for (s, a) in steps(segments, row) {
        passed[s * mdp.actions + a] += factor
        factor *= mdp.discount
      }
      result += passed.map { Float($0) }
    }
    return result
  }

  /// Σ [V*(sₜ) − Q*(sₜ, aₜ)] of each row as a linear function of the rewards: `[n, S·A]`.
  private func losses(_ segments: Tensor, _ rewards: [Float]) -> [Float] {
    let width = mdp.states * mdp.actions
    guard let visits = bestVisits(rewards) else {
      // No best policy: nothing that could be learned from.
      return [Float](repeating: .nan, count: segments.shape[0] * width)
    }
    var result: [Float] = []
    for row in 0..<segments.shape[0] {
      var lost = [Double](repeating: 0, count: width)
      for (s, a) in steps(segments, row) {
        lost[s * mdp.actions + a] -= 1
        for index in 0..<width { lost[index] += visits[s * width + index] }
        for next in 0..<mdp.states {
          let chance = mdp.transition[(s * mdp.actions + a) * mdp.states + next]
          if chance == 0 { continue }
          for index in 0..<width {
            lost[index] -= mdp.discount * chance * visits[next * width + index]
          }
        }
      }
      result += lost.map { Float($0) }
    }
    return result
  }

  private func bestVisits(_ rewards: [Float]) -> [Double]? {
    guard rewards.allSatisfy(\.isFinite),
      let solution = mdp.rewarded(rewards.map(Double.init)).solved(tolerance: 1e-10)
    else { return nil }
    let choice = (0..<mdp.states).map { s in
      (0..<mdp.actions).max {
        solution.actionValues[s * mdp.actions + $0] < solution.actionValues[s * mdp.actions + $1]
      } ?? 0
    }
    return mdp.visits(of: choice)
  }

  /// States and actions of a row, without its last state.
  private func steps(_ segments: Tensor, _ row: Int) -> [(Int, Int)] {
    let width = segments.shape[1]
    return stride(from: 0, to: width - 2, by: 2).compactMap { place in
      let (s, a, next) = (
        segments[flat: row * width + place], segments[flat: row * width + place + 1],
        segments[flat: row * width + place + 2]
      )
      return next < 0 ? nil : (Int(s), Int(a))
    }
  }

  public var configuration: [ConfigNode.Entry] {
    let tables: [ConfigNode.Entry?] = [
      options.next.map { .init(key: "next", value: $0.configNode) },
      options.transition.map { .init(key: "transition", value: $0.configNode) },
    ]
    return tables.compactMap(\.self) + [
      .init(key: "terminal", value: options.terminal.configNode),
      .init(key: "discount", value: options.discount.configNode),
      .init(key: "rewards", value: options.sign.rawValue.configNode),
      .init(key: "score", value: options.score.rawValue.configNode),
      .init(key: "allow_unequal", value: options.allowsUnequal.configNode),
      .init(key: "start", value: options.spread.configNode),
    ]
  }
}
