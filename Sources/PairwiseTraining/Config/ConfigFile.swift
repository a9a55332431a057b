internal import Glibc
public import PairwiseConfig
internal import SystemPackage

/// Config files: YAML 1.2 (and so JSON) into the tree that sections are read from, and back.
///
/// A file may hold one document of at most 1 MiB, 100,000 values and 32 levels, with at most 100
/// aliases; values and levels are counted after the aliases were replaced.
public enum ConfigFile {
  static let maxBytes = 1 << 20

  /// Reads a file and applies `--set` overrides to it.
  ///
  /// - Parameter overrides: `key.path=value` each, in order; the value is YAML. Tables that are missing on
  ///   the way are made. What they set has the place `.override`.
  /// - Throws: `.missing` or `.unreadable` if there is no text to look at; otherwise what is wrong with
  ///   it: the first error of the YAML, or every override that cannot be applied.
  public static func load(
    _ path: String, overrides: [String] = []
  ) throws(ConfigError) -> ConfigNode {
    let bytes = try read(path)
    var root = try parse(bytes, file: path)
    var problems: [Problem] = []
    for override in overrides {
      if let problem = apply(override, to: &root) { problems.append(problem) }
    }
    if !problems.isEmpty { throw ConfigError(file: path, problems: problems) }
    return root
  }

  /// Parses the text of a config file; an empty one is an empty table.
  ///
  /// - Parameter file: what messages call it.
  public static func parse(_ bytes: [UInt8], file: String) throws(ConfigError) -> ConfigNode {
    do throws(YAMLProblem) {
      guard bytes.count <= maxBytes else {
        throw YAMLProblem(.none, "config is larger than \(maxBytes) bytes")
      }
      let node = try YAMLReader.parse(bytes)
      if case .null? = node?.value { return ConfigNode(.table([]), place: start) }
      return node ?? ConfigNode(.table([]), place: start)
    } catch {
      throw ConfigError(
        file: file,
        problems: [.custom(path: "", place: error.place, message: error.sentence)])
    }
  }

  private static let start = Place(line: 1, column: 1)

  // MARK: Reading

  private static func read(_ path: String) throws(ConfigError) -> [UInt8] {
    do {
      let descriptor = try FileDescriptor.open(FilePath(path), .readOnly)
      return try descriptor.closeAfter { try readAll(descriptor) }
    } catch let error as Errno {
      throw failure(error, path)
    } catch {
      throw failure(.ioError, path)
    }
  }

  private static func readAll(_ descriptor: FileDescriptor) throws -> [UInt8] {
    // What is too large already is refused without reading all of it.
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try unsafe chunk.withUnsafeMutableBytes { buffer in
        try unsafe descriptor.read(into: buffer)
      }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      if bytes.count > maxBytes { return bytes }
    }
  }

  private static func failure(_ error: Errno, _ path: String) -> ConfigError {
    let message: String
    var kind = ConfigError.Kind.missing
    switch error {
    case .noSuchFileOrDirectory, .notDirectory: message = "no such config file"
    case .permissionDenied: message = "config file may not be read"
    case .isDirectory: message = "expected a config file, found a directory"
    default:
      kind = .unreadable
      message = "config file cannot be read: \(error.description.lowercased())"
    }
    return ConfigError(
      kind, file: path, problems: [.custom(path: "", place: .none, message: message)])
  }

  // MARK: Overrides

  /// Sets one key; returns what is wrong with the override, if anything.
  private static func apply(_ override: String, to root: inout ConfigNode) -> Problem? {
    guard let equals = override.firstIndex(of: "=") else {
      return problem(override, "expected key=value, found no '='")
    }
    let path = String(override[..<equals])
    let keys = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard !keys.contains("") else {
      return problem(path, "expected keys separated by single dots before the '='")
    }
    guard keys.count <= YAMLReader.maxDepth else {
      return problem(path, "nested deeper than \(YAMLReader.maxDepth) levels")
    }
    let value: ConfigNode
    do throws(YAMLProblem) {
      let text = Array(override[override.index(after: equals)...].utf8)
      value = try YAMLReader.parse(text)?.placed(at: .override) ?? ConfigNode(.null)
    } catch {
      return problem(path, error.sentence)
    }
    guard let obstacle = set(keys[...], to: value, in: &root) else { return nil }
    let key = keys.dropLast(obstacle.keysLeft).joined(separator: ".")
    return problem(path, "expected a table at '\(Wording.printable(key))', found \(obstacle.kind)")
  }

  private static func problem(_ path: String, _ message: String) -> Problem {
    .custom(path: Wording.printable(path), place: .override, message: message)
  }

  /// Walks down `keys`, making tables on the way; returns what stands in the way of it.
  private static func set(
    _ keys: ArraySlice<String>, to value: ConfigNode, in node: inout ConfigNode
  ) -> (keysLeft: Int, kind: String)? {
    guard let key = keys.first else {
      node = value
      return nil
    }
    var entries: [ConfigNode.Entry]
    switch node.value {
    case .table(let existing): entries = existing
    case .null: entries = []
    default: return (keys.count, node.kind)
    }
    let index = entries.firstIndex { $0.key == key } ?? entries.endIndex
    if index == entries.endIndex {
      let empty = ConfigNode(.null, place: .override)
      entries.append(ConfigNode.Entry(key: key, place: .override, value: empty))
    }
    if keys.count == 1 { entries[index].place = .override }
    let obstacle = set(keys.dropFirst(), to: value, in: &entries[index].value)
    node.value = .table(entries)
    return obstacle
  }
}

extension ConfigNode {
  /// The tree with one place for all of it.
  fileprivate func placed(at place: Place) -> ConfigNode {
    switch value {
    case .list(let items):
      ConfigNode(.list(items.map { $0.placed(at: place) }), place: place)
    case .table(let entries):
      ConfigNode(
        .table(
          entries.map { entry in
            Entry(key: entry.key, place: place, value: entry.value.placed(at: place))
          }), place: place)
    default: ConfigNode(value, place: place)
    }
  }
}
