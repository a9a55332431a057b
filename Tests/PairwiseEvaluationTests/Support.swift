import PairwiseEvaluation
import RealModule

/// Scores with Bradley-Terry labels: margins are normal draws, and the better one wins as often as
/// its margin says. Deterministic in `seed`.
func simulatedScores(
  _ n: Int, seed: UInt64, spread: Double = 1.5, groups: Int = 0, sharpness: Double = 1
) throws(EvaluationError) -> PairScores {
  var generator = BootstrapGenerator(seed: seed)
  var chosen: [Double] = []
  var rejected: [Double] = []
  for _ in 0..<n {
    // A sum of 12 uniforms is close enough to normal here.
    let first = spread * ((0..<12).map { _ in generator.uniform() }.reduce(0, +) - 6)
    let second = spread * ((0..<12).map { _ in generator.uniform() }.reduce(0, +) - 6)
    let firstWins = generator.uniform() < Logistic.sigmoid(first - second)
    chosen.append(sharpness * (firstWins ? first : second))
    rejected.append(sharpness * (firstWins ? second : first))
  }
  return try PairScores(
    chosen: chosen, rejected: rejected,
    groups: groups > 0 ? (0..<n).map { $0 % (groups + 1) - 1 } : nil,
    groupNames: (0..<groups).map { "group \($0)" })
}

/// The error of `body`, or nil when it succeeds.
func error(_ body: () throws(EvaluationError) -> Void) -> EvaluationError? {
  do throws(EvaluationError) {
    try body()
    return nil
  } catch {
    return error
  }
}

/// |a − b| relative to the larger of both and 1.
func distance(_ a: Double, _ b: Double) -> Double {
  abs(a - b) / max(1, abs(a), abs(b))
}

extension BootstrapGenerator {
  /// A normal draw as the methods reference makes it (§0.4): two uniforms, no cached twin.
  mutating func normal() -> Double {
    let first = uniform()
    let second = uniform()
    return (-2 * Double.log(1 - first)).squareRoot() * Double.cos(2 * Double.pi * second)
  }

  /// floor(uniform · n).
  mutating func integer(below n: Int) -> Int { Int((uniform() * Double(n)).rounded(.down)) }
}
