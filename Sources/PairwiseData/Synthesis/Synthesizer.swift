public import PairwiseConfig
internal import PairwiseTensor
internal import Synchronization

/// Draws preference data whose true reward is known, in bounded memory.
///
/// Features are standard normal; labels follow Bradley and Terry with the true reward, a temperature and
/// flips. Linear rewards reproduce the toy problem `linear_bt` and two groups `two_group`, draw for draw:
/// training rows come from the stream of `seed`, test rows from `seed + 1`, validation rows from
/// `seed + 2`. Results don't depend on the number of threads.
public enum Synthesizer {
  /// What was drawn.
  public struct Result: Sendable {
    /// Rows of each split, in the order they were appended: train, validation, test. Empty ones are
    /// left out.
    public var splits: [(name: String, rows: Range<Int>)]
    /// The true reward, its parameters and what the best possible model reaches: for the file
    /// attribute `truth`.
    public var truth: ConfigNode
  }

  private static let blockRows = 1024
  private static let blocksAtOnce = 8

  /// Appends all rows to a sink, chosen side first, with gold rewards.
  ///
  /// - Throws: on options out of range, and whatever the sink throws.
  public static func run(
    _ options: SynthesisOptions, into sink: inout some RecordSink
  ) throws(DataError) -> Result {
    try options.check()
    var splits: [(name: String, rows: Range<Int>)] = []
    var statistics: [String: SynthesisStatistics] = [:]
    var first = 0
    for (name, count, offset) in [
      ("train", options.trainRows, 0), ("validation", options.validationRows, 2),
      ("test", options.testRows, 1),
    ] where count > 0 {
      let stream = SyntheticStream(
        options, seed: options.seed &+ UInt64(offset), isClean: name == "test")
      statistics[name] = try append(stream, count, first: first, options, into: &sink)
      splits.append((name, first..<first + count))
      first += count
    }
    return Result(splits: splits, truth: truth(options, splits.map(\.name), statistics))
  }

  private static func append(
    _ stream: SyntheticStream, _ count: Int, first: Int, _ options: SynthesisOptions,
    into sink: inout some RecordSink
  ) throws(DataError) -> SynthesisStatistics {
    var statistics = SynthesisStatistics()
    var start = 0
    // Small blocks for wide rows, so that memory stays within some megabytes.
    let rows = max(1, min(blockRows, (1 << 20) / options.columns))
    while start < count {
      let ranges = (0..<blocksAtOnce).map { block in
        min(start + block * rows, count)..<min(start + (block + 1) * rows, count)
      }.filter { !$0.isEmpty }
      for (block, range) in zip(draw(stream, ranges, options, &statistics), ranges) {
        for index in 0..<range.count {
          try sink.append(block.record(index, origin: first + range.lowerBound + index))
        }
      }
      start = ranges.last?.upperBound ?? count
    }
    return statistics
  }

  /// Draws blocks side by side and adds their statistics in row order.
  private static func draw(
    _ stream: SyntheticStream, _ ranges: [Range<Int>], _ options: SynthesisOptions,
    _ statistics: inout SynthesisStatistics
  ) -> [SyntheticBlock] {
    typealias Drawn = (block: SyntheticBlock, statistics: SynthesisStatistics)
    let drawn = Mutex<[Int: Drawn]>([:])
    WorkerPool.shared.run(ranges.count) { index in
      var counted = SynthesisStatistics()
      let block = SyntheticBlock(stream, ranges[index], options, statistics: &counted)
      drawn.withLock { $0[index] = (block, counted) }
    }
    let all = drawn.withLock { $0 }
    return ranges.indices.compactMap { index in
      guard let one = all[index] else { return nil }
      statistics.add(one.statistics)
      return one.block
    }
  }
}
