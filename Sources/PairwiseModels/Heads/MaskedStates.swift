internal import PairwiseAutodiff

/// What the last hidden layer of a model with dropout gives: two passes give two encodings of each completion.
///
/// Models without hidden layers or without dropout have none to tell apart.
struct MaskedStates {
  /// The names that it adds to what the model gives to objectives.
  let gives: Set<String>
  /// `[2n, H]`, once they are computed.
  private(set) var states: Variable?

  init(_ hiddenSizes: [Int], dropout: Float) {
    gives = hiddenSizes.isEmpty || dropout == 0 ? [] : [RewardOutput.states]
  }

  /// What `outputs` makes of states that are kept.
  mutating func keeping(_ states: Variable, _ outputs: (Variable) -> Variable) -> Variable {
    if !gives.isEmpty { self.states = states }
    return outputs(states)
  }
}
