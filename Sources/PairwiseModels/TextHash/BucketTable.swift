internal import Glibc

/// Numbers by bucket with a record of which buckets are in use, so that a text's few buckets come
/// out in rising order without sorting: a bit a bucket, and above it a bit for each 64 of those.
struct BucketTable: Sendable {
  private var cells: [Float]
  private var used: [UInt64]
  private var summary: [UInt64]

  /// All zero. `bits` ≥ 6, so that every word of `used` is whole.
  init(bits: Int) {
    let words = 1 << (bits - 6)
    cells = Array(repeating: 0, count: 1 << bits)
    used = Array(repeating: 0, count: words)
    summary = Array(repeating: 0, count: (words + 63) / 64)
  }

  /// Adds `delta` to the number of `bucket`. Traps if the table has no such bucket.
  @inline(__always)
  mutating func add(_ delta: Float, to bucket: Int) {
    cells[bucket] += delta
    let word = bucket &>> 6
    used[word] |= 1 &<< UInt64(truncatingIfNeeded: bucket & 63)
    summary[word &>> 6] |= 1 &<< UInt64(truncatingIfNeeded: word & 63)
  }

  /// Replaces each number in use by its transform, and returns the sum of their squares.
  mutating func transform(_ transform: TextHashOptions.CountTransform) -> Double {
    var sum = 0.0
    for s in summary.indices {
      var words = summary[s]
      while words != 0 {
        let w = s << 6 + words.trailingZeroBitCount
        words &= words &- 1
        var bits = used[w]
        while bits != 0 {
          let bucket = w << 6 + bits.trailingZeroBitCount
          bits &= bits &- 1
          let value = Self.transformed(cells[bucket], transform)
          cells[bucket] = value
          sum += Double(value) * Double(value)
        }
      }
    }
    return sum
  }

  /// Adds each number in use, times `scale`, to `target`, and clears this table.
  mutating func drain(scale: Float, into target: inout BucketTable) {
    for s in summary.indices {
      var words = summary[s]
      summary[s] = 0
      while words != 0 {
        let w = s << 6 + words.trailingZeroBitCount
        words &= words &- 1
        var bits = used[w]
        used[w] = 0
        while bits != 0 {
          let bucket = w << 6 + bits.trailingZeroBitCount
          bits &= bits &- 1
          target.add(cells[bucket] * scale, to: bucket)
          cells[bucket] = 0
        }
      }
    }
  }

  /// Appends the numbers that are not zero to the row being built, and clears this table.
  mutating func drain(into rows: inout SparseRows) {
    for s in summary.indices {
      var words = summary[s]
      summary[s] = 0
      while words != 0 {
        let w = s << 6 + words.trailingZeroBitCount
        words &= words &- 1
        var bits = used[w]
        used[w] = 0
        while bits != 0 {
          let bucket = w << 6 + bits.trailingZeroBitCount
          bits &= bits &- 1
          let value = cells[bucket]
          cells[bucket] = 0
          if value != 0 { rows.appendEntry(bucket, value) }
        }
      }
    }
  }

  /// ln(1 + k) for the counts that nearly all features have.
  private static let smallLog1p: [Float] = (0..<64).map { Float(Glibc.log1p(Double($0))) }

  @inline(__always)
  private static func transformed(
    _ count: Float, _ transform: TextHashOptions.CountTransform
  ) -> Float {
    let size = count.magnitude
    let value: Float
    switch transform {
    case .log1p:
      value = size < 64 ? smallLog1p[Int(size)] : Float(Glibc.log1p(Double(size)))
    case .squareRoot: value = size.squareRoot()
    case .binary: value = size > 0 ? 1 : 0
    case .none: value = size
    }
    return count < 0 ? -value : value
  }
}
