internal import PairwiseConfig

extension Synthesizer {
  /// More parameters than this are not written out: an attribute has room for 1 MiB.
  private static let weightsWritten = 32_768

  static func truth(
    _ options: SynthesisOptions, _ splits: [String], _ statistics: [String: SynthesisStatistics]
  ) -> ConfigNode {
    var fields: [(String, ConfigNode.Value)] = [
      ("seed", .string(String(options.seed))),
      ("width", .int(options.width)),
      ("temperature", .number(options.temperature)),
      ("flip_rate", .number(options.flipRate)),
      ("length_bias", .number(options.lengthBias)),
    ]
    if options.lengthBias > 0 { fields.append(("length_column", .int(options.width))) }
    fields += rewardFields(options)
    for name in splits {
      guard let counted = statistics[name] else { continue }
      fields.append((name, splitFields(counted, options)))
    }
    // Clean labels where there are any, else the best there is.
    if let name = ["test", "validation", "train"].first(where: { statistics[$0] != nil }),
      let counted = statistics[name]
    {
      fields.append(("bayes", bayes(counted, options, split: name)))
    }
    return ConfigNode(.fields(fields))
  }

  private static func rewardFields(
    _ options: SynthesisOptions
  ) -> [(String, ConfigNode.Value)] {
    let reward = TrueReward(options)
    var fields: [(String, ConfigNode.Value)] = []
    var numberLists: [(String, [Double])] = []
    switch (options.reward, reward.form) {
    case (.twoGroups(let users, let minority, _), .directions(let directions)):
      fields.append(("reward", .string("two_groups")))
      fields.append(("users", .int(users)))
      fields.append(("minority", .int(minority)))
      numberLists = directions.enumerated().map { ("theta_\($0.offset)", $0.element) }
    case (_, .directions(let directions)):
      fields.append(("reward", .string("linear")))
      numberLists = [("theta", directions[0])]
    case (_, .mlp(let inner, let bias, let outer)):
      fields.append(("reward", .string("mlp")))
      fields.append(("hidden", .int(outer.count)))
      numberLists = [("inner", inner), ("bias", bias), ("outer", outer)]
    }
    if numberLists.reduce(0, { $0 + $1.1.count }) <= weightsWritten {
      for (name, values) in numberLists { fields.append((name, numbers(values))) }
    } else {
      fields.append(("parameters", .string("too many to list, they follow from the options")))
    }
    return fields
  }

  private static func splitFields(
    _ counted: SynthesisStatistics, _ options: SynthesisOptions
  ) -> ConfigNode.Value {
    var fields: [(String, ConfigNode.Value)] = [
      ("rows", .int(counted.rows)), ("flipped_rows", .int(counted.flipped)),
    ]
    if options.lengthBias > 0 {
      fields.append(("longer_is_chosen", share(counted.longerChosen, counted.rows)))
    }
    return .fields(fields)
  }

  /// What the true reward reaches on the labels of a split; on a finite sample a model may do better by
  /// chance.
  private static func bayes(
    _ counted: SynthesisStatistics, _ options: SynthesisOptions, split: String
  ) -> ConfigNode.Value {
    let rows = Double(max(counted.rows, 1))
    var fields: [(String, ConfigNode.Value)] = [
      ("split", .string(split)),
      ("accuracy", share(counted.agreeing, counted.rows)),
      ("expected_accuracy", .number(counted.expectedAccuracy / rows)),
      ("log_loss", .number(counted.logLoss / rows)),
    ]
    if case .twoGroups = options.reward {
      fields.append(
        ("accuracy_without_group", share(counted.agreeingBlind, counted.rows)))
    }
    return .fields(fields)
  }

  private static func share(_ count: Int, _ rows: Int) -> ConfigNode.Value {
    .number(Double(count) / Double(max(rows, 1)))
  }

  private static func numbers(_ values: [Double]) -> ConfigNode.Value {
    .values(values.map { .number($0) })
  }
}
