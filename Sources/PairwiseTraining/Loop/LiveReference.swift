internal import PairwiseAutodiff
internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseTensor

/// A reference that runs beside the policy: the model as training started from it, with trained parameters
/// of its own. Frozen ones (the base below adapters) are shared with the policy.
struct LiveReference: Sendable {
  private var model: any PolicyModel
  let need: ReferenceNeed

  /// A copy of a model; nil if nothing needs it.
  ///
  /// - Parameter model: the policy before its first update.
  init?(_ model: any Model, _ need: ReferenceNeed) {
    guard need.isLive, var policy = model as? any PolicyModel else { return nil }
    policy.store.makeUnique()
    (self.model, self.need) = (policy, need)
  }

  /// Its trained parameters `[P]`, if they are no longer those that training started from.
  var moved: Tensor? { need.sync == nil ? nil : model.store.values }

  /// Goes on where a checkpoint has left it.
  mutating func restore(_ checkpoint: Checkpoint.Loaded) throws(RunError) {
    if need.sync == nil { return }
    guard let values = checkpoint.reference, values.shape == model.store.values.shape else {
      throw .unsuitable("\(checkpoint.name): holds no reference that fits the config's model")
    }
    model.store.values = values
  }

  /// What it makes of some pairs.
  struct Output {
    /// With distributions: to be handed to the policy's pass.
    let states: ReferenceStates?
    /// log π_ref of every scored token, `[C]`, where log-probs are enough.
    let tokenLogps: Tensor?
  }

  func output(_ input: ModelInput) -> Output {
    let weights = Weights(model.store)
    if need.distributions {
      return Output(
        states: model.referenceStates(input, weights, need.wants), tokenLogps: nil)
    }
    let completions = model.completions(input, weights, ForwardPass())
    return Output(states: nil, tokenLogps: completions.tokens?.logps.value)
  }

  /// Moves towards the policy after step `step`, if that is one of every `sync.steps`:
  /// ref ← α·policy + (1 − α)·ref.
  mutating func follow(_ policy: ParameterStore, step: Int) {
    guard let sync = need.sync, step % sync.steps == 0 else { return }
    let alpha = Float(sync.alpha)
    if alpha == 1 {
      model.store.values = Tensor(policy.values.shape, policy.values.array)
      return
    }
    model.store.values = model.store.values.scaled(by: Float(1 - sync.alpha))
    model.store.values.add(policy.values, times: alpha)
  }
}
