public import PairwiseConfig
public import PairwiseData
internal import PairwiseTensor
public import PairwiseText

/// A published checkpoint opened for reading: a Hugging Face folder or a GGUF file, seen the same way.
public struct PretrainedModel: Sendable {
  /// How the checkpoint is stored.
  public enum Format: String, Sendable {
    case safetensors = "safetensors"
    case shardedSafetensors = "sharded safetensors"
    case gguf = "GGUF"
  }

  /// The folder or file as the user named it.
  public let path: String
  public let format: Format
  /// `config.json`, in the file's own layout; for GGUF made from its metadata, with `rope_theta` and
  /// `rope_scaling`.
  public let config: ConfigNode
  /// The file with the config, for messages about it.
  public let configPath: String
  /// The tensors under the names of `CanonicalNames`. Which of them a model needs, and their shapes, is for
  /// the model to check.
  public let weights: any WeightSource
  /// The files that hold the tensors.
  public let weightFiles: [String]
  /// Tokenizer, special tokens and chat template; nil if the checkpoint comes without.
  public let text: TextPipeline?

  /// `model_type` of the config; empty if there is none.
  public var modelType: String {
    if case .string(let type)? = config["model_type"]?.value { type } else { "" }
  }

  /// Opens a folder with `config.json` and safetensors, a `.gguf` file, or a folder that holds one `.gguf`
  /// file and no `config.json`.
  ///
  /// Headers are read and checked, tensors are not, except where a head has to be compared with the
  /// embedding it is tied to.
  ///
  /// - Throws: `.missing` if nothing can be opened there, `.invalid` for what is damaged or unsupported.
  public static func open(_ path: String) throws(DataError) -> PretrainedModel {
    guard FileAccess.exists(path) else {
      throw DataError(
        .missing, file: path, "expected a folder with config.json, or a GGUF file")
    }
    if !FileAccess.isFolder(path) { return try openGGUF(path, named: path) }
    if FileAccess.exists(path + "/config.json") { return try openFolder(path) }
    let names = FileAccess.names(in: path)
    let files = names.filter { $0.hasSuffix(".gguf") }
    guard files.count <= 1 else {
      throw DataError(
        .invalid, file: path,
        "holds \(files.count) GGUF files, expected one: name the file that is meant")
    }
    if let file = files.first { return try openGGUF(path + "/" + file, named: path) }
    throw DataError(
      .missing, file: path,
      names.contains("adapter_config.json")
        ? "is an adapter: expected the folder of its base model"
        : "expected config.json or a GGUF file in this folder")
  }

  private static func openFolder(_ path: String) throws(DataError) -> PretrainedModel {
    let configPath = path + "/config.json"
    let config = try JSONFile.read(configPath)
    let stored = try storedWeights(path)
    return PretrainedModel(
      path: path, format: stored.format, config: config, configPath: configPath,
      weights: try CanonicalNames.weights(stored.source, config: config),
      weightFiles: stored.files, text: try text(in: path, config))
  }

  /// The tokenizer of a folder; nil without one.
  static func text(in folder: String, _ config: ConfigNode? = nil) throws(DataError)
    -> TextPipeline?
  {
    guard FileAccess.exists(folder + "/tokenizer.json") else { return nil }
    var files: [(name: String, bytes: [UInt8])] = []
    for name in TextPipeline.fileNames where FileAccess.exists(folder + "/" + name) {
      files.append((name, try FileAccess.read(folder + "/" + name, limit: 256 << 20)))
    }
    do throws(TextError) {
      var type: String?
      if case .string(let name)? = config?["model_type"]?.value { type = name }
      return try TextPipeline(files: files, folder: folder, modelType: type)
    } catch {
      throw DataError(.invalid, file: error.file, place: error.place, error.message)
    }
  }

  private static func storedWeights(_ path: String) throws(DataError)
    -> (source: any WeightSource, files: [String], format: Format)
  {
    // The order in which transformers looks.
    let (single, index) = (path + "/model.safetensors", path + "/model.safetensors.index.json")
    if FileAccess.exists(single) { return (try SafeTensorsFile(single), [single], .safetensors) }
    if FileAccess.exists(index) {
      let shards = try ShardedSafeTensors(index)
      return (shards, shards.files.map(\.path), .shardedSafetensors)
    }
    let hasPickle = FileAccess.exists(path + "/pytorch_model.bin")
    throw DataError(
      .missing, file: path,
      "expected model.safetensors or model.safetensors.index.json"
        + (hasPickle ? "; pytorch_model.bin, which can run code, is not read" : ""))
  }

  private static func openGGUF(_ path: String, named name: String) throws(DataError)
    -> PretrainedModel
  {
    let model = try GGUFModel(GGUFFile(path))
    return PretrainedModel(
      path: name, format: .gguf, config: try model.configuration(), configPath: path,
      weights: try model.weights(), weightFiles: [path], text: try model.text())
  }
}
