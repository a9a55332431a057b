internal import PairwiseConfig

extension ConfigNode {
  /// Whether both hold the same value, be a number written 1 or 1.0.
  func isSame(as other: ConfigNode) -> Bool {
    if let a = try? Double.read(self), let b = try? Double.read(other) { return a == b }
    return inline == other.inline
  }
}
