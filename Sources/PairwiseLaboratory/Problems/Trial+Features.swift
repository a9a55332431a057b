internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseTensor
internal import PairwiseTraining

/// A problem whose true reward is a weighted sum of the features.
public protocol LinearPairProblem: PairProblem {
  /// θ*, `[D]`.
  var theta: [Double] { get }
}

extension PairProblem {
  /// None: a linear model.
  public var hiddenSizes: [Int] { [] }

  public static var measures: [Measure] { [.goldAccuracy, .accuracy, .logLoss] }

  /// Pairs of both splits for a reward model on features; measured on the test split.
  public func trial() throws -> Trial {
    let test = FeatureTest(try pairs(), golds: draw(.test).golds)
    return Trial(pairs: test.pairs, model: FeatureModelOptions(hiddenSizes: hiddenSizes)) {
      try test.figures($0)
    }
  }
}

extension LinearPairProblem {
  public static var measures: [Measure] {
    [
      .goldAccuracy, .accuracy, .logLoss,
      Measure("cosine", "of the angle between learned and true weights", better: .higher),
      Measure("parameter_error", "‖w − θ*‖ of the learned weights", better: .lower),
    ]
  }

  public func trial() throws -> Trial {
    let test = FeatureTest(try pairs(), golds: draw(.test).golds)
    let (theta, probe) = (theta, FeatureTest.units(theta.count))
    return Trial(pairs: test.pairs, model: FeatureModelOptions(hiddenSizes: hiddenSizes)) { model in
      var values = try test.figures(model)
      let learned = try PairScorer(model).score(probe).margins
      let lengths = Newton.length(learned) * Newton.length(theta)
      values["cosine"] = lengths > 0 ? dot(learned, theta) / lengths : 0
      values["parameter_error"] = Newton.length(zip(learned, theta).map { $0 - $1 })
      return values
    }
  }
}

extension Measure {
  static let goldAccuracy = Measure(
    "gold_accuracy", "share of test pairs ordered as by the true reward", better: .higher)
  static let accuracy = Measure(
    "accuracy", "share of test pairs ordered as labelled", better: .higher)
  static let logLoss = Measure("log_loss", "mean −log P(label) on test pairs, nats", better: .lower)
}

extension ToyPairs {
  /// Whether the chosen side has the greater true reward, of each pair; empty where rewards are not known.
  var golds: [Bool] {
    let golds = notes.compactMap { note in
      note.chosenGold.flatMap { chosen in note.rejectedGold.map { chosen > $0 } }
    }
    return golds.count == count ? golds : []
  }
}

/// Test pairs that a reward model on features is measured on.
struct FeatureTest: Sendable {
  let pairs: InMemoryPairs
  private let golds: [Bool]

  init(_ pairs: InMemoryPairs, golds: [Bool]) { (self.pairs, self.golds) = (pairs, golds) }

  /// Accuracy and log loss; of clean orders too, where rewards are known.
  func figures(_ model: any Model) throws -> [String: Double] {
    let margins = try PairScorer(model).score(pairs, rows: pairs.splits["test"]).margins
    let count = Double(max(1, margins.count))
    var values = [
      "accuracy": Double(margins.count { $0 > 0 }) / count,
      "log_loss": margins.reduce(0) { $0 + Logistic.softplus(-$1) } / count,
    ]
    if !golds.isEmpty {
      let right = zip(margins, golds).count { $1 ? $0 > 0 : $0 < 0 }
      values["gold_accuracy"] = Double(right) / count
    }
    return values
  }

  /// Each feature alone against nothing: a linear model's margins on them are its weights.
  static func units(_ width: Int) -> InMemoryPairs {
    let ones = (0..<width * width).map { Float($0 % (width + 1) == 0 ? 1 : 0) }
    return InMemoryPairs(
      chosen: Tensor([width, width], ones), rejected: Tensor(repeating: 0, [width, width]))
  }
}
