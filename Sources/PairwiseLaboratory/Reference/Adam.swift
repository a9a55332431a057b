internal import Glibc

/// Adam in double precision, for reference fits that have no closed form.
///
/// - Source: Kingma and Ba 2015.
struct Adam {
  private var first: [Double]
  private var second: [Double]
  private var steps = 0.0
  let rate: Double

  init(unknowns: Int, rate: Double) {
    first = [Double](repeating: 0, count: unknowns)
    second = first
    self.rate = rate
  }

  mutating func update(_ point: inout [Double], _ slope: [Double]) {
    steps += 1
    let (firstShare, secondShare) = (1 - pow(0.9, steps), 1 - pow(0.999, steps))
    for k in point.indices {
      first[k] = 0.9 * first[k] + 0.1 * slope[k]
      second[k] = 0.999 * second[k] + 0.001 * slope[k] * slope[k]
      point[k] -= rate * (first[k] / firstShare) / ((second[k] / secondShare).squareRoot() + 1e-8)
    }
  }
}
