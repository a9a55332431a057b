internal import RealModule

/// How much of each group to train on, learned while training: what a short stretch on each group does to
/// the validation loss of every group decides.
///
/// In each round, `trial(_:)` gives the mixture to train on for a few steps in order to learn about one
/// group; the drops of all groups' losses go to `update(drops:)`, which gives the proportions for the rest
/// of the round.
///
/// - Source: Chen et al. 2024, "Aioli", arXiv 2411.05735.
public struct GroupMixture: Sendable, Equatable {
  /// k, the number of groups.
  public let count: Int
  /// η ≥ 0, how far a round moves the proportions; 0 keeps them.
  public var rate = 0.2
  /// Share of the trial's own group in its mixture, in (1/k, 1].
  public var oneHotFactor = 0.625
  /// Share of the past in a running mean of the effects, 0 ..< 1; nil: each round by itself.
  public var smoothing: Double?
  /// Whether effects are shifted to be ≥ 0 and scaled to the sum 1, so that a round moves log-odds by at
  /// most the rate.
  public var normalizes = true
  /// What to train on, `[k]`, of sum 1.
  public private(set) var proportions: [Double]
  /// The running mean of the effects, `[k][k]`; empty before the first round or without smoothing.
  public private(set) var smoothed: [[Double]] = []

  /// Traps without groups.
  public init(groups count: Int) {
    precondition(count >= 1, "group mixture: found \(count) groups, expected at least 1")
    self.count = count
    proportions = [Double](repeating: 1 / Double(count), count: count)
  }

  /// Proportions that are known. Traps without any.
  public init(proportions: [Double]) {
    self.init(groups: proportions.count)
    self.proportions = proportions
  }

  /// Goes on from where an earlier mixture of as many groups stood.
  public mutating func restore(proportions: [Double], smoothed: [[Double]]) {
    precondition(proportions.count == count, "group mixture: \(proportions.count) of \(count)")
    (self.proportions, self.smoothed) = (proportions, smoothed)
  }

  /// The mixture to train on in order to learn about one group: `oneHotFactor` of it, the rest equally.
  public func trial(_ group: Int) -> [Double] {
    precondition((0..<count).contains(group), "group mixture: group \(group) of \(count)")
    if count == 1 { return [1] }
    let rest = (1 - oneHotFactor) / Double(count - 1)
    return (0..<count).map { $0 == group ? oneHotFactor : rest }
  }

  /// A with Q·aᵢ = Gᵢ for each row: what training on group j alone would do to the loss of group i.
  ///
  /// - Parameter drops: G `[k][k]`: loss of group i before − after the trial of group j, means over sweeps.
  /// - Throws: `EvaluationError` for another shape, numbers that are not finite, or a factor of 1/k or
  ///   less, where the trials are all the same.
  public func effects(drops: [[Double]]) throws(EvaluationError) -> [[Double]] {
    guard drops.count == count else {
      throw .outOfRange(
        "loss drops", row: nil, found: "\(drops.count) rows", expected: "\(count), one a group")
    }
    for (row, values) in drops.enumerated() {
      guard values.count == count else {
        throw .outOfRange(
          "loss drops", row: row, found: "\(values.count) numbers",
          expected: "\(count), one a group")
      }
      for value in values {
        try EvaluationError.check(value, within: Moments.largestMagnitude, "loss drop", row: row)
      }
    }
    guard oneHotFactor > 1 / Double(count) || count == 1, oneHotFactor <= 1 else {
      throw .outOfRange(
        "one_hot_factor", row: nil, found: "\(oneHotFactor)",
        expected: "above 1/\(count), at most 1"
      )
    }
    if count == 1 || oneHotFactor == 1 { return drops }
    // Q = (f − g)·I + g·J: its inverse takes the row's sum, which Q keeps, out of each entry.
    let off = (1 - oneHotFactor) / Double(count - 1)
    return drops.map { row in
      let shared = off * row.reduce(0, +)
      return row.map { ($0 - shared) / (oneHotFactor - off) }
    }
  }

  /// Moves the proportions by one round of effects.
  public mutating func update(drops: [[Double]]) throws(EvaluationError) {
    guard rate >= 0, rate <= 100 else {
      throw .outOfRange("eta", row: nil, found: "\(rate)", expected: "0 … 100")
    }
    if let smoothing, !(0..<1).contains(smoothing) {
      throw .outOfRange("ema", row: nil, found: "\(smoothing)", expected: "0 ..< 1")
    }
    var effects = try effects(drops: drops)
    var start = proportions
    if let smoothing {
      if !smoothed.isEmpty {
        effects = zip(smoothed, effects).map { past, present in
          zip(past, present).map { smoothing * $0 + (1 - smoothing) * $1 }
        }
      }
      smoothed = effects
      // The running mean holds the past already: counting it in the proportions too would do so twice.
      start = [Double](repeating: 1 / Double(count), count: count)
    }
    let sums = columnSums(effects)
    let logits = zip(start, sums).map { Double.log($0) + rate * $1 }
    let top = logits.max() ?? 0
    let weights = logits.map { Double.exp($0 - top) }
    let total = weights.reduce(0, +)
    proportions = weights.map { $0 / total }
  }

  /// What training on each group does to all losses together, normalised if it is to be.
  public func columnSums(_ effects: [[Double]]) -> [Double] {
    var shift = 0.0
    var scale = 1.0
    if normalizes {
      shift = min(0, effects.joined().min() ?? 0)
      let total = effects.joined().reduce(0) { $0 + $1 - shift }
      // All effects 0: no group is better than another.
      scale = total > 0 ? total : 1
    }
    return (0..<count).map { group in
      effects.reduce(0) { $0 + ($1[group] - shift) } / scale
    }
  }
}
