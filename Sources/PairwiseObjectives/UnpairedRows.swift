internal import PairwiseAutodiff
internal import PairwiseTensor

// Objectives on single completions, each desirable or not, instead of pairs. `[B]` is rows then.

extension InputName {
  /// log π(completion | prompt) of a row, nats, summed over its tokens, `[B]`.
  public static let policyLogps: InputName = "policy_logps"
  /// The same under the reference, `[B]`.
  public static let refLogps: InputName = "ref_logps"
  /// 1 where the completion is desirable, 0 where it is not, `[B]`.
  public static let label: InputName = "label"
}

extension InputSpec {
  /// What every objective on rows reads.
  static let unpairedRows: [InputSpec] = [
    .computed(.policyLogps, .logProbability), .reference(.refLogps, .logProbability),
    .column(.label, .boolean), .sampleWeight,
  ]
}

extension ObjectiveInputs {
  /// policy − reference log-prob of each row, `[B]`.
  var rowLogRatio: Variable { self[.policyLogps] - self[.refLogps] }

  /// One constant per row: `desirable` or `undesirable`, `[B]`.
  func byLabel(_ desirable: Float, _ undesirable: Float) -> Variable {
    let label = self[.label].value
    return Variable(constant: Tensor(label.array.map { $0 == 1 ? desirable : undesirable }))
  }
}

extension MetricSums {
  /// Figures of rows: means over the rows of a class, and how many there were; a class without rows has
  /// none. `chosen` stands for desirable, `rejected` for undesirable.
  ///
  /// `rewards/*` are scale·log-ratio; `rewards/margins` is the difference of the classes' means.
  mutating func addRowRewards(_ x: ObjectiveInputs, scale: Float) {
    let label = x[.label].value
    let reward = (scale * x.rowLogRatio).value
    let (policy, ratio) = (x[.policyLogps].value, x.rowLogRatio.value)
    let classes: [(String, [Int])] = [
      ("chosen", (0..<label.count).filter { label[flat: $0] == 1 }),
      ("rejected", (0..<label.count).filter { label[flat: $0] != 1 }),
    ]
    keep(
      chosen: classes[0].1.map { reward[flat: $0] }, rejected: classes[1].1.map { reward[flat: $0] }
    )
    func add(_ group: String, _ values: Tensor) {
      for (name, rows) in classes {
        let sum = rows.reduce(0) { $0 + Double(values[flat: $1]) }
        mean("\(group)/\(name)", sum: sum, count: rows.count)
      }
    }
    add("rewards", reward)
    difference("rewards/margins", of: "rewards/chosen", "rewards/rejected")
    add("logps", policy)
    add("logratio", ratio)
    for (name, rows) in classes { sum("counts/\(name)", Double(rows.count)) }
  }
}
