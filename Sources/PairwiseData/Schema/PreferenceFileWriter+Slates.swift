internal import PairwiseText

extension PreferenceFileWriter {
  /// The completions of a slate as responses, best first, and the row's further columns.
  func appendSlate(
    _ record: PreferenceRecord, _ order: SlateOrder, prompt: Int
  ) throws(DataError) {
    guard order.count >= 2, order.count <= PairColumn.mostCompletions,
      record.texts[.rejectedPrompt] == nil
    else {
      throw DataError(
        .invalid, file: path, place: "record of line \(record.origin)",
        "expected 2 to \(PairColumn.mostCompletions) candidates of one prompt")
    }
    try appendResponse(
      record.chosen, record.chosenFeatures, record.chosenGoldReward, prompt: prompt)
    try appendResponse(
      record.rejected, record.rejectedFeatures, record.rejectedGoldReward, prompt: prompt)
    for column in PairColumn.furtherRejected.prefix(order.count - 2) {
      let (text, features) = (record.texts[column], record.numbers[column])
      guard (text != nil) == hasTexts, features?.count == featureWidth else {
        throw DataError(
          .invalid, file: path, place: "record of line \(record.origin)",
          "\(column.rawValue): expected \(hasTexts ? "a text" : "features") as of the first candidates"
        )
      }
      try appendResponse(text.map { .plain($0) }, features, nil, prompt: prompt)
    }
    let further = Set(PairColumn.furtherRejected)
    try columns.append(numbers: record.numbers.filter { !further.contains($0.key) })
    try columns.append(texts: record.texts.filter { !further.contains($0.key) })
  }
}
