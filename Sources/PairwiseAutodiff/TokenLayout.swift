/// How the rows of a flat token array make up sequences.
///
/// Segments lie one after the other and cover all rows. A segment may continue an earlier one, its
/// prefix: several completions of one prompt share the prompt's rows.
public struct TokenLayout: Sendable, Equatable {
  /// A run of rows that belong together.
  public struct Segment: Sendable, Equatable {
    /// First row.
    public var start: Int
    /// Number of rows.
    public var count: Int
    /// Index of the earlier segment that these tokens continue, which continues none itself; or nil.
    public var prefix: Int?
  }

  /// In row order, contiguous, covering `0..<tokens`.
  public let segments: [Segment]
  /// Rows in all.
  public let tokens: Int

  /// Traps if a prefix is not an earlier segment without a prefix, or a count is negative.
  public init(_ segments: [(count: Int, prefix: Int?)]) {
    var start = 0
    var list: [Segment] = []
    for (index, segment) in segments.enumerated() {
      precondition(segment.count >= 0, "layout: segment \(index) has \(segment.count) tokens")
      if let prefix = segment.prefix {
        precondition(
          prefix >= 0 && prefix < index && list[prefix].prefix == nil,
          "layout: segment \(index) continues segment \(prefix), not an earlier one without prefix")
      }
      list.append(Segment(start: start, count: segment.count, prefix: segment.prefix))
      start += segment.count
    }
    self.segments = list
    self.tokens = start
  }

  /// Position of each row in its sequence `[tokens]`: a segment goes on where its prefix ends.
  public var positions: [Int32] {
    var positions: [Int32] = []
    positions.reserveCapacity(tokens)
    for segment in segments {
      let first = segment.prefix.map { segments[$0].count } ?? 0
      for i in 0..<segment.count { positions.append(Int32(first + i)) }
    }
    return positions
  }
}
