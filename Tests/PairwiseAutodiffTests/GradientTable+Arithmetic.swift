import PairwiseAutodiff
import PairwiseTestSupport

// Arithmetic is correctly rounded: one rounding for a value, at most three for a gradient, and one more
// for each number added where a gradient is summed over a broadcast axis (these are short).
extension GradientTable {
  /// Pairs of shapes: same, scalar, row, column, outer, rank 3 and 4, extents of 1.
  private static let broadcasts: [([Int], [Int])] = [
    ([], []), ([1], []), ([5], []), ([], [5]), ([5], [5]), ([2, 3], [2, 3]), ([2, 3], [3]),
    ([3], [2, 3]), ([2, 3], [2, 1]), ([2, 1], [2, 3]), ([2, 1], [1, 3]), ([1, 3], [2, 3]),
    ([1, 1], [2, 3]), ([2, 3], []), ([1], [1, 1, 1]), ([2, 3, 4], [4]), ([2, 3, 4], [3, 1]),
    ([3, 4], [2, 3, 4]), ([2, 3, 4], [2, 1, 4]), ([2, 1, 4], [1, 3, 1]),
    ([2, 2, 3, 2], [2, 2, 3, 2]),
    ([2, 2, 3, 2], [2, 1, 2]), ([2, 2, 3, 2], [1, 1, 3, 1]), ([2, 1, 3, 1], [1, 2, 1, 2]),
    ([2], [2, 2, 3, 2]),
  ]

  private static let roundings = OpCase.Tolerance(value: 1, gradient: 4, scale: .terms)

  static let arithmetic: [OpCase] = broadcasts.flatMap { left, right -> [OpCase] in
    let a = Inputs.mixed(left, 1)
    let b = Inputs.mixed(right, 2)
    let divisor = Inputs.mixed(right, 5, nonzero: true)
    return [
      OpCase("a + b", [a, b], roundings) {
        $0[0] + $0[1]
      } reference: {
        $0[0] + $0[1]
      },
      OpCase("a - b", [a, b], roundings) {
        $0[0] - $0[1]
      } reference: {
        $0[0] - $0[1]
      },
      OpCase("a * b", [a, b], roundings) {
        $0[0] * $0[1]
      } reference: {
        $0[0] * $0[1]
      },
      OpCase("a / b", [a, divisor], roundings, step: .relative) {
        $0[0] / $0[1]
      } reference: {
        $0[0] / $0[1]
      },
    ]
  }

  private static let rounded = OpCase.Tolerance(value: 1, gradient: 1, scale: .result)
  private static let all = Inputs.edges { _ in true }

  private static func number(
    _ name: String, _ op: @escaping @Sendable (Variable) -> Variable,
    _ f: @escaping @Sendable (Double) -> Double
  ) -> OpCase {
    OpCase(name, [all], rounded) {
      op($0[0])
    } reference: {
      $0[0].map(f)
    }
  }

  /// Forms with a number. 0.75 and −3 are exact in both precisions.
  static let numbers: [OpCase] = [
    number("-a", { -$0 }, { -$0 }),
    number("scaled", { $0.scaled(by: -3) }, { -3 * $0 }),
    number("adding", { $0.adding(0.75) }, { $0 + 0.75 }),
    number("number * a", { 0.75 * $0 }, { 0.75 * $0 }),
    number("a * number", { $0 * -3 }, { $0 * -3 }),
    number("number + a", { 0.75 + $0 }, { 0.75 + $0 }),
    number("a + number", { $0 + 0.75 }, { $0 + 0.75 }),
    number("number - a", { 0.75 - $0 }, { 0.75 - $0 }),
    number("a - number", { $0 - 0.75 }, { $0 - 0.75 }),
    number("a / number", { $0 / -3 }, { $0 / -3 }),
    number("squared", { $0.squared() }, { $0 * $0 }),
    // The same variable as both operands: both gradients must arrive.
    OpCase("a * a", [all], rounded) {
      $0[0] * $0[0]
    } reference: {
      $0[0] * $0[0]
    },
    OpCase("a + a", [all], rounded) {
      $0[0] + $0[0]
    } reference: {
      $0[0] + $0[0]
    },
    OpCase("a - a·a", [Inputs.random([4])], roundings) {
      $0[0] - $0[0] * $0[0]
    } reference: {
      $0[0] - $0[0] * $0[0]
    },
  ]
}
