import PairwiseAutodiff
import PairwiseObjectives
import PairwiseTensor
import Testing

/// Figures beside the loss: spreads, correlations, counts. Expected numbers are numpy's in float64.
struct FigureTests {
  @Test func spreads() throws {
    let result = try BradleyTerry().on([1.2, -0.3, 2], [0.7, 0.4, -1.5], [.weight: [1, 2, 1]])
    expectClose([result[metric: "margin_std"] ?? .nan], [1.7663521725906801])
    expectClose([result[metric: "reward_std"] ?? .nan], [1.1096796398188242])
    #expect(result[metric: "n_pairs"] == 3)
    #expect(result[metric: "weight_sum"] == 4)
    let plain = try RegularBT().on([1, 2], [0, 0])
    #expect(plain[metric: "weight_sum"] == 2)
    // One pair does not spread; policies have no pairs of scores.
    #expect(try RegularBT().on([1], [0])[metric: "margin_std"] == 0)
  }

  /// An offset that leaves sums of squares without a digit of the spread changes nothing: 2²⁰ and steps of ⅛ are exact
  /// in single precision.
  @Test func offsets() throws {
    let (chosen, rejected): ([Float], [Float]) = ([0.5, 0.25, 0.875], [0, 0.375, 0.5])
    let near = try RegularBT().on(chosen, rejected)
    let far = try RegularBT().on(chosen.map { $0 + 1_048_576 }, rejected.map { $0 + 1_048_576 })
    for name in ["margin_std", "reward_std"] {
      #expect(far[metric: name] == near[metric: name])
      #expect((near[metric: name] ?? 0) > 0)
    }
  }

  /// §5.1: how the leads that two heads see go together, of whole sets alone.
  @Test func headsTwoByTwo() {
    var x = ObjectiveInputs()
    x[.chosenHeadScores] = Variable(constant: Tensor([3, 2], [1, 2, 2, 1, 4, 3.5]))
    x[.rejectedHeadScores] = Variable(constant: Tensor([3, 2], [0, 0, 0, 0, 0, 0]))
    x[.routerLogits] = Variable(constant: Tensor([3, 2], [0, 0, 0, 0, 0, 0]))
    var (step, whole) = (MetricSums(), MetricSums())
    MixtureBT().measure(x, into: &step)
    #expect(step["heads/correlation/0/1"] == nil)
    whole.keepPairs()
    MixtureBT().measure(x, into: &whole)
    expectClose([whole["heads/correlation/0/1"] ?? .nan], [0.7370434740955018])
  }

  /// §5.4: a latent collapses where its mean divergence is below 1e-3.
  @Test func collapse() {
    func figure(_ mean: Float) -> Double? {
      var x = ObjectiveInputs()
      x[.chosenScores] = Variable(constant: Tensor([1, 2]))
      x[.rejectedScores] = Variable(constant: Tensor([0, 0]))
      x[.latentMean] = Variable(constant: Tensor([2, 1], [mean, 0]))
      x[.latentLogVariance] = Variable(constant: Tensor([2, 1], [0, 0]))
      var sums = MetricSums()
      VPL().measure(x, into: &sums)
      return sums["latent/collapsed"]
    }
    // The mean over two pairs is μ²/4.
    #expect(figure(0.06) == 1)
    #expect(figure(0.07) == 0)
  }

  /// A whole batch and any parts of it give the same bits.
  @Test(arguments: [1, 2, 5])
  func parts(size: Int) {
    let rows = 13
    let values = (0..<2 * rows).map { Float(($0 * 37) % 23) * 0.3 - 2 }
    let ratings = (0..<2 * rows).map { $0 % 4 == 3 ? Float.nan : Float(($0 * 11) % 7) }
    func figures(_ size: Int) -> MetricSums {
      var sums = MetricSums()
      sums.keepPairs()
      for start in stride(from: 0, to: rows, by: size) {
        let end = min(rows, start + size)
        func part(_ all: [Float]) -> Variable {
          Variable(constant: Tensor([end - start, 2], Array(all[2 * start..<2 * end])))
        }
        var x = ObjectiveInputs()
        x[.predictions] = part(values)
        x[.ratings] = part(ratings)
        x[.aScores] = Variable(constant: Tensor(Array(values[start..<end])))
        x[.bScores] = Variable(constant: Tensor(Array(values[rows + start..<rows + end])))
        x[.annotatorScores] = part(ratings.map { $0.isNaN ? 1 : $0 })
        Regression().measure(x, into: &sums)
        GradedDifferenceRegression().measure(x, into: &sums)
        sums.nextMicrobatch()
      }
      return sums
    }
    let (whole, split) = (figures(rows), figures(size))
    #expect(whole.values.count > 12)
    #expect(whole.values.map(\.name) == split.values.map(\.name))
    #expect(whole.values.map(\.value.bitPattern) == split.values.map(\.value.bitPattern))
  }

  @Test func correlationsWithRatings() throws {
    var sums = MetricSums()
    sums.keepPairs()
    var x = ObjectiveInputs()
    x[.predictions] = Variable(constant: Tensor([4, 2], [2.5, 3, 0.5, 4, 1, 1, 2, 0]))
    x[.ratings] = Variable(constant: Tensor([4, 2], [3, .nan, 1, 3, 1, 1, 2, 0.5]))
    MultiObjectiveRegression().measure(x, into: &sums)
    expectClose([sums["pearson/0"] ?? .nan], [0.9534625892455922])
    expectClose([sums["pearson/1"] ?? .nan], [0.9986254289035239])
    expectClose([sums["correlation/0/1"] ?? .nan], [-0.3])
    // Ranks are compared when all pairs are there, and by whoever has the set.
    #expect(sums["spearman/0"] == nil)
    sums.compareRanks { a, _ in Double(a.count) }
    #expect(sums["spearman/0"] == 4)
    #expect(sums["spearman/1"] == 3)
    // Steps keep no pairs.
    var step = MetricSums()
    MultiObjectiveRegression().measure(x, into: &step)
    #expect(step["pearson/0"] == sums["pearson/0"])
    #expect(step["correlation/0/1"] == nil)
  }

  @Test func correlationsWithGrades() throws {
    let scores = Tensor([3, 3], [2, 3, 1, -1, -2, -2, 1, -1, 2])
    let result = try GradedDifferenceRegression().on([
      .aScores: Tensor([1.3, -1.4, 0.5]), .bScores: Tensor([0, 0, 0] as [Float]),
      .annotatorScores: scores,
    ])
    expectClose([result[metric: "pearson"] ?? .nan], [0.9972007559016697])
    // Where all are equal there is none.
    let flat = try GradedDifferenceRegression().on([
      .aScores: Tensor([1, 1, 1] as [Float]), .bScores: Tensor([0, 0, 0] as [Float]),
      .annotatorScores: scores,
    ])
    #expect(flat[metric: "pearson"] == nil)
  }

  /// Var(μ)/(Var(μ) + mean s²) of §1.6's worked example.
  @Test func explainedVariance() throws {
    let result = try Distributional(kind: .meanAndVariance).on([
      .chosenMean: Tensor([1]), .rejectedMean: Tensor([0.2]), .chosenRho: Tensor([0.3]),
      .rejectedRho: Tensor([-0.5]),
    ])
    expectClose([result[metric: "explained_variance"] ?? .nan], [0.25104500017658954])
    expectClose([2 * (result[metric: "variance"] ?? .nan)], [0.954671870680182])
  }

  @Test func gradesByRank() {
    var sums = MetricSums()
    sums.keepPairs()
    var x = ObjectiveInputs()
    x[.chosenScores] = Variable(constant: Tensor([0.9, -0.2, 1.5, 0.4]))
    x[.rejectedScores] = Variable(constant: Tensor([0, 0, 0, 0] as [Float]))
    x[.strength] = Variable(constant: Tensor([1, 2, 3, 1]))
    for objective in [MarginBT(), ScaledBT()] as [any Objective] {
      var own = sums
      objective.measure(x, into: &own)
      var seen: ([Double], [Double]) = ([], [])
      own.compareRanks { a, b in
        seen = (a, b)
        return 0.5
      }
      #expect(own["strength/spearman"] == 0.5)
      #expect(seen.0 == [0.9, -0.2, 1.5, 0.4].map { Double(Float($0)) })
      #expect(seen.1 == [1, 2, 3, 1])
    }
  }

  /// Of objectives that measure the same pairs the first one's figures count, these too.
  @Test func sums() throws {
    let both = WeightedSum([.init(1, RegularBT()), .init(1, MarginBT())])
    let result = try both.on([1.2, -0.3, 2], [0.7, 0.4, -1.5], [.strength: [1, 2, 1]])
    expectClose([result[metric: "margin_std"] ?? .nan], [1.7663521725906801])
    #expect(result[metric: "n_pairs"] == 3)
  }
}
