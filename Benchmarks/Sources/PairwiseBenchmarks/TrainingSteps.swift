import Pairwise

/// One whole update of a dense reward model: forward, backward, clipping, AdamW, metrics.
enum TrainingSteps {
  static func run() {
    print("### Training steps, batch in memory\n")
    var table = Table("model", "pairs", "threads", "step", "pairs/s")
    for (width, hidden, pairs) in [(16, 32, 32), (384, 256, 256)] {
      for threads in [1, WorkerPool.availableCores] {
        WorkerPool.shared.setThreads(threads)
        let time = step(width, hidden, pairs)
        table.add(
          "\(width)→\(hidden)→1", "\(pairs)", "\(threads)", "\(decimals(time * 1e6, 1)) µs",
          "\(Int(Double(pairs) / time))")
      }
    }
    WorkerPool.shared.setThreads(1)
    table.printed()
  }

  private static func step(_ width: Int, _ hidden: Int, _ pairs: Int) -> Double {
    let model = FeatureModel(inputSize: width, options: .init(hiddenSizes: [hidden]), seed: 1)
    let batch = Batch(
      input: .dense(Numbers.random([2 * pairs, width], 1)), columns: [:], rows: Array(0..<pairs))
    var step = TrainStep(
      model: model, optimizer: AdamW(parameterCount: model.store.count), objective: BradleyTerry(),
      segments: [ParameterSegment(range: 0..<model.store.count, decays: true)])
    var number = 0
    return Comparison(
      .wall, samples: 31,
      ours: {
        number += 1
        _ = try? step.run(batch, step: number, learningRate: 1e-3)
      }, peer: {}
    ).ours
  }
}
