/// Lengths in classes that double: 0, 1, 2–3, 4–7, …
public struct LengthHistogram: Sendable, Equatable {
  /// `counts[0]` for length 0, `counts[k]` for lengths 2ᵏ⁻¹ … 2ᵏ − 1.
  public private(set) var counts: [Int] = []
  public private(set) var count = 0
  public private(set) var total = 0
  /// Nil as long as there is none.
  public private(set) var smallest: Int?
  public private(set) var largest: Int?

  public init() {}

  public var mean: Double { Double(total) / Double(max(count, 1)) }

  /// Takes in one length, ≥ 0.
  public mutating func add(_ length: Int) {
    let bin = Int.bitWidth - length.leadingZeroBitCount
    while counts.count <= bin { counts.append(0) }
    counts[bin] += 1
    count += 1
    total &+= length
    smallest = min(smallest ?? length, length)
    largest = max(largest ?? length, length)
  }

  /// The lengths of a class, as a closed range.
  public static func range(ofBin bin: Int) -> ClosedRange<Int> {
    bin == 0 ? 0...0 : 1 << (bin - 1)...(1 << (bin - 1) - 1 + 1 << (bin - 1))
  }

  /// One line a class between the first and the last one used: range, count, bar. Bars are `width`
  /// characters at most, in eighths.
  func lines(width: Int) -> [[String]] {
    guard let first = counts.firstIndex(where: { $0 > 0 }), let highest = counts.max() else {
      return []
    }
    return (first..<counts.count).map { bin in
      let range = Self.range(ofBin: bin)
      let name =
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)–\(range.upperBound)"
      return [name, "\(counts[bin])", Self.bar(counts[bin], of: highest, width: width)]
    }
  }

  private static func bar(_ count: Int, of highest: Int, width: Int) -> String {
    let eighths = Int((Double(count) / Double(max(highest, 1)) * Double(8 * width)).rounded())
    let shown = count > 0 ? max(eighths, 1) : 0
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return String(repeating: "█", count: shown / 8) + parts[shown % 8]
  }
}
