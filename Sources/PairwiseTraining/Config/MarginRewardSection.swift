internal import PairwiseConfig

/// `data.margin_rewards:` one further reward of every completion, for objectives that read margin rewards.
public struct MarginRewardSection: Sendable, Equatable {
  /// Where a reward comes from.
  public enum Origin: Sendable, Equatable {
    /// β·(log-prob − log-prob under a reference) of a policy trained for that reward.
    case implicit(model: String, reference: String?, beta: Double?)
    /// The score of a reward model.
    case rewardModel(String)
    /// A multiple of the number of the completion's tokens.
    case length(scale: Double)
  }

  /// What figures and messages call it.
  public var name: String
  public var origin: Origin

  static var options: [VariantOption<MarginRewardSection>] {
    @Sendable func name(_ reader: inout SectionReader) -> String {
      reader.required("name", fallback: "reward", .nonEmpty, "What the reward is called.")
    }
    @Sendable func model(_ reader: inout SectionReader, _ doc: String) -> String {
      reader.required("model", fallback: "model", .nonEmpty, doc)
    }
    return [
      VariantOption(
        "implicit",
        "the implicit reward of a policy that was trained for it: beta times its log-ratio"
      ) { reader in
        MarginRewardSection(
          name: name(&reader),
          origin: .implicit(
            model: model(&reader, "The policy: final/ of a run."),
            reference: reader.optional(
              "reference", String.self, .nonEmpty,
              "What the policy was trained from; null: the base of an adapter."),
            beta: reader.optional(
              "beta", Double.self, .greater(than: 0),
              "Scale of the log-ratio; null: what the policy was trained with.")))
      },
      VariantOption("reward_model", "the score of a reward model") { reader in
        MarginRewardSection(
          name: name(&reader),
          origin: .rewardModel(model(&reader, "The reward model: final/ of a run.")))
      },
      VariantOption("length", "a multiple of the completion's tokens") { reader in
        MarginRewardSection(
          name: name(&reader),
          origin: .length(
            scale: reader.value(
              "scale", default: -1, "The reward of one token; below 0 short completions are better."
            )))
      },
    ]
  }
}
