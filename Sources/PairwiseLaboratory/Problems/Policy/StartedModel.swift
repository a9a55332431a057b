internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseTensor

/// A model that starts from another one's parameters, whatever the seed: a problem's own pretrained start.
///
/// What the start does not have, such as networks that an objective trains beside it, is drawn.
struct StartedModel: ModelOptions {
  static let kind = CausalLMOptions.kind
  static let summary = CausalLMOptions.summary
  static let readsTokens = true

  let options: any ModelOptions
  let start: (any Model)?

  init(_ options: any ModelOptions, start: any Model) {
    (self.options, self.start) = (options, start)
  }

  init(from reader: inout SectionReader) {
    (options, start) = (CausalLMOptions(from: &reader), nil)
  }

  func blueprint(_ request: ModelRequest) throws(DataError) -> any ModelBlueprint {
    StartedBlueprint(blueprint: try options.blueprint(request), start: start)
  }
}

private struct StartedBlueprint: ModelBlueprint {
  let blueprint: any ModelBlueprint
  let start: (any Model)?

  var reader: any PairReader { blueprint.reader }
  func remarks(_ data: DataFacts) -> [String] { blueprint.remarks(data) }
  var readsPath: Bool { blueprint.readsPath }
  var gives: Set<String> { blueprint.gives }
  var knowsTokens: Bool { blueprint.knowsTokens }

  func problem(with data: DataFacts) -> String? { blueprint.problem(with: data) }
  func parameters(_ data: DataFacts) -> ParameterBuilder { blueprint.parameters(data) }
  func cost(_ load: TokenLoad, activationBudget: Int) -> ModelCost? {
    blueprint.cost(load, activationBudget: activationBudget)
  }

  func build(_ data: DataFacts, seed: UInt64) throws(DataError) -> any Model {
    var model = try blueprint.build(data, seed: seed)
    guard let known = start?.store.values.array else { return model }
    let drawn = model.store.values
    guard known.count <= drawn.count else {
      throw DataError(
        .invalid, file: "model", "expected none: the problem has a model of its own to start from")
    }
    // Further networks are registered behind the language model's parameters.
    model.store.values = Tensor(drawn.shape, known + drawn.array[known.count...])
    return model
  }
}
