/// CSV rows of dense features, made up but always the same.
enum FeatureLines {
  static func head(width: Int) -> String {
    let chosen = (0..<width).map { "chosen_\($0)" }
    let rejected = (0..<width).map { "rejected_\($0)" }
    return (chosen + rejected).joined(separator: ",")
  }

  static func csv(rows: Int, width: Int, seed: UInt64) -> [String] {
    var random = SplitMix(seed: seed)
    return (0..<rows).map { _ in
      (0..<2 * width).map { column in
        let value = Float.random(in: -1...1, using: &random)
        return "\(column < width ? value + 0.2 : value)"
      }.joined(separator: ",")
    }
  }
}

/// A small generator with a seed (Steele et al. 2014), for test data only.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
