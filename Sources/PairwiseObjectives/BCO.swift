public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// Binary Classifier Optimization: a classifier of single completions, desirable or not, with the implicit
/// reward as its logit.
///
/// With reward r = β·(policy − reference) of a row, a desirable row's loss is softplus(−(r − δ)) and an
/// undesirable one's softplus(r − δ). δ is the mean reward of all rows seen so far, of both classes, this batch's
/// included: count-weighted, without gradient, carried from batch to batch and into checkpoints.
///
/// δ = 0 is one half of `bco_pair` for each row. At the first step every loss is ln 2, as far as policy and
/// reference agree.
///
/// ## When to use
/// As `kto`, without its second pass: single completions with thumbs up or down. Where the prompts of the
/// two classes differ, weight the undesirable rows with p/(1 − p) of a classifier of prompts, clamped to 0.5 … 10, in
/// a `weight` column. Batch-dependent through δ.
///
/// ## Metrics
/// `delta` is δ. `rewards/chosen` is the mean of r over desirable rows and `rewards/rejected` over undesirable
/// ones, without δ, `rewards/margins` their difference; `logps/*` and `logratio/*` likewise. `counts/*` are the
/// rows of each class; a class without rows has no means.
///
/// ## In TRL
/// `BCOTrainer` (experimental). It updates its running mean once for each microbatch, here once for each batch;
/// its classifier of prompts (`prompt_sample_size`) is a `weight` column here.
///
/// - Source: Jung et al. 2024 (arXiv 2404.04656).
public struct BCO: Objective {
  public static let name = "bco"
  public static let summary = "classifier of single completions with the implicit reward as logit"
  public static let formula = """
    r = beta (policy - ref), delta = mean of r over all rows so far
    desirable:   loss = softplus(-(r - delta))
    undesirable: loss = softplus(r - delta)
    Jung et al. 2024, arXiv 2404.04656
    """

  /// β > 0, default 0.1: scale of the log-ratios. The paper has 0.01.
  public var beta: Float

  public init(beta: Float = 0.1) { self.beta = beta }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
  }

  public var inputs: [InputSpec] {
    InputSpec.unpairedRows + [
      .state(.runningMean, initial: [0]), .state(.runningCount, initial: [0], .atLeast(0)),
    ]
  }

  public var isBatchDependent: Bool { true }
  public var rewardScale: Double? { Double(beta) }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let logit = beta * x.rowLogRatio - Float(running(x).mean)
    return (x.byLabel(-1, 1) * logit).softplus()
  }

  /// Mean reward and number of rows, this batch included.
  private func running(_ x: ObjectiveInputs) -> (mean: Double, count: Double) {
    let rewards = (beta * x.rowLogRatio).value
    let before = Double(x[.runningCount].value[flat: 0])
    let count = before + Double(rewards.count)
    let sum = Double(x[.runningMean].value[flat: 0]) * before + BatchTotals.sum(rewards)
    return (sum / count, count)
  }

  public func nextState(_ x: ObjectiveInputs) -> [InputName: Tensor] {
    let (mean, count) = running(x)
    return [.runningMean: Tensor([Float(mean)]), .runningCount: Tensor([Float(count)])]
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRowRewards(x, scale: beta)
    let rows = x[.label].value.count
    sums.mean("delta", sum: running(x).mean * Double(rows), count: rows)
  }
}

extension InputName {
  /// How many rows the running mean is of, `[1]`.
  public static let runningCount: InputName = "running_count"
}
