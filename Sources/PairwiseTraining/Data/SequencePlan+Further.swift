internal import PairwiseData
internal import PairwiseModels
internal import PairwiseObjectives
internal import PairwiseTensor

extension PairSource {
  /// Columns that hold texts, or candidates of slates as features.
  var completionColumns: Set<PairColumn> {
    textColumns.union(columns.intersection(PairColumn.furtherRejected))
  }
}

extension SequencePlan {
  /// Why the objective cannot read slates of this size, or nil.
  func problem(with objective: any Objective) -> String? {
    guard let slate else { return nil }
    return objective.problem([(.ranking, Tensor([1, slate], (0..<slate).map { Float($0) }))])
  }

  /// Looks at what further sequences of all rows are made of, once, before training.
  ///
  /// - Throws: for the first row without one of them.
  func checkFurther(_ rows: RowSet, of source: any PairSource, _ path: String) throws {
    if scores.isEmpty { return }
    let columns = extras.reduce(into: Set<PairColumn>()) { $0.formUnion($1.columns) }
    let texts = columns.intersection(source.textColumns)
    let numbers = columns.subtracting(texts)
    let needs = PairNeeds(columns: numbers, textColumns: texts)
    var start = 0
    while start < rows.count {
      let end = min(rows.count, start + 4096)
      let block = try source.read((start..<end).map { rows[$0] }, needs)
      for column in columns.sorted(by: { $0.rawValue < $1.rawValue }) {
        let width = source.width(of: column)
        for row in 0..<block.count {
          let isThere =
            if texts.contains(column) {
              block.textColumns[column]?[row].isEmpty == false
            } else {
              block.columns[column]?[row * width..<(row + 1) * width].allSatisfy { $0.isFinite }
                == true
            }
          if isThere { continue }
          let hint = slate.map { "; all slates of a file have as many candidates, here \($0)" }
          throw RunError.unsuitable(
            "\(path): row \(block.rows[row]) has no \(column.rawValue)\(hint ?? "")")
        }
      }
      start = end
    }
  }
}
