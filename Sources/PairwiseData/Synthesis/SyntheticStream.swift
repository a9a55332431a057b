internal import Glibc
internal import PairwiseTensor

/// One drawn pair, before it is turned so that the preferred side is first.
package struct PairDraw: Sendable, Equatable {
  /// Features of either side, `[D]`.
  package var a: [Double]
  package var b: [Double]
  /// r(a) and r(b) for the group of this row.
  package var rewardA = 0.0
  package var rewardB = 0.0
  /// (r(a) − r(b)) / temperature.
  package var margin = 0.0
  /// The label that was drawn, flips included.
  package var prefersA = false
  /// Whether a flip turned the label around.
  package var isFlipped = false
  /// Annotator and group, −1 without groups; what a context model may see of the group.
  package var user = -1
  package var group = -1
  package var context = 0.0
  /// The length feature of the chosen and the rejected side.
  package var chosenLength = 0.0
  package var rejectedLength = 0.0

  /// P(a ≻ b) before flips.
  package var probability: Double { sigmoid(margin) }

  package init(width: Int) {
    a = [Double](repeating: 0, count: width)
    b = a
  }
}

/// The rows of one split as a pure function of their number: every row takes equally many draws, so the
/// generator can jump to any of them and blocks can be drawn side by side with the same bits.
///
/// Draws of a row in this order: the annotator (two groups only); D normals a; D normals b; the label;
/// the flip (only with a flip rate); the context normal (two groups only); two normals for the lengths
/// (only with a length bias).
package struct SyntheticStream: Sendable {
  private let options: SynthesisOptions
  private let reward: TrueReward
  private let seed: UInt64
  private let flipRate: Double
  private let lengthShift: Double
  private let drawsPerRow: UInt64
  private let users: Int
  private let minority: Int

  /// - Parameters:
  ///   - seed: of this split.
  ///   - isClean: no flips and no length bias, as for test rows. The length column stays.
  package init(_ options: SynthesisOptions, seed: UInt64, isClean: Bool) {
    self.options = options
    self.seed = seed
    reward = TrueReward(options)
    flipRate = isClean ? 0 : options.flipRate
    lengthShift = isClean ? 0 : options.lengthBias / 2
    if case .twoGroups(let users, let minority, _) = options.reward {
      (self.users, self.minority) = (users, minority)
    } else {
      (users, minority) = (0, 0)
    }
    let perSide = 2 * UInt64(options.width)
    drawsPerRow =
      2 * perSide + 1 + (flipRate > 0 ? 1 : 0) + (users > 0 ? 3 : 0)
      + (options.lengthBias > 0 ? 4 : 0)
  }

  /// Calls `body` with each row of a range in order.
  package func forEach(_ rows: Range<Int>, _ body: (PairDraw) -> Void) {
    var rng = SplitMix64(seed: seed).advanced(by: UInt64(rows.lowerBound) &* drawsPerRow)
    var draw = PairDraw(width: options.width)
    for _ in rows {
      fill(&draw, &rng)
      body(draw)
    }
  }

  private func fill(_ draw: inout PairDraw, _ rng: inout SplitMix64) {
    if users > 0 {
      draw.user = rng.randint(users)
      draw.group = draw.user < users - minority ? 0 : 1
    }
    for index in 0..<draw.a.count { draw.a[index] = rng.normal() }
    for index in 0..<draw.b.count { draw.b[index] = rng.normal() }
    draw.rewardA = reward.value(draw.a, group: max(draw.group, 0))
    draw.rewardB = reward.value(draw.b, group: max(draw.group, 0))
    draw.margin = (draw.rewardA - draw.rewardB) / options.temperature
    draw.prefersA = rng.bernoulli(draw.probability)
    draw.isFlipped = flipRate > 0 && rng.bernoulli(flipRate)
    if draw.isFlipped { draw.prefersA.toggle() }
    if users > 0 { draw.context = (draw.group == 0 ? 1 : -1) + 0.5 * rng.normal() }
    if options.lengthBias > 0 {
      draw.chosenLength = rng.normal() + lengthShift
      draw.rejectedLength = rng.normal() - lengthShift
    }
  }

  /// For a row of unknown group: P(a ≻ b) averaged over the annotators. Equal to `probability` without
  /// groups.
  package func blindProbability(_ draw: PairDraw) -> Double {
    guard users > 0 else { return draw.probability }
    let share = Double(minority) / Double(users)
    let margins = [0, 1].map { group in
      (reward.value(draw.a, group: group) - reward.value(draw.b, group: group))
        / options.temperature
    }
    return (1 - share) * sigmoid(margins[0]) + share * sigmoid(margins[1])
  }
}

/// 1 / (1 + e^−x) without overflow on either side.
func sigmoid(_ x: Double) -> Double {
  let small = exp(-abs(x))
  return x >= 0 ? 1 / (1 + small) : small / (1 + small)
}

/// log(1 + eˣ) without overflow.
func softplus(_ x: Double) -> Double {
  max(x, 0) + log1p(exp(-abs(x)))
}
