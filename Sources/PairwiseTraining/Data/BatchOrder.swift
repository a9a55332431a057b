internal import PairwiseTensor

/// Which pairs make up which step: a pure function of (seed, epoch), so that any step can be reached
/// without replaying the ones before it.
///
/// Up to `window` pairs, an epoch is one uniform permutation. Larger data are shuffled in two levels, so
/// that only a window needs to be in memory: blocks of consecutive pairs are put into random order,
/// runs of blocks make up windows, and each window's pairs are permuted uniformly.
public struct BatchOrder: Sendable, Equatable {
  /// Pairs in an epoch.
  public let count: Int
  public let batchSize: Int
  public let lastBatch: LastBatch
  public let shuffle: Bool
  public let seed: UInt64
  /// Pairs of a window.
  public let window: Int

  static let block = 4096

  /// Traps if there are no pairs or the sizes are not positive.
  public init(
    count: Int, batchSize: Int, lastBatch: LastBatch = .keep, shuffle: Bool, seed: UInt64,
    window: Int
  ) {
    precondition(count > 0 && batchSize > 0 && window > 0, "batch order: sizes must be positive")
    self.count = count
    self.batchSize = batchSize
    self.lastBatch = lastBatch
    self.shuffle = shuffle
    self.seed = seed
    // Windows are whole blocks, so that an epoch's cut into windows does not depend on the permutation.
    self.window =
      count <= window ? count : max(1, window / BatchOrder.block) * BatchOrder.block
  }

  /// Steps in an epoch; 0 only with `.drop` and fewer pairs than a batch. With `.wrap`, of the first epoch.
  public var stepsPerEpoch: Int {
    lastBatch == .drop ? count / batchSize : (count + batchSize - 1) / batchSize
  }

  /// Where a step's pairs stand: positions within epochs, in order. Steps count from 0.
  public func positions(ofStep step: Int) -> [(epoch: Int, positions: Range<Int>)] {
    guard lastBatch == .wrap else {
      let epoch = step / stepsPerEpoch
      let start = step % stepsPerEpoch * batchSize
      return [(epoch, start..<min(count, start + batchSize))]
    }
    var result: [(epoch: Int, positions: Range<Int>)] = []
    var position = step * batchSize
    let end = position + batchSize
    while position < end {
      let (epoch, start) = (position / count, position % count)
      let length = min(end - position, count - start)
      result.append((epoch, start..<start + length))
      position += length
    }
    return result
  }

  /// Epochs passed when `steps` steps are done, as a fraction.
  public func epochs(afterSteps steps: Int) -> Double {
    lastBatch == .wrap
      ? Double(steps * batchSize) / Double(count) : Double(steps) / Double(max(1, stepsPerEpoch))
  }

  public var windowsPerEpoch: Int { (count + window - 1) / window }

  /// Positions that window `index` of an epoch covers.
  public func positions(ofWindow index: Int) -> Range<Int> {
    index * window..<min(count, (index + 1) * window)
  }

  /// The pairs (0 ..< count) of one window of one epoch, in order of position.
  public func pairs(epoch: Int, window index: Int) -> [Int32] {
    let positions = positions(ofWindow: index)
    guard shuffle else { return positions.map { Int32($0) } }
    var random = CounterRandom(seed: seed, stream: "order/\(epoch)/\(index)")
    if windowsPerEpoch == 1 {
      var pairs = positions.map { Int32($0) }
      random.shuffle(&pairs)
      return pairs
    }
    var pairs = blockedPairs(epoch: epoch, positions)
    random.shuffle(&pairs)
    return pairs
  }

  /// The pairs at the given positions when whole blocks are in random order. The last, shorter block
  /// stays last, so that every other one starts at a multiple of the block length.
  private func blockedPairs(epoch: Int, _ positions: Range<Int>) -> [Int32] {
    let whole = count / BatchOrder.block
    var blocks = (0..<whole).map { Int32($0) }
    var random = CounterRandom(seed: seed, stream: "blocks/\(epoch)")
    random.shuffle(&blocks)
    var pairs: [Int32] = []
    pairs.reserveCapacity(positions.count)
    for position in positions {
      let (index, offset) = position.quotientAndRemainder(dividingBy: BatchOrder.block)
      let block = index < whole ? Int(blocks[index]) : index
      pairs.append(Int32(block * BatchOrder.block + offset))
    }
    return pairs
  }
}
