internal import PairwiseConfig

/// Gathers the curves of a report from the objects of `metrics.jsonl`.
struct MetricReader {
  /// The names that are drawn, and other names for the same thing.
  private static let names: [String: String] = [
    "loss": "loss", "accuracy": "accuracy", "margin": "margin", "grad_norm": "grad_norm",
    "learning_rate": "learning_rate", "eval_loss": "eval_loss", "eval_accuracy": "eval_accuracy",
    "eval_margin": "eval_margin",
    // Policies, and the longer names of reward models.
    "rewards/accuracies": "accuracy", "rewards/margins": "margin",
    "eval_rewards/accuracies": "eval_accuracy", "eval_rewards/margins": "eval_margin",
    "eval_log_loss": "eval_loss", "margin_mean": "margin", "eval_margin_mean": "eval_margin",
  ]

  private(set) var series: [MetricSeries] = []
  private var places: [String: Int] = [:]
  private(set) var lastStep: Double?
  private(set) var lastEpoch: Double?
  /// Seconds as they were logged: a running total, or each step's own.
  private var secondsSum = 0.0
  private var secondsLast = 0.0
  private var secondsFirst: Double?
  private var secondsFall = false
  private(set) var peakMemory: Double?

  /// Time of the whole run, whichever way it was logged; nil if it was not.
  var seconds: Double? {
    guard let secondsFirst, secondsSum > 0 else { return nil }
    return secondsFall || secondsLast == secondsFirst ? secondsSum : secondsLast
  }

  mutating func add(_ row: ConfigNode) {
    guard let step = row["step"]?.finiteNumber else { return }
    lastStep = max(lastStep ?? step, step)
    if let epoch = row["epoch"]?.finiteNumber { lastEpoch = epoch }
    if let seconds = row["seconds"]?.finiteNumber, seconds >= 0 {
      secondsFall = secondsFall || seconds < secondsLast
      secondsFirst = secondsFirst ?? seconds
      secondsLast = seconds
      secondsSum += seconds
    }
    if let memory = row["peak_memory_bytes"]?.finiteNumber {
      peakMemory = max(peakMemory ?? 0, memory)
    }
    var taken: Set<String> = []
    for entry in row.entries {
      guard let name = Self.names[entry.key], let value = entry.value.finiteNumber,
        taken.insert(name).inserted
      else { continue }
      var point = MetricSeries.Point(step: step, value: value)
      if let ends = row[entry.key + "_ci"]?.numberPair {
        (point.low, point.high) = (ends.low, ends.high)
      } else if let low = row[entry.key + "_low"]?.finiteNumber,
        let high = row[entry.key + "_high"]?.finiteNumber
      {
        (point.low, point.high) = (low, high)
      }
      append(point, to: name)
    }
  }

  private mutating func append(_ point: MetricSeries.Point, to name: String) {
    if let place = places[name] {
      series[place].points.append(point)
    } else {
      places[name] = series.count
      series.append(MetricSeries(name: name, points: [point]))
    }
  }
}
