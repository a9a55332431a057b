public import PairwiseConfig
internal import PairwiseData
internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseTensor

/// `kind: extrapolate`: a trained model moved further along the way that training took it, θ + α·(θ − θ₀).
///
/// - Source: ExPO, as HelpSteer2-Preference uses it, Wang et al. 2024 (arXiv 2410.01257).
public struct ExtrapolateStage: PipelineStage {
  public static let kind = "extrapolate"
  public static let summary = "a trained model, further along the way from where it began (ExPO)"

  public let name: String
  private let model: String
  private let start: String
  private let alpha: Double

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    model = reader.artefact("model", "The trained model.")
    start = reader.artefact("from", "The model that its training began with.")
    alpha = reader.required(
      "expo_alpha", fallback: 0, .closed(0...100),
      "How much further: 0 is the model itself, 0.5 half the way again.")
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    let paths = [shop.path(model), shop.path(start)]
    var trained = try ModelDirectory.load(paths[0])
    let begin = try ModelDirectory.load(paths[1]).model.store
    let parameters = trained.model.store.parameters
    let odd = zip(parameters, begin.parameters).first { $0.name != $1.name || $0.shape != $1.shape }
    guard parameters.count == begin.parameters.count && odd == nil else {
      throw DataError(
        .invalid, file: paths[1],
        "expected the parameters of \(paths[0]), found \(begin.parameters.count) of "
          + "\(parameters.count)" + (odd.map { ", another at \($0.0.name)" } ?? ""))
    }
    var distance = 0.0
    for (parameter, first) in zip(parameters, begin.parameters) where !parameter.isFrozen {
      let (old, new) = (begin.value(first).array, trained.model.store.value(parameter).array)
      let moved = zip(new, old).map { new, old in
        distance += Double(new - old) * Double(new - old)
        return Float(Double(new) + alpha * (Double(new) - Double(old)))
      }
      trained.model.store.set(parameter, to: Tensor(parameter.shape, moved))
    }
    // The temperature was fitted to other scores.
    let folder = try shop.writingFolder(name) {
      try trained.model.save(to: $0, SavedNotes(beta: trained.beta))
    }
    return StageResult(
      products: [(name, folder)], figures: [("moved before", distance.squareRoot())])
  }
}
