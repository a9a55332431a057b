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

  /// How often a wrong row has a lower strength than a right one; nil if all rows are of one kind.
  public static func area(strengths: [Double], wrong: [Bool]) -> AreaUnderCurve? {
    precondition(strengths.count == wrong.count, "flip detection: columns of different lengths")
    return AreaUnderCurve(
      above: strengths.indices.filter { !wrong[$0] }.map { strengths[$0] },
      below: strengths.indices.filter { wrong[$0] }.map { strengths[$0] })
  }
}
