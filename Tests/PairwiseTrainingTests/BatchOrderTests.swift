import PairwiseTraining
import Testing

/// The order of pairs is a pure function of (seed, epoch), whatever was asked for before.
struct BatchOrderTests {
  private func order(
    _ count: Int, batch: Int = 32, last: LastBatch = .keep, shuffle: Bool = true, seed: UInt64 = 1,
    window: Int = 1 << 20
  ) -> BatchOrder {
    BatchOrder(
      count: count, batchSize: batch, lastBatch: last, shuffle: shuffle, seed: seed, window: window)
  }

  /// All pairs of an epoch in the order in which steps serve them.
  private func epoch(_ order: BatchOrder, _ index: Int) -> [Int32] {
    (0..<order.windowsPerEpoch).flatMap { order.pairs(epoch: index, window: $0) }
  }

  @Test(arguments: [1, 31, 32, 33, 1000, 9000, 50_000])
  func everyEpochIsAPermutation(count: Int) {
    for window in [1 << 20, 8192] {
      let order = order(count, window: window)
      for index in [0, 1, 7] {
        #expect(epoch(order, index).sorted() == (0..<Int32(count)).map { $0 })
      }
    }
  }

  @Test func epochsAndSeedsDiffer() {
    let order = order(1000)
    #expect(epoch(order, 0) != epoch(order, 1))
    #expect(epoch(order, 0) == epoch(order, 0))
    #expect(epoch(order, 0) != epoch(self.order(1000, seed: 2), 0))
  }

  @Test func withoutShuffleRowsComeInFileOrder() {
    #expect(epoch(order(10_000, shuffle: false, window: 4096), 3) == (0..<10_000).map { Int32($0) })
  }

  /// A uniform permutation leaves the mean displacement at n/3; blocks alone would leave neighbours together.
  @Test func windowsMixBlocks() {
    let pairs = epoch(order(65_536, window: 16_384), 0)
    let neighbours = zip(pairs, pairs.dropFirst()).count { abs($0 - $1) == 1 }
    #expect(neighbours < 40, "about 4 by chance per window of 16384, found \(neighbours)")
    let displacement = pairs.enumerated().reduce(0.0) {
      $0 + abs(Double($1.offset) - Double($1.element))
    }
    #expect(abs(displacement / 65_536 - 65_536 / 3) < 65_536 * 0.15)
  }

  @Test func lastBatches() {
    let kept = order(70)
    #expect(kept.stepsPerEpoch == 3)
    #expect(kept.positions(ofStep: 2).map(\.positions) == [64..<70])
    #expect(kept.positions(ofStep: 3).map(\.epoch) == [1])
    let dropped = order(70, last: .drop)
    #expect(dropped.stepsPerEpoch == 2)
    #expect(dropped.positions(ofStep: 2).map(\.positions) == [0..<32])
    let wrapped = order(70, last: .wrap)
    #expect(wrapped.positions(ofStep: 2).map(\.positions) == [64..<70, 0..<26])
    #expect(wrapped.positions(ofStep: 2).map(\.epoch) == [0, 1])
    #expect(order(5, last: .drop).stepsPerEpoch == 0)
  }

  /// A batch larger than the data goes round as often as it takes.
  @Test func wrappingLongBatches() {
    let wrapped = order(3, batch: 8, last: .wrap)
    #expect(wrapped.positions(ofStep: 0).map(\.positions) == [0..<3, 0..<3, 0..<2])
    #expect(wrapped.positions(ofStep: 1).map(\.epoch) == [2, 3, 4, 5].prefix(4).map { $0 })
  }

  @Test func epochsCountBatches() {
    #expect(order(64).epochs(afterSteps: 3) == 1.5)
    #expect(order(70, last: .wrap).epochs(afterSteps: 35) == 16)
  }
}
