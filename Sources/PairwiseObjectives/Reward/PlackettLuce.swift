public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// Plackett–Luce: the negative log-likelihood of an order of several completions of one prompt.
///
/// The best is chosen among all, then the next among the rest: NLL = Σ_{i ≤ k} [logsumexp(r of the rest) − r of the
/// i-th], over the first k places, all but the last by default; k = 1 is the choice of a single best. Of slates of
/// which less is known (`top_k` of the data) only the places that are known count. Each stage is
/// computed as softplus(logsumexp(those behind) − r), which keeps the digits of confident orders. Two completions
/// are
/// ``BradleyTerry``. The order reversed is not the likelihood under −r.
///
/// ## When to use
///
/// When completions were ranked together rather than compared two by two. ``PairsFromRanking`` takes every pair
/// of an order as a comparison of its own and trusts the lower places as much as the upper ones.
///
/// ## Metrics
///
/// `accuracy`, the share of ordered pairs of a slate that the scores order alike, `accuracy_half` and `tie_rate`;
/// `top_1_accuracy`, the share of slates whose best has the highest score; `mean_reward`, `min_reward`,
/// `max_reward`.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Luce 1959; Plackett 1975; for reward models Rafailov et al. 2023 (arXiv 2305.18290, appendix).
public struct PlackettLuce: Objective {
  public static let name = "plackett_luce"
  public static let summary = "likelihood of an order of several completions, or of its top"
  public static let formula = """
    loss = sum over the first k places i of logsumexp(r_i ... r_n) - r_i, r in the order of the ranking
           with per_stage_mean: divided by k
    Luce 1959; Plackett 1975; Rafailov et al. 2023, arXiv 2305.18290
    """

  /// How many places count, ≥ 1; nil, the default, for all but the last.
  public var k: Int?
  /// Default false: whether the sum over places is divided by their number.
  public var perStageMean: Bool

  public init(k: Int? = nil, perStageMean: Bool = false) {
    self.k = k
    self.perStageMean = perStageMean
  }

  public init(from reader: inout SectionReader) {
    k = reader.optional(
      "k", Int.self, .atLeast(1), "How many places of the order count; none means all but the last."
    )
    perStageMean = reader.value(
      "per_stage_mean", default: false, "Divide each slate's loss by the number of places.")
  }

  public var inputs: [InputSpec] { InputSpec.slates }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    var ranked = x.rankedScores()
    let n = ranked.shape[1]
    let extents = x.slateExtents(of: n)
    if let extents { ranked = Self.masked(ranked, extents) }
    let known = extents.map { $0.map { min(k ?? n - 1, $0.known) } }
    let stages = known?.max() ?? min(k ?? n - 1, n - 1)
    let tops = Self.suffixMaxima(ranked.value)
    let terms = (0..<stages).map { place in
      // Less the largest of those that are left: logarithms of large sums would lose digits of the differences.
      let top = Variable(constant: tops[place])
      let behind = (ranked.sliced(axis: 1, place + 1..<n) - top.reshaped([top.shape[0], 1]))
      let losses = (behind.logSumExp() - (ranked.column(place) - top)).softplus()
      guard let known else { return losses }
      return losses * Variable(constant: Tensor(known.map { place < $0 ? 1 : 0 }))
    }
    let sum = terms.dropFirst().reduce(terms[0]) { $0 + $1 }
    if !perStageMean { return sum }
    guard let known else { return sum / Float(stages) }
    return sum / Variable(constant: Tensor(known.map { Float($0) }))
  }

  /// Scores so low behind the end of a shorter slate that nothing there is ever chosen.
  private static func masked(_ ranked: Variable, _ extents: [SlateExtent]) -> Variable {
    let n = ranked.shape[1]
    let isThere = extents.flatMap { extent in (0..<n).map { $0 < extent.size } }
    let shape: Shape = [extents.count, n]
    return ranked * Variable(constant: Tensor(shape, isThere.map { $0 ? 1 : 0 }))
      + Variable(constant: Tensor(shape, isThere.map { $0 ? 0 : -1e30 }))
  }

  /// For each place the largest score from it on, `[B]`.
  private static func suffixMaxima(_ ranked: Tensor) -> [Tensor] {
    let (values, n) = (ranked.array, ranked.shape[1])
    var tops = [Float](repeating: -.infinity, count: ranked.shape[0])
    let reversed = (0..<n).reversed().map { place in
      for row in tops.indices { tops[row] = max(tops[row], values[row * n + place]) }
      return Tensor(tops)
    }
    return reversed.reversed()
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let ranked = x.rankedScores().value
    sums.addSlates(ranked, x.slateExtents(of: ranked.shape[1]))
  }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    if let problem = ObjectiveInputs.slateProblem(given) { return problem }
    guard let k, let n = given.first(where: { $0.name == .ranking })?.tensor.shape[1], k >= n else {
      return nil
    }
    return "k: expected at most \(n - 1) for slates of \(n), found \(k)"
  }
}
