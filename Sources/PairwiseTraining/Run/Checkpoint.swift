internal import Crypto
internal import PairwiseConfig
public import PairwiseData
public import PairwiseModels
internal import PairwiseNN
public import PairwiseOptim
public import PairwiseTensor
internal import SystemPackage

/// Where a run stands, besides its weights: what resuming needs to give the same bytes.
public struct TrainerState: Sendable, Equatable {
  /// Steps done.
  public var step = 0
  /// Bytes of `metrics.jsonl` that belong to these steps.
  public var metricsBytes = 0
  /// The best evaluation so far.
  public var bestStep: Int?
  public var bestMetric: Double?
  /// Evaluations since the best one.
  public var evaluationsWithoutBetter = 0
  public var optimizerSteps = 0
  /// Tokens trained on so far.
  public var tokens = 0
  /// What the objective carries from batch to batch, by input.
  public var objective: [String: [Float]] = [:]
  /// Shares of groups and what they are learned from, by name; empty without a mixture.
  public var mixture: [String: [Double]] = [:]
  /// Identifies the training data.
  public var dataFingerprint = ""
  /// Wall time of all sessions of the run.
  public var seconds = 0.0
}

/// A folder with everything needed to go on: weights, optimizer state, trainer state, and a manifest with
/// the SHA-256 of each file.
///
/// It is written under a temporary name, made durable, and renamed; one that lacks a file or whose bytes
/// differ from the manifest is never used.
public enum Checkpoint {
  /// What a checkpoint holds, checked.
  public struct Loaded: Sendable {
    public var name: String
    public var model: any Model
    public var optimizerState: [String: Tensor]
    /// Trained parameters of a reference that moves, `[P]`.
    public var reference: Tensor?
    public var state: TrainerState
  }

  public static func name(step: Int) -> String {
    let digits = String(step)
    return "checkpoint-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  /// Steps of the checkpoints in a run's folder, newest first, whether good or not.
  public static func steps(in folder: RunFolder) -> [Int] {
    FileAccess.names(in: folder.path)
      .filter { $0.hasPrefix("checkpoint-") }
      .compactMap { Int($0.dropFirst("checkpoint-".count)) }
      .sorted(by: >)
  }

  private static let referenceFile = "/reference.safetensors"
  /// Numbers that the objective trains, if there are any.
  private static let objectiveFile = "/objective.safetensors"

  /// Writes a checkpoint; afterwards it is on disk in full, or nothing has changed.
  ///
  /// - Parameter reference: trained parameters of a reference that moves.
  public static func write(
    model: any Model, optimizer: any Optimizer, state: TrainerState, reference: Tensor? = nil,
    to folder: RunFolder
  ) throws(DataError) {
    try writeFolder(name(step: state.step), in: folder) { (path) throws(DataError) in
      try ModelDirectory.save(model.own, to: path)
      if !model.store.appended.isEmpty {
        try SafeTensorsFile.write(
          model.store.appended.map { ($0.name, model.store.value($0)) }, to: path + objectiveFile)
      }
      try SafeTensorsFile.write(optimizer.state, to: path + "/optimizer.safetensors")
      if let reference {
        try SafeTensorsFile.write(
          [(name: "reference", tensor: reference)], to: path + referenceFile)
      }
      var writer = JSONWriter(.pretty)
      writer.write(state.node)
      writer.endLine()
      try FileAccess.write(writer.bytes, to: path + "/trainer-state.json")
    }
  }

  /// Fills a new folder of the run and puts it in place with its manifest.
  static func writeFolder(
    _ name: String, in folder: RunFolder, _ fill: (String) throws(DataError) -> Void
  ) throws(DataError) {
    let temporary = folder.path + "/.tmp-" + name
    let target = folder.path + "/" + name
    FileAccess.remove(temporary)
    do throws(DataError) {
      try FileAccess.createFolder(temporary)
      try fill(temporary)
      try Manifest.write(in: temporary)
      try FileAccess.syncFolder(temporary)
      FileAccess.remove(target)
      try FileAccess.rename(temporary, to: target)
      try FileAccess.syncFolder(folder.path)
    } catch {
      FileAccess.remove(temporary)
      throw error
    }
  }

  /// The newest checkpoint that is complete, and a sentence for each newer one that is not.
  ///
  /// - Parameter model: a model of the run's config; its trained parameters are replaced.
  public static func newest(in folder: RunFolder, like model: any Model)
    -> (loaded: Loaded?, problems: [String])
  {
    var problems: [String] = []
    for step in steps(in: folder) {
      do throws(DataError) {
        return (try load(name(step: step), in: folder, like: model), problems)
      } catch {
        problems.append("\(name(step: step)) is not usable (\(error)); trying the one before it")
      }
    }
    return (nil, problems)
  }

  /// The model's own parameters, and those of the objective behind them.
  private static func loadModel(from path: String, like model: any Model) throws(DataError)
    -> any Model
  {
    var loaded = model.own
    try loaded.loadTrained(from: path)
    if model.store.appended.isEmpty { return loaded }
    let file = try SafeTensorsFile(path + objectiveFile)
    var extra: [(name: String, start: Tensor, learningRate: Double?)] = []
    for parameter in model.store.appended {
      guard file.shape(of: parameter.name) == parameter.shape.array else {
        throw DataError(
          .invalid, file: file.path, "expected \(parameter.name) of shape \(parameter.shape)")
      }
      extra.append(
        (parameter.name, try file.tensor(parameter.name), parameter.learningRate))
    }
    loaded.store.append(extra)
    return loaded
  }

  /// Reads a checkpoint after checking every byte against its manifest.
  public static func load(_ name: String, in folder: RunFolder, like model: any Model)
    throws(DataError) -> Loaded
  {
    let path = folder.path + "/" + name
    try Manifest.check(path)
    let model = try loadModel(from: path, like: model)
    let file = try SafeTensorsFile(path + "/optimizer.safetensors")
    var state: [String: Tensor] = [:]
    for tensor in file.names { state[tensor] = try file.tensor(tensor) }
    var reference: Tensor?
    if FileAccess.exists(path + referenceFile) {
      reference = try SafeTensorsFile(path + referenceFile).tensor("reference")
    }
    let statePath = path + "/trainer-state.json"
    return Loaded(
      name: name, model: model, optimizerState: state, reference: reference,
      state: try TrainerState(reading: statePath))
  }
}

extension Model {
  /// The model without the numbers that an objective trains beside it.
  var own: Self {
    if store.appended.isEmpty { return self }
    var model = self
    model.store = store.own
    return model
  }
}

/// `manifest.json`: the files of a folder with size and SHA-256.
enum Manifest {
  private static let name = "manifest.json"

  static func write(in folder: String) throws(DataError) {
    var files: [ConfigNode] = []
    for file in FileAccess.names(in: folder) where file != name {
      let (bytes, digest) = try self.digest(folder + "/" + file)
      files.append(
        ConfigNode(
          .table([
            .init(key: "name", value: file.configNode),
            .init(key: "bytes", value: bytes.configNode),
            .init(key: "sha256", value: digest.configNode),
          ])))
    }
    var writer = JSONWriter(.pretty)
    writer.write(
      ConfigNode(
        .table([
          .init(key: "format", value: RunConfig.formatVersion.configNode),
          .init(key: "files", value: ConfigNode(.list(files))),
        ])))
    writer.endLine()
    try FileAccess.write(writer.bytes, to: folder + "/" + name)
  }

  static func check(_ folder: String) throws(DataError) {
    let path = folder + "/" + name
    let document = try jsonDocument(path)
    guard case .int(let format)? = document["format"]?.value,
      case .list(let files)? = document["files"]?.value, !files.isEmpty
    else { throw DataError(.invalid, file: path, "expected a format and a list of files") }
    guard format <= RunConfig.formatVersion else {
      throw DataError(
        .invalid, file: path,
        "has format \(format), written by a newer version; this one reads up to \(RunConfig.formatVersion)"
      )
    }
    for file in files {
      guard case .string(let name)? = file["name"]?.value, !name.contains("/"),
        case .int(let bytes)? = file["bytes"]?.value,
        case .string(let expected)? = file["sha256"]?.value
      else { throw DataError(.invalid, file: path, "expected name, bytes and sha256 of each file") }
      let found = try digest(folder + "/" + name)
      guard found.bytes == bytes, found.sha256 == expected else {
        throw DataError(.invalid, file: folder + "/" + name, "differs from what the manifest says")
      }
    }
  }

  /// Size and SHA-256 of a file, read in pieces.
  static func digest(_ path: String) throws(DataError) -> (bytes: Int, sha256: String) {
    let file = try FileAccess.open(path)
    defer { try? file.close() }
    let size = try FileAccess.size(of: file, path)
    var hash = SHA256()
    var offset = 0
    while offset < size {
      let piece = try FileAccess.read(
        file, path, offset: offset, count: min(1 << 20, size - offset))
      hash.update(data: piece)
      offset += piece.count
    }
    return (size, hash.finalize().map(hexByte).joined())
  }

  static func hexByte(_ byte: UInt8) -> String {
    let text = String(byte, radix: 16)
    return byte < 16 ? "0" + text : text
  }
}

/// Reads a JSON file of ours.
func jsonDocument(_ path: String, limit: Int = 64 << 20) throws(DataError) -> ConfigNode {
  let bytes = try FileAccess.read(path, limit: limit)
  do throws(JSONError) {
    return try JSON.parse(bytes)
  } catch {
    throw DataError(.invalid, file: path, place: "line \(error.line)", error.message)
  }
}

extension TrainerState {
  var node: ConfigNode {
    ConfigNode(
      .table([
        .init(key: "global_step", value: step.configNode),
        .init(key: "metrics_bytes", value: metricsBytes.configNode),
        .init(key: "best_step", value: bestStep?.configNode ?? ConfigNode(.null)),
        .init(key: "best_metric", value: bestMetric?.configNode ?? ConfigNode(.null)),
        .init(
          key: "evaluations_without_better", value: evaluationsWithoutBetter.configNode),
        .init(key: "optimizer_steps", value: optimizerSteps.configNode),
        .init(key: "num_tokens", value: tokens.configNode),
        .init(
          key: "objective_state",
          value: ConfigNode(
            .table(
              objective.sorted { $0.key < $1.key }.map {
                .init(key: $0.key, value: ConfigNode(.list($0.value.map(\.configNode))))
              }))),
        .init(
          key: "mixture_state",
          value: ConfigNode(
            .table(
              mixture.sorted { $0.key < $1.key }.map {
                .init(key: $0.key, value: ConfigNode(.list($0.value.map(\.configNode))))
              }))),
        .init(key: "data_fingerprint", value: dataFingerprint.configNode),
        .init(key: "seconds", value: seconds.configNode),
      ]))
  }

  init(reading path: String) throws(DataError) {
    let document = try jsonDocument(path)
    func integer(_ key: String) throws(DataError) -> Int {
      guard case .int(let value)? = document[key]?.value, value >= 0 else {
        throw DataError(.invalid, file: path, place: key, "expected a whole number")
      }
      return value
    }
    step = try integer("global_step")
    metricsBytes = try integer("metrics_bytes")
    evaluationsWithoutBetter = try integer("evaluations_without_better")
    optimizerSteps = try integer("optimizer_steps")
    if document["num_tokens"] != nil { tokens = try integer("num_tokens") }
    objective = try TrainerState.numbers(document["objective_state"], "objective_state", path)
    mixture = try TrainerState.numbers(document["mixture_state"], "mixture_state", path)
    if case .int(let best)? = document["best_step"]?.value { bestStep = best }
    switch document["best_metric"]?.value {
    case .number(let metric): bestMetric = metric
    case .int(let metric): bestMetric = Double(metric)
    default: break
    }
    if case .string(let text)? = document["data_fingerprint"]?.value { dataFingerprint = text }
    if case .number(let wall)? = document["seconds"]?.value { seconds = wall }
  }

  /// A table of lists of numbers; empty where there is none.
  private static func numbers<Number: ConfigValue>(
    _ node: ConfigNode?, _ key: String, _ path: String
  ) throws(DataError) -> [String: [Number]] {
    guard let node else { return [:] }
    guard case .table(let entries) = node.value else {
      throw DataError(.invalid, file: path, place: key, "expected a table")
    }
    var state: [String: [Number]] = [:]
    for entry in entries {
      do throws(ConfigMismatch) {
        state[entry.key] = try [Number].read(entry.value)
      } catch {
        throw DataError(.invalid, file: path, place: "\(key).\(entry.key)", "expected numbers")
      }
    }
    return state
  }
}
