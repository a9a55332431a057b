internal import PairwiseData
internal import PairwiseNN
internal import PairwiseTensor

/// Fills parameters from a file of tensors. A missing, extra or misshapen tensor is an error that names
/// it.
struct ParameterFilling {
  let source: any WeightSource
  /// What the file's names have in front of the parameters'.
  var prefix = ""
  /// Tensors that the file may hold besides.
  var ignored: Set<String> = []
  /// Parameters that the file may lack: they keep their start.
  var optional: Set<String> = []

  init(_ source: any WeightSource) { self.source = source }

  /// The name of a parameter in the file. A head beside a backbone has no prefix.
  private func name(_ parameter: Parameter) -> String {
    parameter.name.hasPrefix("classifier.") ? parameter.name : prefix + parameter.name
  }

  /// Compares names and shapes with the parameters, before any memory is taken.
  func check(_ parameters: [Parameter]) throws(DataError) {
    var wanted: Set<String> = []
    for parameter in parameters {
      let name = name(parameter)
      wanted.insert(name)
      guard let shape = source.shape(of: name) else {
        if optional.contains(parameter.name) { continue }
        throw DataError(.invalid, file: source.path, "tensor '\(name)' is missing")
      }
      guard shape == parameter.fileShape.array else {
        throw DataError(
          .invalid, file: source.path, place: "tensor '\(name)'",
          "expected shape \(parameter.fileShape), found \(shape)")
      }
    }
    for name in source.names where !wanted.contains(name) && !ignored.contains(name) {
      throw DataError(.invalid, file: source.path, "tensor '\(name)' is not part of this model")
    }
  }

  /// Checks and reads. Returns the parameters that the file lacks.
  @discardableResult
  func fill(_ store: inout ParameterStore, _ parameters: [Parameter]) throws(DataError)
    -> [Parameter]
  {
    try check(parameters)
    var missing: [Parameter] = []
    for parameter in parameters {
      let name = name(parameter)
      guard source.shape(of: name) != nil else {
        missing.append(parameter)
        continue
      }
      let tensor = try source.tensor(name)
      if let index = tensor.firstNonFinite {
        throw DataError(
          .invalid, file: source.path, place: "tensor '\(name)'", "element \(index) is not finite")
      }
      store.set(parameter, toFileValue: tensor)
    }
    return missing
  }
}
