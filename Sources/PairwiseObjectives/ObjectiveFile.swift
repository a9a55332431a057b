public import PairwiseConfig
internal import PairwiseTensor

/// The format of `objective evaluate`: cases of an objective with named inputs in, losses, gradients
/// and metrics out.
///
/// In: `{"cases": [{"id", "objective": {"name", parameters…}, "inputs": {name: array}}]}`. Other keys of a
/// case are ignored, so a file of expected results is an input as it is.
public enum ObjectiveFile {
  /// Evaluates every case of a document.
  ///
  /// - Throws: the first case that is refused, by its id; nothing is written then.
  public static func evaluate(_ document: ConfigNode, file: String) throws(ObjectiveError)
    -> ConfigNode
  {
    guard case .list(let cases)? = document["cases"]?.value else {
      throw ObjectiveError("\(file): expected {\"cases\": [...]}")
    }
    var results: [ConfigNode] = []
    for (index, node) in cases.enumerated() {
      var id = "number \(index)"
      if case .string(let text)? = node["id"]?.value { id = text }
      do throws(ObjectiveError) {
        results.append(try evaluateCase(node, id: id))
      } catch {
        throw ObjectiveError("\(file): line \(node.place.line): case \(id): \(error.message)")
      }
    }
    return ConfigNode(.table([.init(key: "cases", value: ConfigNode(.list(results)))]))
  }

  private static func evaluateCase(_ node: ConfigNode, id: String) throws(ObjectiveError)
    -> ConfigNode
  {
    guard let section = node["objective"] else { throw ObjectiveError("objective: missing") }
    let objective: any Objective
    do throws(ConfigError) {
      objective = try ConfigReader.readVariant(
        ObjectiveRegistry.options(), discriminator: "name", list: ObjectiveRegistry.listForm,
        from: section, path: "objective", file: ""
      ).value
    } catch {
      throw ObjectiveError(
        error.problems.map { "\($0.path): \($0.message)" }.joined(separator: "; "))
    }
    guard case .table(let entries)? = node["inputs"]?.value else {
      throw ObjectiveError("inputs: expected a table of arrays")
    }
    var given: [(name: InputName, tensor: Tensor)] = []
    let withGaps = objective.inputs.filter { $0.values == .rating }.map(\.name.text)
    for entry in entries {
      let values = try tensor(
        entry.value, named: entry.key, allowingGaps: withGaps.contains(entry.key))
      given.append((InputName(entry.key), values))
    }
    let result = try objective.evaluate(given)
    return ConfigNode(
      .table([
        .init(key: "id", value: id.configNode),
        .init(key: "losses", value: array(result.losses)),
        .init(key: "loss", value: ConfigNode(.number(result.loss))),
        .init(
          key: "gradients",
          value: ConfigNode(
            .table(result.gradients.map { .init(key: $0.name.text, value: array($0.tensor)) }))),
        .init(
          key: "metrics",
          value: ConfigNode(
            .table(result.metrics.flatMap { metricEntries(named: $0.name, value: $0.value) }))),
      ]))
  }

  /// Metrics under the names of training logs, and under those of the objective files where they differ.
  private static func metricEntries(named name: String, value: Double) -> [ConfigNode.Entry] {
    let others = [
      "margin": "margin_mean", "mean_reward": "reward_mean", "min_reward": "reward_min",
      "max_reward": "reward_max",
    ]
    let number = ConfigNode(.number(value))
    return [name, others[name]].compactMap { $0.map { .init(key: $0, value: number) } }
  }

  // MARK: Arrays

  /// - Parameter allowingGaps: whether null may stand for a number that is missing; it is NaN then.
  private static func tensor(_ node: ConfigNode, named name: String, allowingGaps: Bool)
    throws(ObjectiveError) -> Tensor
  {
    var extents: [Int] = []
    var level = node
    while case .list(let items) = level.value {
      extents.append(items.count)
      guard extents.count <= 4, let first = items.first else { break }
      level = first
    }
    guard (1...4).contains(extents.count) else {
      throw ObjectiveError("\(name): expected an array of numbers, found \(node.kind)")
    }
    var values: [Float] = []
    try append(node, to: &values, extents: extents[...], name: name, allowingGaps)
    return Tensor(Shape(extents), values)
  }

  private static func append(
    _ node: ConfigNode, to values: inout [Float], extents: ArraySlice<Int>, name: String,
    _ allowingGaps: Bool
  ) throws(ObjectiveError) {
    guard let extent = extents.first else {
      if allowingGaps, node.value == .null { return values.append(.nan) }
      values.append(try number(node, name: name, position: values.count))
      return
    }
    guard case .list(let items) = node.value, items.count == extent else {
      throw ObjectiveError("\(name): rows of unequal length")
    }
    for item in items {
      try append(item, to: &values, extents: extents.dropFirst(), name: name, allowingGaps)
    }
  }

  private static func number(_ node: ConfigNode, name: String, position: Int) throws(ObjectiveError)
    -> Float
  {
    let value: Double
    switch node.value {
    case .int(let integer): value = Double(integer)
    case .number(let number): value = number
    default: throw ObjectiveError("\(name): row \(position): expected a number, found \(node.kind)")
    }
    let narrow = Float(value)
    guard narrow.isFinite else {
      throw ObjectiveError(
        "\(name): row \(position): \(value) is not finite in 32-bit floating point")
    }
    return narrow
  }

  private static func array(_ tensor: Tensor) -> ConfigNode {
    nested(tensor.array[...], tensor.shape.array[...])
  }

  private static func nested(_ values: ArraySlice<Float>, _ extents: ArraySlice<Int>) -> ConfigNode
  {
    guard let extent = extents.first else { return values[values.startIndex].configNode }
    let width = values.count / max(1, extent)
    return ConfigNode(
      .list(
        (0..<extent).map { index in
          let start = values.startIndex + index * width
          return nested(values[start..<start + width], extents.dropFirst())
        }))
  }
}
