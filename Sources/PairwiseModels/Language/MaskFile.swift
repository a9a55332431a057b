internal import PairwiseData
internal import PairwiseNN
internal import PairwiseTensor

/// `mask_networks.safetensors`: the mask networks beside a policy. Other programs that read the folder find a
/// plain language model.
enum MaskFile {
  private static let name = "/mask_networks.safetensors"

  /// Writes nothing where there are no networks.
  static func write(_ masks: [MaskNetwork], _ store: ParameterStore, to folder: String)
    throws(DataError)
  {
    let parameters = masks.flatMap(\.parameters)
    if parameters.isEmpty { return }
    try SafeTensorsFile.write(
      parameters.map { (name: $0.name, tensor: store.value($0)) }, to: folder + name)
  }

  static func read(_ masks: [MaskNetwork], _ store: inout ParameterStore, from folder: String)
    throws(DataError)
  {
    let parameters = masks.flatMap(\.parameters)
    if parameters.isEmpty { return }
    try ParameterFilling(SafeTensorsFile(folder + name)).fill(&store, parameters)
  }

  /// The networks that a folder holds, with a store of their own; none where it has no such file.
  static func networks(in folder: String, layers: Int, width: Int) throws(DataError)
    -> (masks: [MaskNetwork], store: ParameterStore)
  {
    let path = folder + name
    var builder = ParameterBuilder()
    var masks: [MaskNetwork] = []
    if FileAccess.exists(path) {
      let file = try SafeTensorsFile(path)
      let suffix = ".mixer.weight"
      for tensor in file.names.sorted() where tensor.hasSuffix(suffix) {
        let options = MaskNetworkOptions(
          String(tensor.dropLast(suffix.count)),
          readsLastLayer: file.shape(of: tensor) == [1, 1] && layers > 1, dropout: 0,
          weightDecay: 0)
        masks.append(MaskNetwork(options, layers: layers, width: width, &builder))
      }
    }
    var store = ParameterStore(zeros: builder)
    try read(masks, &store, from: folder)
    return (masks, store)
  }
}
