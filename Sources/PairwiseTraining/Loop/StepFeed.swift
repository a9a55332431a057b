internal import PairwiseData

/// What each step of a run is fed: its pairs, and the responses to look ahead with. A class because its streams own
/// what they load ahead.
final class StepFeed {
  private let stream: BatchStream
  private let meta: (stream: BatchStream, rate: Double)?

  init(_ run: TrainRun) {
    stream = BatchStream(run.data.train, order: run.order)
    meta = run.meta.map { ($0.stream, $0.rate) }
  }

  /// One update, the steps counted from 1.
  func run(_ train: inout TrainStep, step: Int, learningRate: Double) throws -> StepResult {
    let batch = try stream.batch(ofStep: step - 1)
    let responses = try meta.map { meta throws(DataError) in
      MetaBatch(responses: try meta.stream.batch(ofStep: step - 1), rate: meta.rate)
    }
    return try train.run(batch, meta: responses, step: step, learningRate: learningRate)
  }
}
