internal import PairwiseConfig
public import PairwiseData
public import PairwiseNN
internal import PairwiseTensor

/// A saved model: a folder with `config.json` and `model.safetensors`, enough to score with.
public enum ModelDirectory {
  /// What belongs to a saved model besides its weights.
  public struct Loaded: Sendable {
    public var model: any Model
    /// Divides score differences before they are read as log-odds; 1 if never calibrated.
    public var temperature: Double
    /// Scale of a policy's implicit reward, if it was recorded.
    public var beta: Double?
  }

  /// Writes a model into an existing folder. The same model gives the same bytes.
  ///
  /// - Parameter temperature: calibration of score differences, if it was fitted.
  public static func save(
    _ model: any Model, temperature: Double? = nil, to folder: String
  ) throws(DataError) {
    try model.save(to: folder, SavedNotes(temperature: temperature))
  }

  /// Reads a model. Every problem with its files is an error that names what is wrong.
  public static func load(_ folder: String) throws(DataError) -> Loaded {
    let path = folder + "/config.json"
    guard FileAccess.isFolder(folder), FileAccess.exists(path) else {
      return try LanguageModelFolder.load(folder)
    }
    let document = try self.document(path)
    guard case .string(let name)? = document["model_type"]?.value,
      let kind = ModelRegistry.nativeKinds.first(where: { $0.modelType == name })
    else { return try LanguageModelFolder.load(folder) }
    let options = try read(
      VariantOption<any NativeModelOptions>(kind.kind, kind.summary) { kind.init(from: &$0) },
      document, path)
    let facts = kind.facts(savedIn: document)
    if let problem = options.problem(with: facts) {
      throw DataError(.invalid, file: path, problem)
    }
    let weights = try SafeTensorsFile(folder + "/model.safetensors")
    // Before memory is taken: a few bytes of config can ask for terabytes of parameters.
    try check(weights, against: options.parameters(facts).parameters)
    var model = options.model(facts, seed: 0)
    try fill(&model.store, from: weights)
    return Loaded(
      model: model, temperature: try positive("temperature", document, path) ?? 1,
      beta: try positive("beta", document, path))
  }

  static func document(_ path: String) throws(DataError) -> ConfigNode {
    let bytes = try FileAccess.read(path, limit: 16 << 20)
    do throws(JSONError) {
      return try JSON.parse(bytes)
    } catch {
      throw DataError(.invalid, file: path, place: "line \(error.line)", error.message)
    }
  }

  /// Fills every parameter from a safetensors file. A missing, extra or misshapen tensor is an error.
  public static func loadWeights(into store: inout ParameterStore, from path: String)
    throws(DataError)
  {
    let file = try SafeTensorsFile(path)
    try check(file, against: store.parameters)
    try fill(&store, from: file)
  }

  /// Checks that a safetensors file has exactly these parameters, by its header alone.
  public static func checkWeights(in path: String, against parameters: [Parameter])
    throws(DataError)
  {
    try check(SafeTensorsFile(path), against: parameters)
  }

  private static func check(_ file: SafeTensorsFile, against wanted: [Parameter]) throws(DataError)
  {
    for name in file.names where !wanted.contains(where: { $0.name == name }) {
      throw DataError(
        .invalid, file: file.path,
        "tensor '\(name)' is not part of this model, which has "
          + wanted.map(\.name).joined(separator: ", "))
    }
    for parameter in wanted {
      guard let shape = file.shape(of: parameter.name) else {
        throw DataError(.invalid, file: file.path, "tensor '\(parameter.name)' is missing")
      }
      guard shape == parameter.shape.array else {
        throw DataError(
          .invalid, file: file.path, place: "tensor '\(parameter.name)'",
          "expected shape \(parameter.shape), found \(shape)")
      }
    }
  }

  private static func fill(_ store: inout ParameterStore, from file: SafeTensorsFile)
    throws(DataError)
  {
    for parameter in store.parameters {
      let tensor = try file.tensor(parameter.name)
      if let index = tensor.firstNonFinite {
        throw DataError(
          .invalid, file: file.path, place: "tensor '\(parameter.name)'",
          "element \(index) is not finite")
      }
      store.set(parameter, to: tensor)
    }
  }

  /// The options a `config.json` holds: unknown keys there belong to others and are passed over.
  static func read<Options>(
    _ option: VariantOption<Options>, _ document: ConfigNode, _ path: String
  ) throws(DataError) -> Options {
    let known = ConfigReader.keys(of: option, discriminator: "kind").map(\.key)
    var entries: [ConfigNode.Entry] = [.init(key: "kind", value: option.name.configNode)]
    if case .table(let table) = document.value {
      entries += table.filter { known.contains($0.key) }.map(HeadSection.complete)
    }
    do throws(ConfigError) {
      return try ConfigReader.readVariant(
        [option], discriminator: "kind", from: ConfigNode(.table(entries)), path: "", file: path
      ).value
    } catch {
      let problem = error.problems[0]
      throw DataError(
        .invalid, file: path, place: "line \(problem.place.line)",
        "\(problem.path): \(problem.message)")
    }
  }

  private static func positive(_ key: String, _ document: ConfigNode, _ path: String)
    throws(DataError) -> Double?
  {
    guard let node = document[key] else { return nil }
    do throws(ConfigMismatch) {
      let value = try Double.read(node)
      if value > 0 { return value }
    } catch {}
    throw DataError(.invalid, file: path, place: key, "expected a number > 0")
  }
}

extension NativeModel {
  public func save(to folder: String, _ notes: SavedNotes) throws(DataError) {
    var entries: [ConfigNode.Entry] = [
      .init(key: "architectures", value: [Self.architecture].configNode),
      .init(key: "model_type", value: Self.modelType.configNode),
    ]
    if self is any RewardModel { entries.append(.init(key: "num_labels", value: 1.configNode)) }
    entries += configuration
    if let temperature = notes.temperature {
      entries.append(.init(key: "temperature", value: temperature.configNode))
    }
    if let beta = notes.beta { entries.append(.init(key: "beta", value: beta.configNode)) }
    var writer = JSONWriter(.pretty)
    writer.write(ConfigNode(.table(entries)))
    writer.endLine()
    try FileAccess.write(writer.bytes, to: folder + "/config.json")
    let tensors = store.parameters.map { (name: $0.name, tensor: store.value($0)) }
    try SafeTensorsFile.write(tensors, to: folder + "/model.safetensors")
  }

  public mutating func loadTrained(from folder: String) throws(DataError) {
    try ModelDirectory.loadWeights(into: &store, from: folder + "/model.safetensors")
  }
}
