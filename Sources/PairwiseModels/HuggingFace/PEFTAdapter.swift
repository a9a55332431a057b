public import PairwiseData
public import PairwiseTensor

/// A LoRA adapter as the PEFT library keeps it: `adapter_config.json` and `adapter_model.safetensors` in one
/// folder.
///
/// For a linear layer with weight `[out, in]` the adapter adds `scale · B·A`. Layers that PEFT can adapt in
/// other ways (DoRA, whole modules saved, ranks of their own, …) are refused by name.
public struct PEFTAdapter: Sendable {
  /// The two matrices of one linear layer.
  public struct Module: Sendable {
    /// The layer's name in the base model, such as `model.layers.0.self_attn.q_proj`.
    public var name: String
    /// `[r, in]`
    public var a: Tensor
    /// `[out, r]`
    public var b: Tensor

    public init(name: String, a: Tensor, b: Tensor) {
      self.name = name
      self.a = a
      self.b = b
    }
  }

  /// r
  public var rank: Int
  /// α; the product B·A is scaled by α/r.
  public var alpha: Double
  /// Last parts of the names of the adapted layers, such as `q_proj`. Sorted.
  public var targets: [String]
  /// Dropout of the adapter's input while training, a fraction.
  public var dropout: Double
  /// Scales by α/√r instead of α/r.
  public var usesRankStabilizedScale: Bool
  /// Whether the base model stores these layers' weights as `[in, out]`, as GPT-2 does.
  public var fanInFanOut: Bool
  /// Where the base model was when the adapter was made.
  public var baseModel: String?
  /// `CAUSAL_LM`, `SEQ_CLS`, …
  public var taskType: String?
  /// Sorted by name.
  public var modules: [Module]
  /// Layers that are trained as a whole, such as a new reward head: PEFT's `modules_to_save`.
  public var saved: [Saved]

  /// A linear layer kept as a whole.
  public struct Saved: Sendable {
    public var name: String
    /// `[out, in]`
    public var weight: Tensor

    public init(name: String, weight: Tensor) { (self.name, self.weight) = (name, weight) }
  }

  public init(
    rank: Int, alpha: Double, targets: [String], dropout: Double = 0,
    usesRankStabilizedScale: Bool = false, fanInFanOut: Bool = false, baseModel: String? = nil,
    taskType: String? = "CAUSAL_LM", modules: [Module], saved: [Saved] = []
  ) {
    self.saved = saved
    self.rank = rank
    self.alpha = alpha
    self.targets = targets.sorted()
    self.dropout = dropout
    self.usesRankStabilizedScale = usesRankStabilizedScale
    self.fanInFanOut = fanInFanOut
    self.baseModel = baseModel
    self.taskType = taskType
    self.modules = modules.sorted { $0.name < $1.name }
  }

  /// What B·A is multiplied by.
  public var scale: Double {
    usesRankStabilizedScale ? alpha / Double(rank).squareRoot() : alpha / Double(rank)
  }

  static let configName = "adapter_config.json"
  static let weightsName = "adapter_model.safetensors"
  static let prefix = "base_model.model."

  /// Whether a folder holds an adapter.
  public static func isAdapter(_ folder: String) -> Bool {
    FileAccess.exists(folder + "/" + configName)
  }

  /// Reads and checks a folder.
  ///
  /// - Throws: `.missing` if a file is missing; `.invalid` for a setting that is not supported, which is named,
  ///   and for tensors that are missing, extra, or of shapes that don't belong together.
  public static func read(_ folder: String) throws(DataError) -> PEFTAdapter {
    guard FileAccess.isFolder(folder) else {
      throw DataError(.missing, file: folder, "expected a folder with \(configName)")
    }
    var adapter = try PEFTConfig.read(folder + "/" + configName)
    let file = try SafeTensorsFile(folder + "/" + weightsName)
    adapter.modules = try modules(file, adapter)
    for index in adapter.saved.indices {
      adapter.saved[index].weight = try file.tensor(prefix + adapter.saved[index].name + ".weight")
    }
    return adapter
  }

  /// Writes both files into an existing folder. The same adapter gives the same bytes.
  public func write(to folder: String) throws(DataError) {
    try JSONFile.write(PEFTConfig.node(self), to: folder + "/" + PEFTAdapter.configName)
    let whole = saved.map { (name: PEFTAdapter.prefix + $0.name + ".weight", tensor: $0.weight) }
    let tensors = modules.flatMap { module in
      [
        (name: PEFTAdapter.prefix + module.name + ".lora_A.weight", tensor: module.a),
        (name: PEFTAdapter.prefix + module.name + ".lora_B.weight", tensor: module.b),
      ]
    }
    try SafeTensorsFile.write(tensors + whole, to: folder + "/" + PEFTAdapter.weightsName)
  }

  // MARK: Tensors

  private static func modules(_ file: SafeTensorsFile, _ adapter: PEFTAdapter)
    throws(DataError) -> [Module]
  {
    var names: Set<String> = []
    let whole = Set(adapter.saved.map { prefix + $0.name + ".weight" })
    for tensor in file.names where !whole.contains(tensor) {
      guard let module = moduleName(tensor) else {
        throw DataError(
          .invalid, file: file.path,
          "tensor '\(tensor)' is no lora_A or lora_B weight of a linear layer")
      }
      names.insert(module)
    }
    guard !names.isEmpty else {
      throw DataError(.invalid, file: file.path, "expected lora_A and lora_B weights, found none")
    }
    var modules: [Module] = []
    for name in names.sorted() { modules.append(try module(name, file, adapter)) }
    return modules
  }

  private static func moduleName(_ tensor: String) -> String? {
    guard tensor.hasPrefix(prefix) else { return nil }
    for ending in [".lora_A.weight", ".lora_B.weight"] where tensor.hasSuffix(ending) {
      let name = String(tensor.dropFirst(prefix.count).dropLast(ending.count))
      return name.isEmpty ? nil : name
    }
    return nil
  }

  private static func module(_ name: String, _ file: SafeTensorsFile, _ adapter: PEFTAdapter)
    throws(DataError) -> Module
  {
    // As PEFT compares: the whole name, or its last parts.
    guard adapter.targets.contains(where: { name == $0 || name.hasSuffix("." + $0) }) else {
      throw DataError(
        .invalid, file: file.path,
        "layer '\(name)' is none of the target_modules \(adapter.targets.joined(separator: ", "))")
    }
    func matrix(_ part: String, _ isShape: (Int, Int) -> Bool, _ wanted: String)
      throws(DataError) -> Tensor
    {
      let tensor = prefix + name + "." + part + ".weight"
      guard let shape = file.shape(of: tensor) else {
        throw DataError(.invalid, file: file.path, "tensor '\(tensor)' is missing")
      }
      guard shape.count == 2, isShape(shape[0], shape[1]) else {
        throw DataError(
          .invalid, file: file.path, place: "tensor '\(tensor)'",
          "expected shape \(wanted), found \(shape)")
      }
      return try file.tensor(tensor)
    }
    let rank = adapter.rank
    return Module(
      name: name, a: try matrix("lora_A", { rows, _ in rows == rank }, "[\(rank), inputs]"),
      b: try matrix("lora_B", { _, columns in columns == rank }, "[outputs, \(rank)]"))
  }
}
