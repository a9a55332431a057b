internal import PairwiseConfig
package import PairwiseData
package import PairwiseNN

extension TextEncoder {
  /// Opens a pretrained text encoder (a Hugging Face folder) to embed with, without a head.
  ///
  /// - Throws: if files are missing or damaged, or if the model is a decoder.
  package static func open(_ path: String, pooling: Pooling) throws(DataError) -> (
    encoder: TextEncoder, store: ParameterStore
  ) {
    let start = try StartingPoint(path)
    guard !start.config.isCausal, let source = start.weights else {
      throw DataError(
        .invalid, file: path,
        "\(start.config.family.rawValue) is a decoder, expected a text encoder")
    }
    var builder = ParameterBuilder()
    let encoder = TextEncoder(start.config, pooling: pooling, &builder)
    var store = ParameterStore(zeros: builder)
    for parameter in try ParameterFilling(encoder: source).fill(&store, builder.parameters) {
      store.start(parameter, seed: 0)
    }
    return (encoder, store)
  }
}
