import Foundation
import PairwiseConfig

/// The fixtures that stand beside the repository, if they do.
enum FixtureFolder {
  static let url: URL? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    for base in [root.appending(path: "../shared/fixtures")] {
      let url = base.standardizedFileURL
      if FileManager.default.fileExists(atPath: url.appending(path: "tokenizers").path) {
        return url
      }
    }
    return nil
  }()

  static var isThere: Bool {
    if url == nil {
      print("no ../shared/fixtures beside the repository: fixture tests are skipped")
    }
    return url != nil
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    guard let url else { throw CocoaError(.fileNoSuchFile) }
    return [UInt8](try Data(contentsOf: url.appending(path: path)))
  }

  static func json(_ path: String) throws -> ConfigNode { try JSON.parse(try bytes(path)) }

  /// The lines of a JSONL file, which end at byte 0x0A alone.
  static func lines(_ path: String) throws -> [ConfigNode] {
    try bytes(path).split(separator: 0x0A).map { try JSON.parse($0) }
  }
}

extension ConfigNode {
  var string: String? {
    if case .string(let text) = value { return text }
    return nil
  }

  var ids: [Int32]? {
    guard case .list(let items) = value else { return nil }
    return items.compactMap {
      if case .int(let id) = $0.value { return Int32(exactly: id) }
      return nil
    }
  }
}
