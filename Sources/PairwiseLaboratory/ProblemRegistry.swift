public import PairwiseConfig

/// The toy problems Pairwise knows. This list is the only place that names them all.
public let toyProblems: [any ToyProblem.Type] = [
  LinearBT.self, TwoGroup.self, TwoGroupTabular.self, NoisyLinear.self, GradedLinear.self,
  OveroptGauss.self, FewShotUsers.self, TiesPopulation.self, Pets.self, ConstrainedGrid.self,
  KChoiceTabular.self, ChainRegret.self, PropertyVotes.self, MetaShift.self, EmbedModes.self,
  DirectionGap.self, QuadMix.self, ContextReversal.self, AttributeRatings.self,
  GradedDifferences.self, RationaleTokens.self, SparseFeatures.self, PromptConstraints.self,
  LogLinearFlips.self, TwoRewardBandit.self, LikelihoodDisplacement.self, IndependentPairs.self,
  HundredArms.self, TwoModes.self, SegmentLabels.self, PriorConflict.self, MinorityGroups.self,
  StanceTokens.self, ConstrainedBandit.self, HarmfulPersuasion.self, BiasedDirection.self,
  OnPolicyArms.self, DriftLoop.self, MixtureRounds.self, MetaTraining.self, LabelCare.self,
  NamedFeatures.self, SparseTokens.self, GroupWeights.self, RelevanceHack.self, TwoStage.self,
  SelfJudging.self, PressureDesign.self, NewUsers.self, CuedJudge.self, PlantedPrinciples.self,
  FactorGap.self, PersonaStates.self, ConceptPairs.self, SteeredHeads.self, FourChoices.self,
  JudgedRounds.self, RatedPrinciples.self, FrontOfPairs.self, DirectedPolicy.self,
  SimilarPairs.self,
]

/// Looks toy problems up by name and reads them from configs.
public enum ProblemRegistry {
  /// The forms of a section that names a problem, one per registered problem.
  public static func options() -> [VariantOption<any ToyProblem>] {
    toyProblems.map { type in
      VariantOption(type.name, type.summary) { reader in type.init(from: &reader) }
    }
  }

  /// Those that methods can be compared on.
  public static var compared: [any ToyProblem.Type] {
    toyProblems.filter { $0 is any ComparableProblem.Type || $0 is any StudiedProblem.Type }
  }

  /// The problem of that name; nil if there is none.
  public static func find(_ name: String) -> (any ToyProblem.Type)? {
    toyProblems.first { $0.name == name }
  }
}
