internal import Glibc
internal import PairwiseAutodiff
internal import PairwiseTensor

/// Log-odds that the chosen completion's reward is the greater one, for rewards that are distributions, and how these
/// spread. In double precision, values and slopes alike.
enum RewardOdds {
  /// √(2π)·(μ_c − μ_r)/√(s_c² + s_r²), s = softplus(ρ), `[B]`.
  static func normal(
    chosen: (mean: Variable, rho: Variable), rejected: (mean: Variable, rho: Variable)
  ) -> Variable {
    let scale = (2 * Double.pi).squareRoot()
    let rows = chosen.mean.value.count
    var (odds, slopes) = ([Double](), [[Double]](repeating: [], count: 3))
    for row in 0..<rows {
      func number(_ x: Variable) -> Double { Double(x.value[flat: row]) }
      let (left, right) = (number(chosen.rho), number(rejected.rho))
      let (s, t) = (softplus(left), softplus(right))
      let variance = s * s + t * t
      let slope = scale / variance.squareRoot()
      let value = slope * (number(chosen.mean) - number(rejected.mean))
      odds.append(value)
      slopes[0].append(slope)
      slopes[1].append(-value * s * sigmoid(left) / variance)
      slopes[2].append(-value * t * sigmoid(right) / variance)
    }
    return .linear(
      odds,
      slopes: [
        (chosen.mean, slopes[0]), (rejected.mean, slopes[0].map { -$0 }),
        (chosen.rho, slopes[1]), (rejected.rho, slopes[2]),
      ])
  }

  /// log Σ_{i>j} P_c(i)·P_r(j) − log Σ_{i<j} P_c(i)·P_r(j), half of Σ_i P_c(i)·P_r(i) added to either sum, for
  /// softmaxes of logits `[B, A]` over atoms in ascending order. `[B]`; normalisation cancels.
  static func categorical(chosen: Variable, rejected: Variable) -> Variable {
    let (rows, atoms) = (chosen.shape[0], chosen.shape[1])
    var odds: [Double] = []
    var (left, right) = ([Double](), [Double]())
    for row in 0..<rows {
      func logits(_ x: Variable) -> [Double] {
        (0..<atoms).map { Double(x.value[flat: row * atoms + $0]) }
      }
      let (c, r) = (logits(chosen), logits(rejected))
      // What lies below each atom on the other side, and above it.
      let (belowR, aboveR) = (tails(r), Array(tails(r.reversed()).reversed()))
      let (belowC, aboveC) = (tails(c), Array(tails(c.reversed()).reversed()))
      let win = logSumExp(zip(c, belowR).map { $0 + $1 })
      let lose = logSumExp(zip(c, aboveR).map { $0 + $1 })
      odds.append(win - lose)
      for i in 0..<atoms {
        left.append(exp(c[i] + belowR[i] - win) - exp(c[i] + aboveR[i] - lose))
        right.append(exp(r[i] + aboveC[i] - win) - exp(r[i] + belowC[i] - lose))
      }
    }
    return .linear(odds, slopes: [(chosen, left), (rejected, right)])
  }

  /// −Σ q̄ log q̄ for the mean q̄ of all softmaxes of both sides' logits `[B, A]`. `[B]`, the same for every pair;
  /// the slopes are those of its mean.
  static func marginalEntropy(chosen: Variable, rejected: Variable) -> Variable {
    let (rows, atoms) = (chosen.shape[0], chosen.shape[1])
    let logits = chosen.value.array + rejected.value.array
    let logShares = (0..<2 * rows).map { row in
      let x = logits[row * atoms..<(row + 1) * atoms].map { Double($0) }
      let sum = logSumExp(x)
      return x.map { $0 - sum }
    }
    let logMeans = (0..<atoms).map { atom in
      logSumExp(logShares.map { $0[atom] }) - log(Double(2 * rows))
    }
    let entropy = -logMeans.reduce(0) { $0 + exp($1) * $1 }
    let slopes = logShares.map { row in
      let mean = zip(row, logMeans).reduce(0) { $0 + exp($1.0) * $1.1 }
      // Of two distributions a pair, each has half a pair's part in the mean.
      return zip(row, logMeans).map { exp($0) * (mean - $1) / 2 }
    }
    return .linear(
      [Double](repeating: entropy, count: rows),
      slopes: [
        (chosen, slopes[..<rows].flatMap { $0 }), (rejected, slopes[rows...].flatMap { $0 }),
      ])
  }

  /// For each i, log(Σ_{j<i} e^{x_j} + ½·e^{x_i}).
  private static func tails(_ x: [Double]) -> [Double] {
    var sum = -Double.infinity
    return x.map { value in
      let tail = logSumExp([sum, value - log(2)])
      sum = logSumExp([sum, value])
      return tail
    }
  }

  private static func logSumExp(_ x: [Double]) -> Double {
    let top = x.max() ?? -.infinity
    return top + log(x.reduce(0) { $0 + exp($1 - top) })
  }

  private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

  private static func sigmoid(_ x: Double) -> Double {
    x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
  }
}
