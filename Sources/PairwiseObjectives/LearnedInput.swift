internal import Glibc
public import PairwiseAutodiff
public import PairwiseTensor

/// A few numbers of an objective that are trained beside the model: a threshold for ties, cut points.
///
/// What is trained is unbounded; `value` maps it to what the objective reads.
public struct LearnedInput: Sendable, Equatable {
  /// How trained numbers a become the input.
  public enum Form: Sendable, Equatable {
    /// softplus(a) > 0
    case softplus
    /// exp(a) > 0
    case exponential
    /// S numbers become 2S cut points, increasing and antisymmetric: c_{S+j} = Σ_{i ≤ j} softplus(a_i).
    case symmetricCuts
  }

  /// The input's value before training; of cut points the positive ones.
  public var initial: [Float]
  public var form: Form
  /// Its learning rate, as a multiple of the optimizer's.
  public var rate: Float

  public init(initial: [Float], form: Form, rate: Float = 1) {
    (self.initial, self.form, self.rate) = (initial, form, rate)
  }

  /// What training starts from: `value` of it is `initial`.
  public var start: Tensor {
    func inverse(_ x: Float) -> Float { x > 30 ? x : Float(Glibc.log(Glibc.expm1(Double(x)))) }
    switch form {
    case .softplus: return Tensor(initial.map(inverse))
    case .exponential: return Tensor(initial.map { Float(Glibc.log(Double($0))) })
    case .symmetricCuts:
      let steps = zip(initial, [0] + initial).map { $0 - $1 }
      return Tensor(steps.map(inverse))
    }
  }

  /// The input of what has been trained, `[n]`.
  public func value(of trained: Variable) -> Variable {
    switch form {
    case .softplus: return trained.softplus()
    case .exponential: return trained.exp()
    case .symmetricCuts:
      // One product with −1, 0 and 1 adds the steps up on both sides of 0.
      let count = initial.count
      let steps = (0..<2 * count).flatMap { row in
        (0..<count).map { column -> Float in
          row < count ? (column < count - row ? -1 : 0) : (column <= row - count ? 1 : 0)
        }
      }
      return trained.softplus().reshaped([1, count])
        .dense(Variable(constant: Tensor([2 * count, count], steps))).reshaped([2 * count])
    }
  }

  /// Values of the input before training.
  public var count: Int { form == .symmetricCuts ? 2 * initial.count : initial.count }
}
