internal import Crypto
package import PairwiseConfig
package import PairwiseData

/// Hashes of the files and folders that stages and runs read, each computed once. A class: one memory for a whole pipeline
/// or comparison.
package final class InputDigests {
  private var known: [String: String] = [:]

  package init() {}

  package static func hash(_ parts: [String]) -> String {
    var hash = SHA256()
    for part in parts {
      hash.update(data: Array(part.utf8))
      hash.update(data: [0])
    }
    return hash.finalize().prefix(16).map(Manifest.hexByte).joined()
  }

  /// What a product was is no longer so.
  func forget(_ path: String) { known[path] = nil }

  /// A hash for each text of a tree that leads to a file or a folder, in order.
  package func parts(of node: ConfigNode, _ path: (String) -> String) throws(DataError) -> [String]
  {
    switch node.value {
    case .string(let text):
      // No file is called so, and long texts are no names.
      if text.isEmpty || text.utf8.count > 1024 { return [] }
      let file = path(text)
      return FileAccess.exists(file) ? [try digest(file)] : []
    case .list(let items):
      var parts: [String] = []
      for item in items { parts += try self.parts(of: item, path) }
      return parts
    case .table(let entries):
      var parts: [String] = []
      // Folders that are written to are no input.
      for entry in entries where entry.key != "name" && entry.key != "kind" {
        parts += try self.parts(of: entry.value, path)
      }
      return parts
    default: return []
    }
  }

  private func digest(_ path: String) throws(DataError) -> String {
    if let digest = known[path] { return digest }
    var digest = ""
    if FileAccess.isFolder(path) {
      // A model's folder; anything else by the names in it alone would be no content.
      guard
        FileAccess.exists(path + "/config.json") || FileAccess.exists(path + "/adapter_config.json")
      else { return "folder" }
      var parts: [String] = []
      for name in FileAccess.names(in: path).sorted() where !FileAccess.isFolder(path + "/" + name)
      {
        parts += [name, try Manifest.digest(path + "/" + name).sha256]
      }
      digest = InputDigests.hash(parts)
    } else {
      digest = try Manifest.digest(path).sha256
    }
    known[path] = digest
    return digest
  }
}

/// What is remembered of a stage between runs of a pipeline: a small file beside its product.
struct StageTrace {
  struct Known {
    var seconds: Double
    var figures: [(name: String, value: Double)]
    var products: [(name: String, path: String)]
  }

  private let path: String

  init(folder: String, name: String) { path = "\(folder)/.\(name).json" }

  private var node: ConfigNode? {
    guard let bytes = try? FileAccess.read(path, limit: 1 << 20) else { return nil }
    return try? JSON.parse(bytes)
  }

  /// What the stage did, if it ended with this key and its products are there.
  func record(key: String) -> Known? {
    guard let node, node["key"]?.value == .string(key), node["ended"]?.value == .bool(true),
      case .table(let figures)? = node["figures"]?.value,
      case .table(let products)? = node["products"]?.value
    else { return nil }
    var known = Known(seconds: 0, figures: [], products: [])
    if let seconds = node["seconds"] { known.seconds = (try? Double.read(seconds)) ?? 0 }
    for entry in figures {
      if let value = try? Double.read(entry.value) { known.figures.append((entry.key, value)) }
    }
    for entry in products {
      guard case .string(let file) = entry.value.value, FileAccess.exists(file) else { return nil }
      known.products.append((entry.key, file))
    }
    return known
  }

  /// Whether it was begun with this key.
  func began(key: String) -> Bool { node?["key"]?.value == .string(key) }

  func begin(key: String) throws(DataError) {
    try write([.init(key: "key", value: key.configNode)])
  }

  func end(key: String, _ record: Pipeline.Record) throws(DataError) {
    guard case .table(let entries) = record.node.value else { return }
    try write(
      [.init(key: "key", value: key.configNode), .init(key: "ended", value: true.configNode)]
        + entries.filter { $0.key != "kept" })
  }

  private func write(_ entries: [ConfigNode.Entry]) throws(DataError) {
    var writer = JSONWriter()
    writer.write(ConfigNode(.table(entries)))
    writer.endLine()
    try FileAccess.replace(path, with: writer.bytes)
  }
}
