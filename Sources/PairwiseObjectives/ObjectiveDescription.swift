internal import PairwiseConfig

/// An objective in words: formula, parameters with ranges and defaults, inputs.
public struct ObjectiveDescription {
  private let type: any Objective.Type

  public init(_ type: any Objective.Type) { self.type = type }

  /// For a terminal.
  public var text: String {
    var lines = ["\(type.name): \(type.summary)"]
    if !type.aliases.isEmpty { lines.append("also called \(type.aliases.joined(separator: ", "))") }
    lines += ["", type.formula, "", "parameters"]
    let type = type
    let option = VariantOption<any Objective>(type.name, "") { type.init(from: &$0) }
    let keys = ConfigReader.keys(of: option, discriminator: "name")
    for key in keys {
      lines.append("  \(key.key): \(key.allowed)\(defaultText(key))")
      lines.append("      \(key.doc)")
    }
    if keys.isEmpty { lines.append("  none") }
    lines += ["", "inputs, with default parameters"]
    for input in inputs(option) {
      var words = ["[\(input.shape.map(text).joined(separator: ", "))]"]
      words.append(input.isDifferentiable ? "computed by the model" : "from the data")
      if input.isOptional { words.append("optional") }
      if input.values != .any { words.append(input.values.words) }
      lines.append("  \(input.name): \(words.joined(separator: ", "))")
    }
    return lines.joined(separator: "\n")
  }

  private func inputs(_ option: VariantOption<any Objective>) -> [InputSpec] {
    let node = ConfigNode(.table([.init(key: "name", value: type.name.configNode)]))
    let read = try? ConfigReader.readVariant(
      [option], discriminator: "name", from: node, path: "objective", file: "")
    return read?.value.inputs ?? []
  }

  private func text(_ extent: InputSpec.Extent) -> String {
    switch extent {
    case .symbol(let symbol): symbol
    case .fixed(let count): "\(count)"
    }
  }

  private func defaultText(_ key: KeyDescription) -> String {
    guard let value = key.defaultValue else { return "" }
    if value.value == .null { return ", default none" }
    var writer = JSONWriter()
    writer.write(value)
    return ", default \(writer.string)"
  }
}
