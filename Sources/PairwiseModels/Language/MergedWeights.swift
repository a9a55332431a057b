internal import PairwiseAutodiff
internal import PairwiseData
internal import PairwiseNN
internal import PairwiseTensor

/// The weights of an adapted model with its adapters added in, W + scale·B·A, made one at a time.
struct MergedWeights: WeightSource {
  private let store: ParameterStore
  private let parameters: [String: Parameter]
  /// The matrices of each adapted weight.
  private let updates: [String: (a: Parameter, b: Parameter)]
  private let scale: Float
  let names: [String]
  var path: String { "memory" }

  /// - Parameter besides: names of parameters that are no part of the model.
  init(_ store: ParameterStore, _ adapter: LanguageOrigin.Adapter, besides: Set<String>) {
    self.store = store
    scale = adapter.options.scale
    let byName = Dictionary(uniqueKeysWithValues: store.parameters.map { ($0.name, $0) })
    var updates: [String: (a: Parameter, b: Parameter)] = [:]
    for layer in adapter.layers {
      if let a = byName[PEFTNames.a(layer)], let b = byName[PEFTNames.b(layer)] {
        updates[layer + ".weight"] = (a, b)
      }
    }
    self.updates = updates
    var parameters: [String: Parameter] = [:]
    // A head that is trained beside the adapters stands under PEFT's name.
    for parameter in store.parameters
    where !parameter.name.contains(".lora_") && !besides.contains(parameter.name) {
      let name =
        parameter.name.hasPrefix(PEFTNames.prefix)
        ? String(parameter.name.dropFirst(PEFTNames.prefix.count)) : parameter.name
      parameters[name] = parameter
    }
    self.parameters = parameters
    names = parameters.keys.sorted()
  }

  func shape(of name: String) -> [Int]? { parameters[name]?.fileShape.array }

  func tensor(_ name: String) throws(DataError) -> Tensor {
    guard let parameter = parameters[name] else {
      throw DataError(.invalid, file: path, "tensor '\(name)' is missing")
    }
    guard let (a, b) = updates[name] else { return store.fileValue(parameter) }
    let product = Variable(constant: store.value(b)).matmul(Variable(constant: store.value(a)))
    let merged = Variable(constant: store.value(parameter)) + product * scale
    return parameter.isTransposedInFiles ? merged.transposed().value : merged.value
  }
}
