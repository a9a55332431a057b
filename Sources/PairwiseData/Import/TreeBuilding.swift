internal import PairwiseConfig

extension ConfigNode.Value {
  /// A table from keys and values in the given order, for output.
  static func fields(_ fields: [(String, ConfigNode.Value)]) -> ConfigNode.Value {
    .table(fields.map { ConfigNode.Entry(key: $0.0, value: ConfigNode($0.1)) })
  }

  /// A list of bare values, for output.
  static func values(_ values: some Sequence<ConfigNode.Value>) -> ConfigNode.Value {
    .list(values.map { ConfigNode($0) })
  }

  /// A list of integers, for output.
  static func integers(_ integers: some Sequence<Int>) -> ConfigNode.Value {
    .list(integers.map { ConfigNode(.int($0)) })
  }
}
