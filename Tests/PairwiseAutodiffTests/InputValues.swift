import PairwiseTestSupport

/// Inputs for the table. Every number is exactly a Float, so Float and Double start from the same point.
enum Inputs {
  /// The edges an operation is tried at.
  static let edges: [Float] = [-300, -30, -1, -1e-3, 0, 1e-3, 1, 30, 300]

  static func edges(where isInside: (Float) -> Bool) -> DoubleTensor {
    let values = edges.filter(isInside)
    return DoubleTensor([values.count], values)
  }

  /// Numbers in −2…2, fixed by seed.
  static func random(_ shape: [Int], _ seed: UInt64 = 1) -> DoubleTensor {
    var numbers = SeededNumbers(seed)
    return DoubleTensor(shape, numbers.floats(shape.reduce(1, *)))
  }

  /// Random numbers with the edges strewn in (0 left out where `nonzero`).
  static func mixed(_ shape: [Int], _ seed: UInt64 = 1, nonzero: Bool = false) -> DoubleTensor {
    var x = random(shape, seed)
    let usable = edges.filter { !nonzero || $0 != 0 }.map(Double.init)
    for i in x.values.indices where (i + Int(seed)) % 3 == 0 {
      x.values[i] = usable[(i + Int(seed)) / 3 % usable.count]
    }
    return x
  }
}
