extension LaplacianSpectrum {
  struct Variances: Sendable {
    /// Diagonal of the Moore-Penrose inverse, `[items]`.
    var values: [Double]
    /// The widest half of a bracket, relative to its value.
    var relativeError: Double
    /// How many brackets were narrowed by conjugate gradients.
    var narrowed: Int
  }

  /// Items that one piece of work holds.
  private static let pieces = 64

  func variances(tolerance: Double, runner: TaskRunner) -> Variances {
    // (P G P)ᵢᵢ = Gᵢᵢ − 2 (G 1)ᵢ / n + 1ᵀ G 1 / n², the ones being over items.
    let n = Double(items)
    let ones = (0..<order).map { $0 < items ? scale[$0] : 0 }
    // The gap is the square of the solution's error.
    let image = solve(projected(ones)) { value, gap in gap <= 1e-26 * value }.solution
    let means = (0..<items).map { scale[$0] * image[$0] / n }
    let mean = means.reduce(0, +) / n
    let size = (items + Self.pieces - 1) / Self.pieces
    let parts = runner.map(Self.pieces) { piece in
      let range = min(items, piece * size)..<min(items, (piece + 1) * size)
      return part(range, offsets: range.map { mean - 2 * means[$0] }, tolerance)
    }
    return Variances(
      values: parts.flatMap(\.values), relativeError: parts.map(\.relativeError).max() ?? 0,
      narrowed: parts.reduce(0) { $0 + $1.narrowed })
  }

  /// Variances of a range of items; `offsets` is what is added to each Gᵢᵢ.
  private func part(_ range: Range<Int>, offsets: [Double], _ tolerance: Double) -> Variances {
    var result = Variances(values: [], relativeError: 0, narrowed: 0)
    var row = [Double](repeating: 0, count: order)
    for (item, offset) in zip(range, offsets) {
      let moments = moments(of: item, &row)
      var bracket = MomentBracket(moments, mass: 1 - top[item] * top[item]).inverse(
        range: self.range)
      let weight = scale[item] * scale[item]
      func half() -> Double { (bracket.upperBound - bracket.lowerBound) / 2 }
      func value() -> Double { weight * (bracket.lowerBound + half()) + offset }
      if !(weight * half() <= tolerance * value()) {
        bracket = narrowed(item) { low, gap in
          weight * gap / 2 <= tolerance * (weight * (low + gap / 2) + offset)
        }
        result.narrowed += 1
      }
      result.values.append(max(0, value()))
      result.relativeError = max(result.relativeError, weight * half() / value())
    }
    return result
  }

  /// Moments 0 … 4 of an item's spectral measure of N on what is orthogonal to u: (Nᵏ)ᵢᵢ − uᵢ².
  ///
  /// - Parameter row: zeros, and zeros again afterwards.
  private func moments(of item: Int, _ row: inout [Double]) -> [Double] {
    var cost = 0
    let (others, weights) = (columns.span, values.span)
    var row = row.mutableSpan
    // The item's row of N².
    for first in starts[item]..<starts[item + 1] {
      let (middle, factor) = (Int(others[first]), weights[first])
      cost += starts[middle + 1] - starts[middle]
      for second in starts[middle]..<starts[middle + 1] {
        row[Int(others[second])] += factor * weights[second]
      }
    }
    let second = row[item]
    var (third, fourth) = (0.0, 0.0)
    for entry in starts[item]..<starts[item + 1] {
      third += row[Int(others[entry])] * weights[entry]
    }
    if cost > order {
      for node in 0..<order {
        fourth += row[node] * row[node]
        row[node] = 0
      }
    } else {
      // Few were touched: go the same ways once more.
      for first in starts[item]..<starts[item + 1] {
        let middle = Int(others[first])
        for second in starts[middle]..<starts[middle + 1] {
          let node = Int(others[second])
          fourth += row[node] * row[node]
          row[node] = 0
        }
      }
    }
    let constant = top[item] * top[item]
    return [1, 0, second, third, fourth].map { $0 - constant }
  }

  /// A bracket of Rᵢᵢ by conjugate gradients.
  private func narrowed(
    _ item: Int, until enough: (_ low: Double, _ gap: Double) -> Bool
  ) -> ClosedRange<Double> {
    var unit = [Double](repeating: 0, count: order)
    unit[item] = 1
    let found = solve(projected(unit), until: enough)
    return found.value...(found.value + found.gap)
  }
}

/// Bounds on ∫ 1 / (1 − x) dμ from the moments 0 … 4 of a measure μ ≥ 0.
///
/// The function's derivatives are all positive, so the three-point Gauss-Radau rule with one node at the lower end
/// of the support is too small and the one with a node at the upper end too large.
/// - Source: Golub and Meurant 2010, chapter 6.
struct MomentBracket {
  private let mass: Double
  /// Coefficients of the measure's first orthogonal polynomials.
  private let alphas: (Double, Double)
  private let betas: (Double, Double)

  init(_ m: [Double], mass: Double) {
    self.mass = mass
    let first = m[1] / m[0]
    let size = max(0, m[2] - first * m[1])
    let moved = m[3] - 2 * first * m[2] + first * first * m[1]
    let second = size > 0 ? moved / size : 0
    let beta = size / m[0]
    let turned = m[4] - 2 * first * m[3] + first * first * m[2]
    let last = turned - second * moved - beta * (m[2] - first * m[1])
    alphas = (first, second)
    betas = (beta, size > 0 ? max(0, last / size) : 0)
  }

  /// The bracket for a measure on `range`, whose upper end is below 1.
  func inverse(range: ClosedRange<Double>) -> ClosedRange<Double> {
    let low = rule(node: range.lowerBound)
    let high = rule(node: range.upperBound)
    guard low.isFinite, high.isFinite, low <= high else {
      // Rounding, or a node inside the support: nothing is known but what CG will find.
      return 0...Double.greatestFiniteMagnitude / 4
    }
    return low...high
  }

  /// The rule with a node at c: m₀ [(I − J)⁻¹]₁₁ of the Jacobi matrix J that has c for an eigenvalue.
  private func rule(node c: Double) -> Double {
    let first = c - alphas.0
    let second = (c - alphas.1) * first - betas.0
    var tail = 1 - alphas.1
    if betas.1 > 0 {
      let third = c - betas.1 * first / second
      tail -= betas.1 / (1 - third)
    }
    return mass / (1 - alphas.0 - betas.0 / tail)
  }
}
