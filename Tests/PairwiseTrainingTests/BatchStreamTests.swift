import PairwiseData
import PairwiseModels
import PairwiseTensor
import PairwiseTraining
import Testing

/// However pairs are windowed and prefetched, a step's batch is what reading its rows directly gives.
struct BatchStreamTests {
  private func pairs(_ count: Int) -> PairSet {
    let chosen = Tensor([count, 3], (0..<3 * count).map { Float($0) })
    let rejected = Tensor([count, 3], (0..<3 * count).map { -Float($0) })
    return PairSet(
      source: InMemoryPairs(chosen: chosen, rejected: rejected), rows: .range(0..<count),
      reader: FeatureReader(), columns: [])
  }

  private func rows(_ batch: Batch) -> [Float] {
    guard case .dense(let tensor) = batch.input else { return [] }
    return tensor.array
  }

  private func expected(_ order: BatchOrder, step: Int) -> [Int] {
    order.positions(ofStep: step).flatMap { epoch, positions in
      positions.map { position in
        let window = position / order.window
        let pairs = order.pairs(epoch: epoch, window: window)
        return Int(pairs[position - window * order.window])
      }
    }
  }

  @Test(arguments: [
    (100, 32, LastBatch.keep, 1 << 20), (100, 32, .wrap, 1 << 20), (10_000, 96, .keep, 4096),
    (10_000, 96, .wrap, 4096), (10_000, 5000, .drop, 4096),
  ])
  func batchesAreTheRowsOfTheOrder(count: Int, size: Int, last: LastBatch, window: Int) throws {
    let set = pairs(count)
    let order = BatchOrder(
      count: count, batchSize: size, lastBatch: last, shuffle: true, seed: 5, window: window)
    let stream = BatchStream(set, order: order)
    for step in 0..<2 * max(1, order.stepsPerEpoch) + 3 {
      let batch = try stream.batch(ofStep: step)
      let want = expected(order, step: step)
      #expect(batch.rows == want)
      #expect(rows(batch) == rows(try set.read(want)))
    }
  }

  /// Resuming asks for a step in the middle first.
  @Test(arguments: [1 << 20, 4096]) func anyStepMayComeFirst(window: Int) throws {
    let order = BatchOrder(
      count: 10_000, batchSize: 64, shuffle: true, seed: 9, window: window)
    let straight = BatchStream(pairs(10_000), order: order)
    for step in 0..<200 { _ = try straight.batch(ofStep: step) }
    let jumped = try BatchStream(pairs(10_000), order: order).batch(ofStep: 200)
    #expect(try straight.batch(ofStep: 200).rows == jumped.rows)
  }
}
