internal import PairwiseAutodiff
internal import PairwiseData
internal import PairwiseNN
internal import PairwiseTensor

/// A reward model that can get to know somebody from pairs they have judged.
public protocol AdaptiveRewardModel: RewardModel {
  var data: DataFacts { get }
  /// What its head is told about a pair.
  var headNeeds: HeadNeeds { get }
  /// The model at its start for other data.
  func fresh(for data: DataFacts) -> Self
}

extension AdaptiveRewardModel {
  /// Names of the annotators that the model knows.
  public var annotators: [String] { data.names[.annotator, default: []] }

  /// Whether anything in it depends on who judges.
  public var dependsOnAnnotators: Bool { headNeeds.names.contains(.annotator) }

  /// The same model that knows further annotators: what it keeps of each starts at the mean over all.
  ///
  /// - Returns: also the elements of the parameter block that belong to the new ones.
  public func knowing(_ further: [String]) -> (model: Self, own: [Range<Int>]) {
    var facts = data
    facts.names[.annotator, default: []] += further
    var model = fresh(for: facts)
    var own: [Range<Int>] = []
    for (old, new) in zip(store.parameters, model.store.parameters) {
      let values = store.value(old)
      if old.shape == new.shape {
        model.store.set(new, to: values)
        continue
      }
      // Only tables of annotators have grown.
      let (rows, width, array) = (old.shape[0], old.shape[1], values.array)
      let mean = (0..<width).map { column in
        Float((0..<rows).reduce(0.0) { $0 + Double(array[$1 * width + column]) } / Double(rows))
      }
      let count = new.shape[0] - rows
      model.store.set(
        new, to: Tensor(new.shape, array + (0..<count).flatMap { _ in mean }))
      own.append(new.offset + rows * width..<new.offset + new.shape.count)
    }
    return (model, own)
  }
}
