internal import PairwiseAutodiff
public import PairwiseData
internal import PairwiseEvaluation
public import PairwiseModels
internal import PairwiseNN
internal import PairwiseTensor

/// Scores of some pairs: `[n]` each.
public struct ScoredPairs: Sendable {
  public var chosen: [Float]
  public var rejected: [Float]
}

/// A saved reward model ready to score. A row's score depends on that row alone: not on batch size,
/// neighbours, order or thread count.
public struct PairScorer: Sendable {
  public let model: any RewardModel
  /// Divides score differences before they are read as log-odds.
  public let temperature: Double

  /// Loads the folder that training left as `final/` or as a checkpoint.
  public init(model folder: String) throws(DataError) {
    let loaded = try ModelDirectory.load(folder)
    (model, temperature) = (loaded.model, loaded.temperature)
  }

  public init(_ model: any RewardModel, temperature: Double = 1) {
    self.model = model
    self.temperature = temperature
  }

  /// What has to be read of a pair to score it.
  public var needs: PairNeeds {
    var needs = model.reader.needs
    needs.allowsUnlabelled = true
    return needs
  }

  /// Why this source cannot be scored, or nil.
  public func problem(with source: any PairSource) -> String? {
    if needs.texts && !source.hasTexts { return "the model scores texts, the data has none" }
    guard needs.features else { return nil }
    guard let width = source.featureWidth else {
      return "the model scores features, the data has none"
    }
    if let feature = model as? FeatureModel, feature.inputSize != width {
      return "the model scores \(feature.inputSize) features, the data has \(width)"
    }
    return nil
  }

  /// Scores pairs that were read with `needs`.
  public func score(_ block: PairBlock) -> ScoredPairs {
    let scores = model.scores(model.reader.input(for: block), Weights(model.store), dropout: nil)
    return scores.value.withSpan { span in
      var result = ScoredPairs(chosen: [], rejected: [])
      result.chosen.reserveCapacity(block.count)
      result.rejected.reserveCapacity(block.count)
      for pair in 0..<block.count {
        result.chosen.append(span[2 * pair])
        result.rejected.append(span[2 * pair + 1])
      }
      return result
    }
  }

  /// P(chosen ≻ rejected) = σ(margin / temperature).
  public func probability(margin: Double) -> Double {
    Logistic.sigmoid(margin / temperature)
  }
}
