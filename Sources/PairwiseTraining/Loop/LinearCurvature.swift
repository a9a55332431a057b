internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseObjectives
internal import PairwiseTensor

/// The Hessian of the Bradley–Terry loss of a linear model: the mean of σ(Δ)σ(−Δ)·ddᵀ over pairs, with d the
/// difference of their features and Δ = w·d.
enum LinearCurvature {
  /// D at most: the matrix is solved anew at every measurement.
  private static let mostFeatures = 1024

  /// Why a run's Hessian is not that matrix, or nil.
  static func problem(_ run: TrainRun) throws(RunError) -> String? {
    guard let model = run.config.model.options as? FeatureModelOptions, model.hiddenSizes.isEmpty,
      model.head.options is ScalarHeadOptions
    else { return "hessian is for model kind features without hidden_sizes, with head scalar" }
    guard let objective = run.config.objective as? BradleyTerry, objective.margin == .none,
      objective.temperature == 1, objective.centerRewardsCoefficient == nil
    else {
      return "hessian is for objective bradley_terry without margin, temperature and centering"
    }
    let width = run.data.facts.featureWidth ?? 0
    return width <= mostFeatures
      ? nil : "hessian takes at most \(mostFeatures) features, the data has \(width)"
  }

  /// `[D, D]` row by row, over the pairs of some batches.
  static func matrix(_ batches: [Batch], weights: Tensor) -> [Double] {
    let w = weights.array.map { Double($0) }
    let width = w.count
    var matrix = [Double](repeating: 0, count: width * width)
    let count = Double(batches.reduce(0) { $0 + $1.count })
    for batch in batches {
      guard case .dense(let rows) = batch.input else { continue }
      let values = rows.array
      for pair in 0..<batch.count {
        let difference = (0..<width).map {
          Double(values[2 * pair * width + $0]) - Double(values[(2 * pair + 1) * width + $0])
        }
        let margin = Swift.zip(difference, w).reduce(0) { $0 + $1.0 * $1.1 }
        let weight = Logistic.sigmoid(margin) * Logistic.sigmoid(-margin) / count
        for i in 0..<width {
          let scaled = weight * difference[i]
          for j in 0..<width { matrix[i * width + j] += scaled * difference[j] }
        }
      }
    }
    return matrix
  }
}
