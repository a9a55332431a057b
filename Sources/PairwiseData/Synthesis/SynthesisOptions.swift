/// What a synthetic dataset is made of.
public struct SynthesisOptions: Sendable, Equatable {
  /// The true reward.
  public enum Reward: Sendable, Equatable {
    /// r(x) = θ·x. Without θ one of length 2 is drawn.
    case linear(theta: [Double]? = nil)
    /// r(x) = w₂·tanh(W₁x + b₁) with `hidden` units and drawn weights.
    case mlp(hidden: Int = 32)
    /// Two groups of annotators with a direction each, r_g(x) = θ_g·x. Every row has an annotator out
    /// of `users`; the last `minority` of them are group 1. Without directions they are drawn, and
    /// group 1 gets the second half of the coordinates with the opposite sign.
    case twoGroups(users: Int = 20, minority: Int = 10, directions: [[Double]]? = nil)
  }

  public var reward: Reward = .linear()
  /// D, the number of features the true reward sees.
  public var width = 16
  /// Pairs per split. Validation and test rows come from streams of their own.
  public var trainRows = 10_000
  public var validationRows = 0
  public var testRows = 2_000
  public var seed: UInt64 = 0
  /// P(a ≻ b) = σ((r(a) − r(b)) / temperature); > 0.
  public var temperature = 1.0
  /// Chance that a label is turned around after it was drawn, 0 ..< 0.5. Training and validation rows
  /// only: test labels stay clean, so that accuracy on them tells what was learned.
  public var flipRate = 0.0
  /// Adds one more feature, "length", in the last column: N(+lengthBias/2, 1) for the chosen and
  /// N(−lengthBias/2, 1) for the rejected side, so that the longer side is the chosen one with
  /// probability Φ(lengthBias/√2) although the true reward ignores it. On test rows the column is there
  /// but unbiased, N(0, 1) on both sides: a model that leans on length is found out. ≥ 0; 0 adds no
  /// column.
  public var lengthBias = 0.0

  public init() {}

  /// Number of columns written: D, and one more with a length bias.
  public var columns: Int { width + (lengthBias > 0 ? 1 : 0) }

  /// Throws on the first option that is out of range.
  public func check() throws(DataError) {
    try require((1...65_536).contains(width), "width", "expected 1 ... 65536, found \(width)")
    for (name, rows) in [
      ("train_rows", trainRows), ("validation_rows", validationRows), ("test_rows", testRows),
    ] {
      try require(
        (0...1_000_000_000).contains(rows), name, "expected 0 ... 1000000000, found \(rows)")
    }
    try require(trainRows > 0, "train_rows", "expected at least 1, found 0")
    try require(
      temperature > 0 && temperature.isFinite, "temperature",
      "expected a number > 0, found \(temperature)")
    try require(
      (0..<0.5).contains(flipRate), "flip_rate", "expected 0 ..< 0.5, found \(flipRate)")
    try require(
      lengthBias >= 0 && lengthBias <= 100, "length_bias", "expected 0 ... 100, found \(lengthBias)"
    )
    try checkReward()
  }

  private func checkReward() throws(DataError) {
    switch reward {
    case .linear(let theta):
      if let theta { try checkDirection(theta, "theta") }
    case .mlp(let hidden):
      try require((1...65_536).contains(hidden), "hidden", "expected 1 ... 65536, found \(hidden)")
      try require(
        width * hidden <= 1 << 24, "hidden", "expected at most \(1 << 24) weights, found more")
    case .twoGroups(let users, let minority, let directions):
      try require(
        (1...1_000_000).contains(users), "users", "expected 1 ... 1000000, found \(users)")
      try require(
        (0...users).contains(minority), "minority", "expected 0 ... \(users), found \(minority)")
      guard let directions else { return }
      try require(
        directions.count == 2, "directions", "expected 2 directions, found \(directions.count)")
      for direction in directions { try checkDirection(direction, "directions") }
    }
  }

  private func checkDirection(_ theta: [Double], _ name: String) throws(DataError) {
    try require(
      theta.count == width, name, "expected \(width) numbers as in width, found \(theta.count)")
    try require(theta.allSatisfy(\.isFinite), name, "expected finite numbers")
  }

  private func require(
    _ condition: Bool, _ name: String, _ message: String
  ) throws(DataError) {
    if !condition { throw DataError(.invalid, file: "synthesize", place: name, message) }
  }
}
