internal import PairwiseData

/// What each step of a run is fed: its pairs, and the responses to look ahead with. A class because its streams own
/// what they load ahead.
final class StepFeed {
  private let stream: BatchStream
  private let meta: (stream: BatchStream, rate: Double)?
  private var mixture: MixtureLearner?

  /// - Parameter state: what a checkpoint keeps of a mixture; nil at the start.
  /// - Throws: for groups that cannot be mixed as the config says.
  init(_ run: TrainRun, from state: [String: [Double]]? = nil) throws {
    mixture = try MixtureLearner(run)
    if let state { try mixture?.restore(state) }
    stream = BatchStream(run.data.train, order: run.order)
    meta = run.meta.map { ($0.stream, $0.rate) }
  }

  /// One update, the steps counted from 1.
  func run(_ train: inout TrainStep, step: Int, learningRate: Double) throws -> StepResult {
    let batch =
      try mixture?.batch(ofStep: step, &train) ?? stream.batch(ofStep: step - 1)
    let responses = try meta.map { meta throws(DataError) in
      MetaBatch(responses: try meta.stream.batch(ofStep: step - 1), rate: meta.rate)
    }
    var result = try train.run(batch, meta: responses, step: step, learningRate: learningRate)
    mixture?.measure(into: &result.metrics)
    return result
  }

  /// What a checkpoint keeps; empty without a mixture.
  var state: [String: [Double]] { mixture?.state ?? [:] }
}
