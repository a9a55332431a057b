import PairwiseObjectives
import PairwiseTensor
import Testing

/// A worked example of the methods document on fixture S.
struct PairNumbers: Sendable, CustomTestStringConvertible {
  var objective: any Objective
  var losses: [Double]
  var chosenSlopes: [Double] = []
  var rejectedSlopes: [Double] = []

  var testDescription: String { "\(type(of: objective).name) \(losses)" }
}

/// Section 2.n of the methods document, in its order; 7.4 last.
private let numbers: [PairNumbers] = [
  PairNumbers(
    objective: DPO(), losses: [0.6209570478, 0.7443966601, 0.6807253035],
    chosenSlopes: [-0.0462570155, -0.0524979187, -0.0493750326]),
  PairNumbers(
    objective: DPO(isReferenceFree: true), losses: [0.5981388694, 0.8259394199, 0.6325990353]),
  PairNumbers(
    objective: CDPO(labelSmoothing: 0.1), losses: [0.6359570478, 0.7343966601, 0.6832253035],
    chosenSlopes: [-0.0362570155, -0.0424979187, -0.0393750326]),
  PairNumbers(
    objective: RobustDPO(labelSmoothing: 0.1),
    losses: [0.6022070478, 0.7568966601, 0.6776003035],
    chosenSlopes: [-0.0587570155, -0.0649979187, -0.0618750326]),
  PairNumbers(
    objective: RobustDPO(labelSmoothing: 0.4),
    losses: [0.3209570478, 0.9443966601, 0.6307253035]),
  PairNumbers(objective: Hinge(), losses: [0.85, 1.1, 0.975]),
  PairNumbers(
    objective: IPO(normalization: .none), losses: [12.25, 36, 22.5625],
    chosenSlopes: [-7, -12, -9.5]),
  PairNumbers(
    objective: IPO(), losses: [22.2469444444, 26.5408960459, 24.5850694444],
    chosenSlopes: [-1.8866666667, -1.2879464286, -3.3055555556],
    rejectedSlopes: [1.5722222222, 1.4719387755, 2.4791666667]),
  PairNumbers(objective: DPOGamma(gamma: 0.5), losses: [0.6094704307, 0.7844704307, 0.6563501408]),
  PairNumbers(objective: DPONorm(), losses: [0.6790808578, 0.7007652646, 0.6910660174]),
  PairNumbers(objective: DPONorm(beta: 5), losses: [0.2171424403, 1.1429437776, 0.5943960779]),
  PairNumbers(
    objective: LengthDPO(alpha: 0.05), losses: [0.6443966601, 0.7184596480, 0.7057253035]),
  PairNumbers(
    objective: ODPO(alpha: 0.5, offset: .logDifference),
    losses: [0.6209570478, 0.5774410276, 0.3972010251]),
  PairNumbers(
    objective: DPOP(beta: 0.3, lambda: 50), losses: [0.4932489460, 0.8543552445, 3.7000334379],
    chosenSlopes: [-0.1168082298, -0.1723327550, -14.9217426934],
    rejectedSlopes: [0.1168082298, 0.1723327550, 0.2925831901]),
  PairNumbers(
    objective: CalDPO(), losses: [18.3264132780, 32.5632616875, 24.4821894199],
    chosenSlopes: [-4.1824255238, -5.2310585786, -5.6878234991],
    rejectedSlopes: [4.6824255238, 7.2310585786, 4.9378234991]),
  PairNumbers(
    objective: BetaDPO(alpha: 0.6), losses: [0.6116409461, 0.7515065982, 0.6790603198]),
  PairNumbers(
    objective: FDPO(divergence: .forwardKL), losses: [0.6311543836, 0.7125009392, 0.6750786325],
    chosenSlopes: [-0.0172175914, -0.0309078222, -0.0630307037]),
  PairNumbers(
    objective: FDPO(divergence: .js), losses: [0.6606521625, 0.7068732949, 0.6857677330],
    chosenSlopes: [-0.0130029312, -0.0191343716, -0.0279006302]),
  PairNumbers(
    objective: FDPO(divergence: .alpha), losses: [0.6276909471, 0.7242600398, 0.6781732992],
    chosenSlopes: [-0.0282750641, -0.0401329219, -0.0558026575]),
  PairNumbers(
    objective: EXOPair(), losses: [2.5055165555, 2.9350042708, 2.7181438588],
    chosenSlopes: [-0.16797225263, -0.17473167613, -0.17201699041]),
  PairNumbers(
    objective: NCAPair(), losses: [1.3508248141, 1.4131679959, 1.3803177793],
    chosenSlopes: [-0.0212531219, -0.0231253905, -0.0259374512],
    rejectedSlopes: [0.0243751302, 0.0268714923, 0.0243751302]),
  PairNumbers(
    objective: BCOPair(), losses: [1.3128563081, 1.4394166958, 1.3741849515],
    chosenSlopes: [-0.0475020813, -0.0487502604, -0.0506249674],
    rejectedSlopes: [0.0487502604, 0.0537429845, 0.0487502604]),
  PairNumbers(objective: SPPO(), losses: [10.625, 1.25, 3.65625]),
  PairNumbers(objective: SPPOHard(), losses: [36.25, 62.5, 47.8125]),
  PairNumbers(
    objective: APOZero(), losses: [0.9625234160, 1.0249324489, 0.9937522780],
    chosenSlopes: [-0.0249376040, -0.0249843815, -0.0249960942],
    rejectedSlopes: [0.0249843815, 0.0248599007, 0.0249843815]),
  // The chosen slopes of apo_down cancel to 1e-5; they have a test of their own.
  PairNumbers(
    objective: APODown(), losses: [0.9875493421, 1.0374765840, 0.9875006510],
    rejectedSlopes: [0.0248599007, 0.0249376040, 0.0249960942]),
  PairNumbers(objective: AOT(), losses: [0.7443966601, 0.6563501408, 0.6443966601]),
  PairNumbers(
    objective: AOT(labelSmoothing: 0.1), losses: [0.7343966601, 0.6638501408, 0.6543966601]),
  PairNumbers(objective: AOTUnpaired(), losses: [0.6807253035, 0.6443966601, 0.7184596480]),
  PairNumbers(
    objective: DiscoPOP(), losses: [0.8493375793, 0.7874020058, 0.8640922419],
    chosenSlopes: [-0.06252030201, 0.01634399203, 0.05910679474]),
  PairNumbers(
    objective: PhiDPO(), losses: [0.1328668924, 0.2051580623, 0.1659536024],
    chosenSlopes: [-0.02417899338, -0.03395946153, -0.02883990020]),
]

struct PairNumbersTests {
  @Test(arguments: numbers) func workedExample(row: PairNumbers) throws {
    let result = try PairSample.evaluate(row.objective)
    expectClose(result.losses.array.map(Double.init), row.losses)
    // Slopes that are differences of terms of one size keep fewer digits.
    let slopes = result.slopes
    if !row.chosenSlopes.isEmpty {
      expectClose(slopes.chosen, row.chosenSlopes, relative: 3e-6)
    }
    if !row.rejectedSlopes.isEmpty {
      expectClose(slopes.rejected, row.rejectedSlopes, relative: 3e-6)
    }
  }

  /// Sections 2.18, 2.21 and 2.22, and the common metrics of 1.8.
  @Test func sums() throws {
    let down = try PairSample.evaluate(APODown()).slopes.chosen
    for (x, e) in zip(down, [7.7703351535e-05, 4.6777488822e-05, 0]) { #expect(abs(x - e) < 1e-8) }
    let nll = try PairSample.evaluate(DPONLL(reductionOfNLL: .sequenceMean))
    #expect(abs(nll.loss - 3.2528596705) < 1e-6)
    #expect(abs(try PairSample.evaluate(MPOMix()).loss - 3.3675932667) < 1e-6)
    let metrics = try PairSample.evaluate(DPO()).metrics
    for (name, value) in [
      "rewards/chosen": 0.0416666667, "rewards/rejected": 0.0166666667,
      "rewards/margins": 0.025, "rewards/accuracies": 2.0 / 3, "ranking_accuracy": 2.0 / 3,
      "logps/chosen": -13.5833333333, "logps/rejected": -13.8333333333,
    ] {
      let found = try #require(metrics.first { $0.name == name }?.value)
      #expect(abs(found - value) < 1e-7, "\(name)")
    }
  }

  /// Section 2.21: the same three reductions in the metric.
  @Test(arguments: [
    (NLLReduction.tokenMean, 2.546875), (.sequenceMean, 2.5708333333),
    (.sequenceSum, 13.5833333333),
  ])
  func likelihood(reduction: NLLReduction, expected: Double) throws {
    let metrics = try PairSample.evaluate(DPONLL(reductionOfNLL: reduction)).metrics
    let found = try #require(metrics.first { $0.name == "nll_loss" }?.value)
    #expect(abs(found - expected) < 1e-6)
  }

  /// Section 2.10: only the third pair's chosen log-prob is below the reference's.
  @Test func positiveDPOMetrics() throws {
    let metrics = try PairSample.evaluate(DPOP()).metrics
    #expect(metrics.first { $0.name == "dpop/active" }?.value == 1.0 / 3)
    #expect(metrics.first { $0.name == "dpop/penalty" }?.value == 0.25 / 3)
  }

  /// Losses and slopes where one term is far below the other are right to 1e-5 of themselves:
  /// log1p(e^−40), σ(−40) and their like, from double precision.
  @Test(arguments: [
    PairNumbers(
      objective: DPO(beta: 1), losses: [4.248354255291589e-18],
      chosenSlopes: [-4.248354255291589e-18]),
    PairNumbers(
      objective: APOZero(beta: 1), losses: [8.496708510583178e-18],
      chosenSlopes: [-4.248354255291589e-18], rejectedSlopes: [4.248354255291589e-18]),
    PairNumbers(
      objective: BCOPair(beta: 1), losses: [8.496708510583178e-18],
      chosenSlopes: [-4.248354255291589e-18], rejectedSlopes: [4.248354255291589e-18]),
    PairNumbers(
      objective: PhiDPO(beta: 1, gamma: 1), losses: [1.8048513878454152e-35],
      chosenSlopes: [-3.6097027756908303e-35]),
    PairNumbers(
      objective: DiscoPOP(beta: 1), losses: [4.248354255291589e-18],
      chosenSlopes: [-4.248354255291589e-18]),
  ])
  func tails(row: PairNumbers) throws {
    // The margin is 40 for those that see the margin, and each log-ratio is ±40 for the others.
    let isSplit = row.objective is APOZero || row.objective is BCOPair
    let result = try PairSample.pair(row.objective, a: isSplit ? 40 : 20, b: isSplit ? -40 : -20)
    for (x, e) in zip(result.losses.array, row.losses) { #expect(abs(Double(x) - e) <= 1e-5 * e) }
    for (x, e) in zip(result.slopes.chosen, row.chosenSlopes) {
      #expect(abs(x - e) <= 1e-5 * abs(e))
    }
    for (x, e) in zip(result.slopes.rejected, row.rejectedSlopes) {
      #expect(abs(x - e) <= 1e-5 * abs(e))
    }
  }

  /// The slope of exo_pair vanishes on both sides: σ(z)·σ(−z)·(z − ln 999) at z = ±40.
  @Test(arguments: [(20 as Float, 1.4059182915753646e-16), (-20, -1.9927651126579065e-16)])
  func exactTails(half: Float, slope: Double) throws {
    let result = try PairSample.pair(EXOPair(beta: 1), a: half, b: -half)
    #expect(abs(result.slopes.chosen[0] - slope) <= 1e-5 * abs(slope))
  }
}
