import PairwiseConfig
import Testing

/// One JSON object and its values by key.
struct JSONObject {
  let node: ConfigNode

  init(_ text: some StringProtocol) throws { node = try JSON.parse(Array(text.utf8)) }
  init(_ node: ConfigNode) { self.node = node }

  var keys: [String] {
    guard case .table(let entries) = node.value else { return [] }
    return entries.map(\.key)
  }

  subscript(key: String) -> ConfigNode? { node[key] }

  /// The same as compact JSON: equal for equal values, wherever they stood.
  var text: String {
    var writer = JSONWriter()
    writer.write(node)
    return writer.string
  }

  func number(_ key: String) -> Double? { node[key]?.number }
  func string(_ key: String) -> String? { node[key]?.string }
  func list(_ key: String) -> [ConfigNode] { node[key]?.list ?? [] }
}

extension ConfigNode {
  var number: Double? {
    switch value {
    case .int(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  var string: String? { if case .string(let text) = value { text } else { nil } }
  var list: [ConfigNode]? { if case .list(let nodes) = value { nodes } else { nil } }
}

extension TemporaryDirectory {
  /// The objects of a JSON Lines file.
  func objects(_ name: String) throws -> [JSONObject] {
    try text(name).split(separator: "\n").map { try JSONObject($0) }
  }

  /// The lines of `metrics.jsonl` without what differs between equal runs.
  func comparableMetrics(_ folder: String) throws -> [String] {
    try text(folder + "/metrics.jsonl").split(separator: "\n").map { line in
      guard case .table(let entries) = try JSONObject(line).node.value else { return String(line) }
      let kept = entries.filter { $0.key != "seconds" && $0.key != "peak_memory_bytes" }
      return JSONObject(ConfigNode(.table(kept))).text
    }
  }

  /// The file of a folder whose bytes differ between two runs, or nil.
  func difference(_ a: String, _ b: String, checkpoint: String) throws -> String? {
    for name in [
      "final/model.safetensors", "\(checkpoint)/model.safetensors",
      "\(checkpoint)/optimizer.safetensors",
    ] where try bytes("\(a)/\(name)") != bytes("\(b)/\(name)") { return name }
    return try comparableMetrics(a) == comparableMetrics(b) ? nil : "metrics.jsonl"
  }
}
