public import PairwiseConfig

/// The objectives Pairwise knows. This list is the only place that names them all.
public let objectives: [any Objective.Type] = [
  BradleyTerry.self, BTUnbiased.self,
  // Comparisons with ties and grades, and slates.
  RaoKupper.self, Davidson.self, OrdinalBT.self, PlackettLuce.self, PairsFromRanking.self,
  // Rewards that are distributions.
  Distributional.self,
  // With grades of strength, ratings and rationales.
  RegularBT.self, MarginBT.self, ScaledBT.self, Regression.self, MultiObjectiveRegression.self,
  GradedDifferenceRegression.self, RationaleAux.self,
  // On noisy labels.
  ContrastiveSimCSE.self, AdaptiveMargin.self, StrengthSoft.self, StrengthFlip.self,
  // For many preferences.
  MixtureBT.self, HedgeRouter.self, PAL.self, VPL.self, MultiLevelAware.self,
  // Between trajectory segments.
  PartialReturn.self, Regret.self,
  // Policies on pairs, with a reference.
  DPO.self, CDPO.self, RobustDPO.self, Hinge.self, IPO.self, DPOGamma.self, DPONorm.self,
  LengthDPO.self, ODPO.self, DPOP.self, CalDPO.self, BetaDPO.self, FDPO.self, EXOPair.self,
  NCAPair.self, BCOPair.self, SPPO.self, SPPOHard.self, APOZero.self, APODown.self, AOT.self,
  AOTUnpaired.self, DiscoPOP.self, DPONLL.self, MPOMix.self, DrDPO.self,
  // For several rewards.
  MODPO.self,
  // Token by token.
  TDPO1.self, TDPO2.self, SparsePO.self, MAPO.self, DenseDPO.self, LDDPO.self, WPO.self,
  // Without a reference.
  CPO.self, SimPO.self, AlphaPO.self, ORPO.self, SLiCHF.self,
  // On single completions.
  KTO.self, BCO.self, APOZeroUnpaired.self,
  // With extra data.
  RationaleDPO.self, RationaleORPO.self, RCDPO.self, MAPLDPO.self, PhiDPO.self, AVEmDPO.self,
  XPO.self,
  // Baselines, on the policy's own samples too, and sums.
  SFT.self, BestOfN.self, BestOfNNegative.self, RWR.self, RLOO.self, PPO.self, PPOValue.self,
  WeightedSum.self,
]

/// Looks objectives up by name and reads them from configs.
public enum ObjectiveRegistry {
  /// The forms of an `objective:` section, one per registered objective (and per extra type given).
  public static func options(
    adding extra: [any Objective.Type] = []
  ) -> [VariantOption<any Objective>] {
    (objectives + extra).map { type in
      VariantOption(type.name, aliases: type.aliases, type.summary) { reader in
        type.init(from: &reader)
      }
    }
  }

  /// The forms that are no sum of others.
  static var plainOptions: [VariantOption<any Objective>] {
    options().filter { $0.name != WeightedSum.name }
  }

  /// What a list in place of an objective stands for.
  public static let listForm = KeyDescription.ListForm(option: WeightedSum.name, key: "parts")

  /// The objective type of that name or alias.
  public static func find(_ name: String) -> (any Objective.Type)? {
    objectives.first { $0.name == name || $0.aliases.contains(name) }
  }
}
