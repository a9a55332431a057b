import PairwiseEvaluation
import Testing

/// Sections 9.1 to 9.4 of the methods document.
struct DisplacementTests {
  /// Section 9.2.
  @Test func chesOfTheWorkedExample() {
    let chosen = HiddenSum(sum: [3.5, 1.25], count: 3, last: [2, 1])
    let rejected = HiddenSum(sum: [2.5, 0.75], count: 2, last: [1.5, 0.25])
    let pair = PairSimilarity(
      chosen: chosen, rejected: rejected, chosenTokens: [1, 2, 3], rejectedTokens: [1, 4])
    #expect(abs(pair.ches + 4.125) < 1e-12)
    #expect(abs(pair.normalizedCHES - 0.0798611111) < 1e-10)
    #expect(pair.lastHidden == 3.25)
    #expect(pair.editDistance == 2)
    #expect(abs(pair.editSimilarity - 1.0 / 3) < 1e-12)
    #expect(pair.named.map(\.name) == PairSimilarity.names)
  }

  /// The example of reward models §7.3: h⁺ = (1, 0), (½, ½); h⁻ = (.8, .2), (.1, .9), (.3, .3).
  @Test func chesOfRewardModels() {
    let pair = PairSimilarity(
      chosen: HiddenSum(sum: [1.5, 0.5], count: 2, last: [0.5, 0.5]),
      rejected: HiddenSum(sum: [1.2, 1.4], count: 3, last: [0.3, 0.3]),
      chosenTokens: [1, 2], rejectedTokens: [3, 4, 5])
    #expect(abs(pair.ches) < 1e-12)
    #expect(abs(pair.normalizedCHES + 0.2083333333) < 1e-10)
  }

  /// Equal completions: ⟨S, S⟩ − ‖S‖² = 0, with sums and means alike.
  @Test func equalCompletionsAreAsAlikeAsCanBe() {
    let sum = HiddenSum(sum: [1, -2], count: 2, last: [0, 1])
    let pair = PairSimilarity(
      chosen: sum, rejected: sum, chosenTokens: [5, 6], rejectedTokens: [5, 6])
    #expect(pair.ches == 0 && pair.normalizedCHES == 0 && pair.editSimilarity == 1)
    let none = HiddenSum(sum: [0, 0], count: 0, last: [0, 0])
    let empty = PairSimilarity(
      chosen: sum, rejected: none, chosenTokens: [5], rejectedTokens: [])
    #expect(empty.ches == -5 && empty.normalizedCHES == 0 && empty.editSimilarity == 0)
  }

  @Test(
    arguments: [
      ([], [], 0), ([1], [], 1), ([1, 2, 3], [1, 2, 3], 0), ([1, 2, 3], [2, 3], 1),
      ([1, 2, 3, 4], [1, 3, 4, 5], 2),
      // kitten, sitting
      ([11, 9, 20, 20, 5, 14], [19, 9, 20, 20, 9, 14, 7], 3), ([1, 1, 1], [2, 2], 3),
    ] as [([Int32], [Int32], Int)])
  func editDistances(a: [Int32], b: [Int32], distance: Int) {
    #expect(PairSimilarity.editDistance(a, b) == distance)
    #expect(PairSimilarity.editDistance(b, a) == distance)
  }

  @Test func rankCorrelation() throws {
    #expect(RankCorrelation.spearman([1, 2, 3, 4], [10, 20, 25, 1e9]) == 1)
    #expect(RankCorrelation.spearman([1, 2, 3, 4], [4, 3, 2, 1]) == -1)
    // Ranks 0, 1½, 1½, 3, 4 and 1, 0, 2½, 2½, 4: 7.25/9.5.
    let ties = try #require(RankCorrelation.spearman([1, 2, 2, 4, 5], [2, 1, 3, 3, 5]))
    #expect(abs(ties - 7.25 / 9.5) < 1e-12)
    #expect(RankCorrelation.spearman([1, 1, 1], [1, 2, 3]) == nil)
    #expect(RankCorrelation.spearman([1, 2], [1, 2]) == nil)
    #expect(RankCorrelation.spearman([1, 2, .nan], [1, 2, 3]) == nil)
  }

  @Test func firstTokensThatGainAndLose() throws {
    var shift = TokenShift(vocabulary: 4)
    #expect(shift.extremes(2) == nil)
    shift.add(before: [0.5, 0.25, 0.25, 0], after: [0.25, 0.25, 0, 0.5])
    shift.add(before: [0.5, 0.5, 0, 0], after: [0.25, 0.5, 0, 0.25])
    let found = try #require(shift.extremes(1))
    #expect(found.gained == [.init(id: 3, before: 0, after: 0.375)])
    #expect(found.lost == [.init(id: 0, before: 0.5, after: 0.25)])
    #expect(found.moved == 0.375 && found.prompts == 2)
    #expect(shift.extremes(9)?.lost.map(\.id) == [0, 2])
    #expect(shift.extremes(9)?.gained.count == 1)
  }

  /// Fixture S (section 1.8): a = [1, ½, −¼], b = [−½, 3/2, −½].
  @Test func displacement() throws {
    let report = try PolicyReport(
      chosen: [-12, -20.5, -8.25], rejected: [-14, -18, -9.5],
      reference: (chosen: [-13, -21, -8], rejected: [-13.5, -19.5, -9]),
      similarities: [3, 2, 1].map { (length: Double) in
        PairSimilarity(
          chosen: HiddenSum(sum: [length], count: 1, last: [1]),
          rejected: HiddenSum(sum: [0], count: 1, last: [1]),
          chosenTokens: [1], rejectedTokens: [2])
      })
    let moved = try #require(report.displacement)
    #expect(abs(moved.chosen - 1.25 / 3) < 1e-12 && abs(moved.margin - 0.25) < 1e-12)
    #expect(moved.displaced == 1.0 / 3 && moved.displacedDespiteMargin == 1.0 / 3)
    // CHES −9, −4, −1 rises as the log-ratio falls; the last states are the same everywhere.
    let figures = try #require(report.similarity?.figures)
    #expect(figures.map(\.name) == PairSimilarity.names)
    #expect(figures[0].rankCorrelation == -1 && abs(figures[0].mean + 14.0 / 3) < 1e-12)
    #expect(figures[2].rankCorrelation == nil)
  }
}
