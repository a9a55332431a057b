internal import PairwiseAutodiff
internal import PairwiseConfig
internal import PairwiseTensor

/// What makes ties likely in a model of comparisons, and whether it is trained: the threshold τ of ``RaoKupper``, the
/// odds ν of ``Davidson``.
public struct TieParameter: Sendable, Equatable {
  /// Before training, ≥ 0; 0 only where it is fixed, and the data have no ties then.
  public var initial: Float
  /// Default true; otherwise it stays what it is.
  public var isLearned: Bool
  /// Its rate, as a multiple of the optimizer's, > 0, default 1.
  public var rate: Float

  public init(_ initial: Float = 0.5, isLearned: Bool = true, rate: Float = 1) {
    (self.initial, self.isLearned, self.rate) = (initial, isLearned, rate)
  }

  /// - Parameter words: what it is, as in “the threshold”.
  init(from reader: inout SectionReader, _ words: String) {
    initial = reader.value(
      "tie_param_init", default: 0.5, .atLeast(0),
      "\(words) before training; 0, where it is not learned, for data without ties.")
    isLearned = reader.value(
      "learn_tie_param", default: true, "Learn it beside the model, or leave it as it is.")
    rate = reader.value(
      "tie_param_lr", default: 1, .greater(than: 0),
      "Its learning rate, as a multiple of the optimizer's.")
    if isLearned, initial == 0 {
      reader.report("tie_param_init", "expected a number > 0 where it is learned, found 0")
    }
    if !isLearned, rate != 1 {
      reader.report("tie_param_lr", "has no use where learn_tie_param is false")
    }
  }

  /// What the objective reads: the recorded outcome, and this.
  func specs(_ name: InputName, _ form: LearnedInput.Form, whenLearned rule: ValueRule)
    -> [InputSpec]
  {
    // Without it a tie is impossible.
    let label = InputSpec.column(.label, isLearned || initial > 0 ? .sign : .side)
    // What is fixed is no input.
    guard isLearned else { return [label] }
    let numbers = LearnedInput(initial: [initial], form: form, rate: rate)
    return [label, .learned(name, numbers, rule)]
  }

  /// What it is, `[1]`.
  func value(_ x: ObjectiveInputs, _ name: InputName) -> Variable {
    isLearned ? x[name] : Variable(constant: Tensor([initial]))
  }
}
