internal import PairwiseConfig
public import PairwiseData

extension ToyPairs {
  /// The pairs as an import would leave them, features in single precision.
  ///
  /// Users are annotators `user_0` …, groups `group_0` …, grades the column `strength`, and contexts the
  /// column `context`.
  public func records() -> [PreferenceRecord] {
    (0..<count).map { row in
      let note = notes[row]
      var record = PreferenceRecord(origin: row)
      record.chosenFeatures = chosen(row).map { Float($0) }
      record.rejectedFeatures = rejected(row).map { Float($0) }
      if note.user >= 0 { record.annotator = "user_\(note.user)" }
      if note.group >= 0 { record.group = "group_\(note.group)" }
      if let context = note.context { record.numbers["context"] = [Float(context)] }
      if let grade = note.grade { record.numbers["strength"] = [Float(grade)] }
      record.chosenGoldReward = note.chosenGold
      record.rejectedGoldReward = note.rejectedGold
      if let chosen = note.chosenGold, let rejected = note.rejectedGold {
        record.flipped = chosen < rejected
      }
      return record
    }
  }
}

extension PairProblem {
  /// All splits in one source that a trainer can read, each split by its name.
  public func pairs() throws(DataError) -> InMemoryPairs {
    var records: [PreferenceRecord] = []
    var splits: [String: RowSet] = [:]
    for split in ToySplit.allCases {
      let drawn = draw(split).records()
      splits[split.rawValue] = .range(records.count..<records.count + drawn.count)
      records += drawn
    }
    var source = try InMemoryPairs(records)
    source.splits = splits
    return source
  }
}
