internal import PairwiseConfig
internal import PairwiseData

/// Small JSON files of model folders.
enum JSONFile {
  /// Reads a file whose content has to be a JSON object.
  ///
  /// - Parameter limit: bytes beyond which the file is refused.
  static func read(_ path: String, limit: Int = 4 << 20) throws(DataError) -> ConfigNode {
    let bytes = try FileAccess.read(path, limit: limit)
    let document: ConfigNode
    do throws(JSONError) {
      document = try JSON.parse(bytes)
    } catch {
      throw DataError(.invalid, file: path, place: "line \(error.line)", error.message)
    }
    guard case .table = document.value else {
      throw DataError(.invalid, file: path, "expected a JSON object, found \(document.kind)")
    }
    return document
  }

  /// Writes a file for people to read as well, ending in a line break.
  static func write(_ node: ConfigNode, to path: String) throws(DataError) {
    var writer = JSONWriter(.pretty)
    writer.write(node)
    writer.endLine()
    try FileAccess.write(writer.bytes, to: path)
  }
}
