internal import PairwiseData

extension PairSet {
  /// The pairs at some places, in their order, as a set of its own.
  func selecting(_ places: [Int]) -> PairSet {
    var set = PairSet(
      source: source, rows: .list(places.map { Int32(rows[$0]) }), reader: reader,
      columns: columns, matrices: matrices,
      lengths: lengths.isEmpty ? [] : places.map { lengths[$0] }, plan: plan,
      mismatchRun: mismatchRun)
    (set.vectorNumbers, set.readsOutcome, set.contexts) = (vectorNumbers, readsOutcome, contexts)
    if let reference {
      var part = reference
      part.sums = reference.sums.mapValues { values in places.map { values[$0] } }
      part.tokens = reference.tokens?.selecting(places)
      set.reference = part
    }
    return set
  }
}
