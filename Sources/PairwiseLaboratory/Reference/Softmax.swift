internal import Glibc

/// Softmax and log-sum-exp of a short list.
enum Softmax {
  static func logSumExp(_ values: [Double]) -> Double {
    let top = values.max() ?? -.infinity
    guard top.isFinite else { return top }
    return top + log(values.reduce(0) { $0 + exp($1 - top) })
  }

  static func of(_ values: [Double]) -> [Double] {
    let total = logSumExp(values)
    return values.map { exp($0 - total) }
  }

  /// log softmax.
  static func logarithms(_ values: [Double]) -> [Double] {
    let total = logSumExp(values)
    return values.map { $0 - total }
  }
}
