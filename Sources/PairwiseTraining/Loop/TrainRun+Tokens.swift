internal import PairwiseData
public import PairwiseModels
internal import PairwiseNN
internal import PairwiseObjectives
internal import PairwiseTensor

extension TrainRun {
  /// The first pairs of the validation set, or else of the training pairs, as the run's final policy and its
  /// reference see them token by token.
  ///
  /// - Parameter folder: the run's folder.
  /// - Throws: `RunError.unsuitable` of reward models and runs that have not ended, `DataError`.
  public func shadedTokens(_ count: Int, in folder: RunFolder) throws
    -> (measures: [String], pairs: [ShadedPair])
  {
    guard FileAccess.isFolder(folder.final) else {
      throw RunError.unsuitable("\(folder.path): the run has no final model yet")
    }
    guard let policy = try ModelDirectory.load(folder.final).model as? CausalLM,
      var start = try startModel() as? CausalLM
    else { throw RunError.unsuitable("\(folder.path): only policies have tokens to show") }
    if reference.sync != nil,
      let moved = Checkpoint.newest(in: folder, like: start).loaded?.reference,
      moved.shape == start.store.values.shape
    {
      start.store.values = moved
    }
    let shades = try TokenShades(
      policy, against: .model(start), beta: config.objective.rewardScale ?? 1,
      folder: folder.final)
    let set = data.validation ?? data.train
    let batch = try set.read(Array(0..<min(count, set.count)))
    return (shades.measures, shades.shaded(batch.input))
  }
}
