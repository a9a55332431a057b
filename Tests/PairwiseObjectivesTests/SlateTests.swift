import Glibc
import PairwiseObjectives
import PairwiseTensor
import Testing

/// Orders of several completions: the worked example of the methods reference, §1.5, and its identities.
struct SlateTests {
  private let scores: [Float] = [1.0, 0.2, -0.5, 0.3]
  private let order: [Float] = [0, 3, 1, 2]

  private func evaluate(
    _ objective: any Objective, _ scores: [Float], _ order: [Float]
  ) throws -> ObjectiveResult {
    try objective.on([
      .slateScores: Tensor([1, scores.count], scores), .ranking: Tensor([1, order.count], order),
    ])
  }

  @Test func numbers() throws {
    let full = try evaluate(PlackettLuce(), scores, order)
    expectClose([full.loss], [2.0336594507])
    expectClose(
      full[.slateScores], [-0.5389674886, 0.2596987968, 0.6255479097, -0.3462792179])
    expectClose([try evaluate(PlackettLuce(k: 1), scores, order).loss], [0.7742867148])
    expectClose([try evaluate(PlackettLuce(k: 2), scores, order).loss], [1.6304734018])
    expectClose(
      [try evaluate(PlackettLuce(k: 2, perStageMean: true), scores, order).loss],
      [1.6304734018 / 2])
    expectClose([try evaluate(PairsFromRanking(), scores, order).loss], [0.3990638946])
    #expect(full[metric: "accuracy"] == 1)
    #expect(full[metric: "top_1_accuracy"] == 1)
  }

  /// The probabilities of all orders add up to 1, and those that begin with an item to its softmax.
  @Test(arguments: 2...6) func ordersAddUp(count: Int) throws {
    let scores = (0..<count).map { Float($0 * $0 % 5) * 0.5 - 1 }
    let orders = permutations(count)
    var (sum, top) = (0.0, 0.0)
    for order in orders {
      let p = exp(-(try evaluate(PlackettLuce(), scores, order.map(Float.init)).loss))
      sum += p
      if order[0] == 0 { top += p }
    }
    #expect(abs(sum - 1) < 1e-5)
    let total = scores.reduce(0) { $0 + exp(Double($1)) }
    #expect(abs(top - exp(Double(scores[0])) / total) < 1e-5)
  }

  private func permutations(_ count: Int) -> [[Int]] {
    guard count > 1 else { return [[0]] }
    return permutations(count - 1).flatMap { rest in
      (0..<count).map { place in
        var whole = rest
        whole.insert(count - 1, at: place)
        return whole
      }
    }
  }

  @Test func twoItemsAreBradleyTerry() throws {
    let plain = try BradleyTerry().on([0.75], [-0.5])
    for objective in [PlackettLuce(), PairsFromRanking()] as [any Objective] {
      let result = try evaluate(objective, [-0.5, 0.75], [1, 0])
      expectClose([result.loss], [plain.loss])
      expectClose(result[.slateScores], plain[.rejectedScores] + plain[.chosenScores])
    }
  }

  /// Less known of an order, §1.5: the first two places are what `k: 2` counts; a slate of three is itself whatever
  /// stands behind its end.
  @Test func partialOrders() throws {
    func evaluate(
      _ objective: any Objective, _ scores: [Float], size: Float, top: Float
    ) throws -> ObjectiveResult {
      try objective.on([
        .slateScores: Tensor([1, scores.count], scores),
        .ranking: Tensor([1, order.count], order), .slateSize: Tensor([size]), .topK: Tensor([top]),
      ])
    }
    let top = try evaluate(PlackettLuce(), scores, size: 4, top: 2)
    expectClose([top.loss], [1.6304734018])
    expectClose(
      [try evaluate(PlackettLuce(k: 1), scores, size: 4, top: 2).loss], [0.7742867148])
    expectClose(
      [try evaluate(PlackettLuce(perStageMean: true), scores, size: 4, top: 2).loss],
      [1.6304734018 / 2])
    // Pairs of 1.0 and 0.3 with all behind them: five, without that of 0.2 and -0.5.
    let behind: [Double] = [0.7, 0.8, 1.5, 0.1, 0.8]
    expectClose(
      [try evaluate(PairsFromRanking(), scores, size: 4, top: 2).loss],
      [behind.reduce(0) { $0 + log1p(exp(-$1)) } / 5])
    // Item 2 stands last in the order: the slate of the first three.
    for objective in [PlackettLuce(), PairsFromRanking()] as [any Objective] {
      let three = try self.evaluate(objective, [1.0, 0.2, 0.3], [0, 2, 1])
      for last: Float in [-0.5, 7] {
        let part = try evaluate(objective, [1.0, 0.2, last, 0.3], size: 3, top: 2)
        expectClose([part.loss], [three.loss])
        let slopes = three[.slateScores]
        expectClose(part[.slateScores], [slopes[0], slopes[1], 0, slopes[2]])
        #expect(part[metric: "accuracy"] == 1)
      }
      let whole = try evaluate(objective, scores, size: 4, top: 3)
      #expect(whole.loss == (try self.evaluate(objective, scores, order)).loss)
    }
  }

  /// A constant added to all scores changes nothing; reversing order and scores does.
  @Test func shiftsAndReversals() throws {
    let exact: [Float] = [1, 0.25, -0.5, 0.375]
    let plain = try evaluate(PlackettLuce(), exact, order)
    expectClose([try evaluate(PlackettLuce(), exact.map { $0 + 4 }, order).loss], [plain.loss])
    let mirrored = try evaluate(PlackettLuce(), exact.map { -$0 }, order.reversed())
    #expect(abs(mirrored.loss - plain.loss) > 0.01)
    let pairs = try evaluate(PairsFromRanking(), exact, order)
    #expect(
      try evaluate(PairsFromRanking(), exact.map { -$0 }, order.reversed()).loss == pairs.loss)
  }

  /// Confident orders keep their digits: ln(1 + 3e⁻⁴⁰), not 0.
  @Test func confidentOrders() throws {
    let result = try evaluate(PlackettLuce(k: 1), [40, 0, 0, 0], [0, 1, 2, 3])
    expectClose([result.loss / exp(-40.0)], [3], relative: 1e-5)
  }

  @Test(arguments: [
    ([0, 3, 1, 1] as [Float], "ranking: row 0: item 1 occurs twice"),
    ([0, 4, 1, 2], "ranking: row 0: expected whole numbers in 0 ..< 4, found 4.0"),
    ([0, 0.5, 1, 2], "ranking: row 0: expected whole numbers in 0 ..< 4, found 0.5"),
    ([0, 1e9, 1, 2], "ranking: row 0: expected whole numbers in 0 ..< 4, found 1e+09"),
  ])
  func refusals(order: [Float], words: String) {
    for objective in [PlackettLuce(), PairsFromRanking()] as [any Objective] {
      #expect(refusal { try evaluate(objective, scores, order) } == words)
    }
  }

  @Test func refusedSizes() {
    #expect(
      refusal { try evaluate(PlackettLuce(k: 4), scores, order) }
        == "k: expected at most 3 for slates of 4, found 4")
    #expect(refusal { try evaluate(PlackettLuce(), [1], [0]) }?.contains("two items") == true)
  }
}
