import PairwiseLaboratory
import PairwiseObjectives
import PairwiseTensor
import Testing

/// Where an exact fit ends, the objective that trains has no slope left: the formulas that are trained with
/// and those of the references, written apart, have the same optimum and the same loss.
struct ObjectiveOptimumTests {
  /// Values of a `[n, D]` block times θ, as a model would hand them over.
  private func scores(_ features: [Double], _ theta: [Double]) -> [Float] {
    let width = theta.count
    return (0..<features.count / width).map { row in
      Float((0..<width).reduce(0) { $0 + features[row * width + $1] * theta[$1] })
    }
  }

  private struct Evaluated {
    var loss: Double
    /// Largest magnitude of ∂loss/∂θ.
    var slope: Double
  }

  private func evaluate(
    _ objective: some Objective, _ pairs: ToyPairs, _ theta: [Double],
    _ columns: [(name: InputName, tensor: Tensor)] = []
  ) throws -> Evaluated {
    let given: [(name: InputName, tensor: Tensor)] = [
      (.chosenScores, Tensor(scores(pairs.chosen, theta))),
      (.rejectedScores, Tensor(scores(pairs.rejected, theta))),
    ]
    let result = try objective.evaluate(given + columns)
    func gradient(_ name: InputName) -> [Float] {
      result.gradients.first { $0.name == name }?.tensor.array ?? []
    }
    let (up, down) = (gradient(.chosenScores), gradient(.rejectedScores))
    let slopes = theta.indices.map { k in
      up.indices.reduce(0.0) { sum, row in
        let place = row * theta.count + k
        return sum + Double(up[row]) * pairs.chosen[place]
          + Double(down[row]) * pairs.rejected[place]
      }
    }
    return Evaluated(loss: result.loss, slope: slopes.map { abs($0) }.max() ?? .nan)
  }

  /// Single precision: gradients of 10⁻⁴ … 10⁻³ a pair are right to seven digits, a thousand of them add up
  /// to some 10⁻⁸; losses are right to 10⁻⁵ (§10, 19).
  private func expectOptimum(
    _ found: Evaluated, loss: Double, _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(found.slope < 1e-6, sourceLocation: location)
    agree(found.loss, loss, within: 1e-5 * max(abs(loss), 0.1), location)
  }

  @Test func linearRewards() throws {
    let train = LinearBT().draw(.train)
    let pairs = LinearPairs(train)
    let theta = try pairs.fit()
    expectOptimum(try evaluate(BradleyTerry(), train, theta), loss: 0.4891777507)
    // Elsewhere there is a slope: the test can fail.
    #expect(try evaluate(BradleyTerry(), train, theta.map { 1.1 * $0 }).slope > 1e-3)
    let smooth = pairs.pulled(by: 0.1)
    let smoothed = try smooth.fit()
    expectOptimum(
      try evaluate(BradleyTerry(labelSmoothing: 0.1), train, smoothed), loss: smooth.loss(smoothed))
    var apart = pairs
    apart.margins = [Double](repeating: 1, count: pairs.count)
    let margin = try apart.fit()
    expectOptimum(
      try evaluate(BradleyTerry(margin: .constant(1)), train, margin), loss: apart.loss(margin))
    var problem = LinearBT()
    problem.flipRate = 0.2
    let flipped = problem.draw(.train)
    let corrected = LinearPairs(flipped).pulled(by: -0.2 / 0.6)
    let unbiased = try corrected.fit()
    expectOptimum(
      try evaluate(BTUnbiased(flipRate: 0.2), flipped, unbiased), loss: corrected.loss(unbiased))
  }

  @Test func gradedRewards() throws {
    var problem = GradedLinear()
    problem.trainRows = 1000
    let train = problem.draw(.train)
    let grades = train.notes.map { Double($0.grade ?? 0) }
    let column: [(name: InputName, tensor: Tensor)] = [
      ("strength", Tensor(grades.map { Float($0) }))
    ]
    let plain = LinearPairs(train)
    var scaled = plain
    scaled.weights = grades
    var margin = plain
    margin.margins = grades
    let (a, b, c) = (try plain.fit(), try scaled.fit(), try margin.fit())
    expectOptimum(try evaluate(RegularBT(), train, a), loss: plain.loss(a))
    expectOptimum(try evaluate(ScaledBT(), train, b, column), loss: scaled.loss(b))
    expectOptimum(try evaluate(MarginBT(), train, c, column), loss: margin.loss(c))
  }

  /// Eighteen rows, each win, tie and loss of six pairs, weighted by their exact probabilities.
  @Test func ties() throws {
    let outcomes = TiesPopulation().outcomes()
    for model in [TiesFit.Model.raoKupper, .davidson] {
      let fit = try TiesFit(fitting: outcomes, items: 4, model)
      let tie = Tensor([Float(try #require(fit.tie))])
      var (loss, tieSlope) = (0.0, 0.0)
      var slopes = [0.0, 0, 0, 0]
      for outcome in outcomes {
        for (label, share) in [(1, outcome.wins), (0, outcome.ties), (-1, outcome.losses)] {
          let given: [(name: InputName, tensor: Tensor)] = [
            ("a_scores", Tensor([Float(fit.strengths[outcome.first])])),
            ("b_scores", Tensor([Float(fit.strengths[outcome.second])])),
            ("label", Tensor([Float(label)])),
          ]
          let result =
            model == .raoKupper
            ? try RaoKupper().evaluate(given + [("tau", tie)])
            : try Davidson().evaluate(given + [("nu", tie)])
          func gradient(_ name: InputName) -> Double {
            Double(result.gradients.first { $0.name == name }?.tensor.item ?? .nan)
          }
          loss += share * result.loss / 6
          slopes[outcome.first] += share * gradient("a_scores")
          slopes[outcome.second] += share * gradient("b_scores")
          tieSlope += share * gradient(model == .raoKupper ? "tau" : "nu")
        }
      }
      agree(loss, fit.loss, within: 1e-6)
      agree(slopes + [tieSlope], [0, 0, 0, 0, 0], within: 2e-6)
    }
  }

  /// The static mixture, its two heads and its weights.
  @Test func mixtures() throws {
    let train = TwoGroup().draw(.train)
    let fit = try MixtureFit(
      fitting: LinearPairs(train), .free, heads: [[0.5, 0.5], [0.5, -0.5]], tolerance: 1e-15)
    func heads(_ features: [Double]) -> Tensor {
      let columns = fit.heads.map { scores(features, $0) }
      return Tensor([train.count, 2], (0..<train.count).flatMap { row in columns.map { $0[row] } })
    }
    let weights = fit.weights.map { Float($0) }
    let result = try MixtureBT(alpha: 0).evaluate([
      ("chosen_head_scores", heads(train.chosen)), ("rejected_head_scores", heads(train.rejected)),
      ("router_logits", Tensor(logarithms(weights))),
    ])
    agree(result.loss, fit.trainingLoss, within: 1e-6)
    func gradient(_ name: InputName) -> [Float] {
      result.gradients.first { $0.name == name }?.tensor.array ?? []
    }
    let (up, down) = (gradient("chosen_head_scores"), gradient("rejected_head_scores"))
    for head in 0..<2 {
      for k in 0..<2 {
        let slope = (0..<train.count).reduce(0.0) { sum, row in
          sum + Double(up[2 * row + head]) * train.chosen[2 * row + k]
            + Double(down[2 * row + head]) * train.rejected[2 * row + k]
        }
        #expect(abs(slope) < 1e-6)
      }
    }
    #expect(gradient("router_logits").allSatisfy { abs($0) < 1e-6 })
  }
}
