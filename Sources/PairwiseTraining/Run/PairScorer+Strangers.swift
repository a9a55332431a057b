internal import PairwiseData
internal import PairwiseModels

extension PairReader {
  /// The first row whose annotator or group the model must know and does not; nil if there is none.
  ///
  /// - Throws: if the rows cannot be read.
  func stranger(in source: any PairSource, _ rows: RowSet) throws(DataError) -> Stranger? {
    guard let reader = self as? ConditionedReader, reader.head.newUser == .error else { return nil }
    var needs = PairNeeds(columns: Set(reader.head.names))
    needs.allowsUnlabelled = true
    var start = 0
    while start < rows.count {
      let end = min(rows.count, start + 65_536)
      let block = try source.read((start..<end).map { rows[$0] }, needs)
      if let found = reader.stranger(in: block) { return found }
      start = end
    }
    return nil
  }

  /// Refuses rows of a file, before any work, if the model must know somebody there and does not.
  ///
  /// - Parameter advice: what was expected, and what to do.
  func refuseStrangers(
    in source: any PairSource, _ rows: RowSet, of file: DataFile, _ advice: String
  ) throws(DataError) {
    guard let stranger = try stranger(in: source, rows) else { return }
    throw stranger.refused(file.path, file.place(ofRow: stranger.row), advice)
  }
}

extension Stranger {
  fileprivate func refused(_ file: String, _ place: String, _ advice: String) -> DataError {
    DataError(.invalid, file: file, place: place, "found \(text), \(advice)")
  }
}

extension PairScorer {
  /// Refuses rows, before any is scored, if the model must know somebody there and does not.
  ///
  /// - Parameters:
  ///   - rows: which of them; nil: all.
  ///   - place: where a row stands in the file.
  func refuseStrangers(
    in source: any PairSource, _ rows: RowSet? = nil, file: String, place: (Int) -> String
  ) throws(DataError) {
    let all = rows ?? .range(0..<source.count)
    guard let found = try bound(to: source).reader.stranger(in: source, all) else { return }
    throw found.refused(
      file, place(found.row),
      "the model goes by the \(found.column)s of its training pairs: "
        + (found.column == PairColumn.annotator.rawValue
          ? "--context FILE tells it of others, " : "")
        + "\"new_user\": \"uniform\" in the head of its config.json takes any")
  }

  /// Annotators and groups of a source by whose names the model would go, if it knew them.
  func strangers(in source: any PairSource) -> Set<String> {
    guard let model = model as? any AdaptiveRewardModel else { return [] }
    var found: Set<String> = []
    for column in model.headNeeds.names where column != .annotator || newcomer == nil {
      let names = column == .group ? source.groupNames : source.annotatorNames
      let known = Set(model.data.names[column, default: []])
      if names.isEmpty { found.insert("pairs without \(column.rawValue)") }
      for name in names where !known.contains(name) { found.insert("\(column.rawValue) \(name)") }
    }
    return found
  }

  /// What a user should know of strangers; nil without any.
  func remark(on strangers: Set<String>) -> String? {
    guard !strangers.isEmpty, let model = model as? any AdaptiveRewardModel else { return nil }
    let named = strangers.sorted().prefix(3).joined(separator: ", ")
    let more = strangers.count > 3 ? " and \(strangers.count - 3) more" : ""
    let means =
      switch model.headNeeds.newUser {
      case .mean: "scores them by the mean of those it knows"
      case .uniform, .error: "scores them as if all its parts counted the same"
      case nil: "scores them without any pair that they judged"
      }
    return "the model does not know \(named)\(more): it \(means)"
      + (strangers.contains { $0.contains("annotator") }
        ? "; --context FILE tells it of people" : "")
  }
}
