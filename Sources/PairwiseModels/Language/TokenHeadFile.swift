internal import PairwiseData
internal import PairwiseNN
internal import PairwiseTensor

/// `token_networks.safetensors`: the networks beside a policy. Other programs that read the folder find a plain language
/// model.
enum TokenHeadFile {
  private static let name = "/token_networks.safetensors"

  /// Writes nothing where there are no networks.
  static func write(_ heads: [TokenHead], _ store: ParameterStore, to folder: String)
    throws(DataError)
  {
    let parameters = heads.flatMap(\.parameters)
    if parameters.isEmpty { return }
    try SafeTensorsFile.write(
      parameters.map { (name: $0.name, tensor: store.value($0)) }, to: folder + name)
  }

  static func read(_ heads: [TokenHead], _ store: inout ParameterStore, from folder: String)
    throws(DataError)
  {
    let parameters = heads.flatMap(\.parameters)
    if parameters.isEmpty { return }
    try ParameterFilling(SafeTensorsFile(folder + name)).fill(&store, parameters)
  }

  /// Fills the networks that a folder holds in the same form.
  ///
  /// - Returns: the parameters of all others.
  static func start(_ heads: [TokenHead], _ store: inout ParameterStore, from folder: String)
    throws(DataError) -> [Parameter]
  {
    let path = folder + name
    guard !heads.isEmpty, FileAccess.exists(path) else { return heads.flatMap(\.parameters) }
    let file = try SafeTensorsFile(path)
    var fresh: [Parameter] = []
    for head in heads {
      if head.parameters.allSatisfy({ file.shape(of: $0.name) == $0.shape.array }) {
        try ParameterFilling(file).fill(&store, head.parameters)
      } else {
        fresh += head.parameters
      }
    }
    return fresh
  }

  /// The networks that a folder holds, with a store of their own; none where it has no such file.
  static func networks(in folder: String, layers: Int, width: Int) throws(DataError)
    -> (heads: [TokenHead], store: ParameterStore)
  {
    let path = folder + name
    var builder = ParameterBuilder()
    var heads: [TokenHead] = []
    if FileAccess.exists(path) {
      let file = try SafeTensorsFile(path)
      for options in file.names.sorted().compactMap({ kind(of: $0, file, layers, width) }) {
        heads.append(TokenHead(options, layers: layers, width: width, &builder))
      }
    }
    var store = ParameterStore(zeros: builder)
    try read(heads, &store, from: folder)
    return (heads, store)
  }

  /// The network that a tensor is the last of: masks end in a mixer, values in a single bias.
  private static func kind(
    of tensor: String, _ file: SafeTensorsFile, _ layers: Int, _ width: Int
  ) -> TokenHeadOptions? {
    func named(_ suffix: String) -> String? {
      tensor.hasSuffix(suffix) ? String(tensor.dropLast(suffix.count)) : nil
    }
    if let name = named(".mixer.weight") {
      return .mask(
        MaskNetworkOptions(
          name, readsLastLayer: file.shape(of: tensor) == [1, 1] && layers > 1, dropout: 0,
          weightDecay: 0))
    }
    if let name = named(".weight"), file.shape(of: name + ".bias") == [1],
      file.shape(of: name + ".norm.weight") != nil
    {
      return .value(
        ValueHeadOptions(
          name, readsLastLayer: file.shape(of: tensor) == [1, width] && layers > 1, weightDecay: 0))
    }
    return nil
  }
}
