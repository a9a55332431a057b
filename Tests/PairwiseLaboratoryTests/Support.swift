import Glibc
import Testing

/// Whether two lists of numbers agree: printed digits are right to half a unit of the last one.
func agree(
  _ found: [Double], _ expected: [Double], within tolerance: Double = 1e-9,
  _ location: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, sourceLocation: location)
  for (place, pair) in zip(found, expected).enumerated() {
    #expect(
      abs(pair.0 - pair.1) <= tolerance,
      "entry \(place): found \(pair.0), expected \(pair.1), off by \(abs(pair.0 - pair.1))",
      sourceLocation: location)
  }
}

func agree(
  _ found: Double, _ expected: Double, within tolerance: Double = 1e-9,
  _ location: SourceLocation = #_sourceLocation
) {
  agree([found], [expected], within: tolerance, location)
}

/// The mean of −ln p over the probabilities given to what happened.
func meanLogLoss(_ probabilities: [Double]) -> Double {
  probabilities.reduce(0) { $0 - log($1) } / Double(probabilities.count)
}

/// The share of probabilities above one half.
func share(aboveHalf probabilities: [Double]) -> Double {
  Double(probabilities.count { $0 > 0.5 }) / Double(probabilities.count)
}

/// ln of each number.
func logarithms(_ values: [Float]) -> [Float] { values.map { Float(log(Double($0))) } }
