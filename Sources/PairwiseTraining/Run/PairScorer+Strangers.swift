internal import PairwiseData
internal import PairwiseModels

extension PairScorer {
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
  static func remark(on strangers: Set<String>) -> String? {
    guard !strangers.isEmpty else { return nil }
    let named = strangers.sorted().prefix(3).joined(separator: ", ")
    let more = strangers.count > 3 ? " and \(strangers.count - 3) more" : ""
    return "the model does not know \(named)\(more): it scores them by the mean of those it knows"
      + (strangers.contains { $0.contains("annotator") }
        ? "; --context FILE tells it of people" : "")
  }
}
