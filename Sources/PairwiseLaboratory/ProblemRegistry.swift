/// The toy problems Pairwise knows. This list is the only place that names them all.
public let toyProblems: [any ToyProblem.Type] = [
  LinearBT.self, TwoGroup.self, TwoGroupTabular.self, NoisyLinear.self, GradedLinear.self,
  OveroptGauss.self, FewShotUsers.self, TiesPopulation.self, Pets.self, ConstrainedGrid.self,
  KChoiceTabular.self, ChainRegret.self, PropertyVotes.self, MetaShift.self, EmbedModes.self,
  DirectionGap.self, QuadMix.self,
]

/// Looks toy problems up by name.
public enum ProblemRegistry {
  /// The problem of that name; nil if there is none.
  public static func find(_ name: String) -> (any ToyProblem.Type)? {
    toyProblems.first { $0.name == name }
  }
}
