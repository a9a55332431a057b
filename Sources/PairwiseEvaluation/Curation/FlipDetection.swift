/// How well low strengths point at labels that are known to be wrong; for data whose truth is known.
public struct FlipDetection: Sendable, Equatable {
  /// Of the rows called wrong, the share that is wrong; nil if none was called so.
  public let precision: Double?
  /// Of the wrong rows, the share that was called so; nil if none is wrong.
  public let recall: Double?

  /// - Parameters:
  ///   - called: rows called wrong.
  ///   - wrong: whether each row is.
  public init(called: [Int], wrong: [Bool]) {
    let hits = called.count { wrong[$0] }
    let all = wrong.count { $0 }
    precision = called.isEmpty ? nil : Double(hits) / Double(called.count)
    recall = all == 0 ? nil : Double(hits) / Double(all)
  }

  /// The chance that a wrong row has a lower strength than a right one, equal ones counting half: the area
  /// under the curve of hits against false alarms. Nil if all rows are of one kind.
  public static func area(strengths: [Double], wrong: [Bool]) -> Double? {
    precondition(strengths.count == wrong.count, "flip detection: columns of different lengths")
    let bad = wrong.count { $0 }
    let good = wrong.count - bad
    guard bad > 0, good > 0 else { return nil }
    let order = StrengthOrder.ascending(strengths)
    var (area, goodBelow, start) = (0.0, 0, 0)
    while start < order.count {
      var end = start
      var (goodHere, badHere) = (0, 0)
      while end < order.count, strengths[order[end]] == strengths[order[start]] {
        if wrong[order[end]] { badHere += 1 } else { goodHere += 1 }
        end += 1
      }
      area += Double(badHere) * (Double(good - goodBelow - goodHere) + Double(goodHere) / 2)
      goodBelow += goodHere
      start = end
    }
    return area / (Double(bad) * Double(good))
  }
}
