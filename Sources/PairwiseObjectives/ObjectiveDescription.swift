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
      let names = [key.key, key.otherName].compactMap(\.self).joined(separator: " or ")
      lines.append("  \(names): \(key.allowed)\(defaultText(key))")
      lines.append("      \(key.doc)")
    }
    if keys.isEmpty { lines.append("  none") }
    lines += ["", "inputs, with default parameters"]
    for input in ObjectiveRegistry.standard(type).inputs {
      var words = ["[\(input.shape.map(text).joined(separator: ", "))]"]
      words.append(origin(input.source))
      if let other = input.alternative {
        words.append("or \(other) in its place")
      } else if input.isOptional {
        words.append("optional")
      }
      if input.isShareable { words.append("one row may stand for all") }
      if input.values != .any { words.append(input.values.words) }
      lines.append("  \(input.name): \(words.joined(separator: ", "))")
    }
    return lines.joined(separator: "\n")
  }

  private func origin(_ source: InputSpec.Source) -> String {
    switch source {
    case .model: "computed by the model"
    case .reference: "computed by the reference, or from the data"
    case .data: "from the data"
    case .counted: "counted in tokens"
    case .state: "from the batches before"
    case .noise: "random"
    case .learned: "trained beside the model"
    case .network: "computed by a small network that is trained beside the model"
    case .activation: "computed from the reference's activations"
    }
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
