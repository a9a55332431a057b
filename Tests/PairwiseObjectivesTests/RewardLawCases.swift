import PairwiseObjectives

/// Rows of the law tests for objectives of reward models.
let rewardCases: [ObjectiveCase] = [
  ObjectiveCase(BradleyTerry()),
  ObjectiveCase(BradleyTerry(margin: .constant(0.5), temperature: 2)),
  ObjectiveCase(BradleyTerry(labelSmoothing: 0.2, reduction: .sum)),
  ObjectiveCase(BradleyTerry(margin: .column, reduction: .meanBatch), with: [.weight]),
  ObjectiveCase(BradleyTerry(), with: [.labelProbability]),
  ObjectiveCase(BradleyTerry(centerRewardsCoefficient: 0.1), seesOnlyTheMargin: false),
  ObjectiveCase(BTUnbiased(flipRate: 0.2), with: [.weight]),
  ObjectiveCase(BTUnbiased(flipRate: 0, reduction: .sum)),
  ObjectiveCase(RaoKupper()),
  ObjectiveCase(Davidson()),
  ObjectiveCase(RaoKupper(tie: TieParameter(0.5, isLearned: false))),
  ObjectiveCase(Davidson(tie: TieParameter(0.5, isLearned: false))),
  // One cut point moved alone is no longer the other one's mirror image: see OrdinalTests.
  ObjectiveCase(
    OrdinalBT(), partlyConstant: [.cutPoints],
    giving: [.cutPoints: [-0.5, 0.5], .category: [-1, 0, 1]]),
  ObjectiveCase(PlackettLuce(), seesOnlyTheMargin: false, giving: slates),
  ObjectiveCase(PlackettLuce(k: 1, perStageMean: true), seesOnlyTheMargin: false, giving: slates),
  ObjectiveCase(PairsFromRanking(), seesOnlyTheMargin: false, giving: slates),
  ObjectiveCase(Distributional(kind: .meanAndVariance)),
  ObjectiveCase(Distributional(kind: .meanAndVariance, variancePenalty: 0.25)),
  ObjectiveCase(
    Distributional(kind: .categorical, entropyCoefficient: 0), seesOnlyTheMargin: false),
  ObjectiveCase(
    Distributional(kind: .categorical, entropyCoefficient: 0.5), seesOnlyTheMargin: false),
  ObjectiveCase(RegularBT()),
  ObjectiveCase(MarginBT(strengthScale: 0.5, strengthLevels: 3)),
  ObjectiveCase(ScaledBT(strengthScale: 0.5)),
  ObjectiveCase(ScaledBT(strengthScale: 0.5, isNormalised: true)),
  ObjectiveCase(Regression(), seesOnlyTheMargin: false, giving: [.ratings: ratings]),
  ObjectiveCase(MultiObjectiveRegression(), seesOnlyTheMargin: false, giving: [.ratings: ratings]),
  ObjectiveCase(GradedDifferenceRegression(), giving: [.annotatorScores: [2, .nan, -1, 1.5]]),
  ObjectiveCase(
    GradedDifferenceRegression(symmetry: .antisymmetrised),
    giving: [.annotatorScores: [2, .nan, -1, 1.5]]),
  ObjectiveCase(
    GradedDifferenceRegression(symmetry: .augment), seesOnlyTheMargin: false,
    giving: [.annotatorScores: [2, .nan, -1, 1.5]]),
  ObjectiveCase(RationaleAux(rationaleWeight: 0.5)),
  ObjectiveCase(RationaleAux(rationaleWeight: 0.25, form: .logSigmoid)),
  // Without a second encoding it is Bradley-Terry, as in evaluations.
  ObjectiveCase(ContrastiveSimCSE()),
  ObjectiveCase(
    ContrastiveSimCSE(weight: 0.5, temperature: 1), with: twoEncodings, seesOnlyTheMargin: false,
    rounding: sumsOfCosines),
  ObjectiveCase(
    ContrastiveSimCSE(weight: 0.5, temperature: 0.5, target: .difference), with: twoEncodings,
    seesOnlyTheMargin: false, rounding: sumsOfCosines),
  ObjectiveCase(AdaptiveMargin(marginScale: 0.5), giving: strengths),
  ObjectiveCase(StrengthSoft(softAlpha: 0.25), giving: strengths),
  ObjectiveCase(StrengthFlip(flipThreshold: 0.25), giving: strengths),
  ObjectiveCase(MixtureBT()),
  ObjectiveCase(
    MixtureBT(alpha: 0.25), with: [.mixtureWeights], giving: [.mixtureWeights: [0.25, 0.75]]),
  ObjectiveCase(HedgeRouter(tau: 0.5), seesOnlyTheMargin: false),
  ObjectiveCase(
    HedgeRouter(recompute: .step), partlyConstant: [.routerLogits], seesOnlyTheMargin: false),
  ObjectiveCase(PAL(loss: .logistic)),
  ObjectiveCase(PAL(loss: .hinge)),
  ObjectiveCase(PAL(loss: .smoothHinge(0.75))),
  ObjectiveCase(VPL(klWeight: 0.5), giving: latents),
  ObjectiveCase(
    VPL(klWeight: 0.5, annealingSteps: 10), with: [.annealingStep],
    giving: latents.merging([.annealingStep: [3]]) { $1 }),
  ObjectiveCase(AdaptiveMargin(marginScale: 2, marginClip: 0.5), giving: strengths),
  ObjectiveCase(
    GradedDifferenceRegression(huberDelta: 0.5), giving: [.annotatorScores: [2, .nan, -1, 1.5]]),
  ObjectiveCase(MultiLevelAware(lambdaIntra: 0.5, lambdaInter: 0.25)),
  ObjectiveCase(PartialReturn(beta: 0.5)),
  ObjectiveCase(Regret(beta: 0.5)),
]

private let slates: [InputName: [Float]] = [.ranking: [1, 0, 0, 1, 1, 0]]
private let ratings: [Float] = [2, 1, .nan, 3, 0.5, .nan, 1]
/// Every gradient is a sum over the cosines with all vectors divided by a small temperature: rounding shows in another
/// order by up to 64 times as much as where pairs stand alone.
private let sumsOfCosines: Float = 64e-6
private let twoEncodings: [InputName] = [
  "chosen_scores_again", "rejected_scores_again", "chosen_states", "rejected_states",
  "chosen_states_again", "rejected_states_again",
]
private let strengths: [InputName: [Float]] = [.strengthMean: [-0.5, 1, 0.125, 2]]
private let latents: [InputName: [Float]] = [
  .latentMean: [0.5, -0.25, 0.75], .latentLogVariance: [-0.5, 0.25, 0.125, 0.75],
]
