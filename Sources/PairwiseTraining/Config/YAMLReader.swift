internal import PairwiseConfig
internal import Yams

/// Why a YAML text was refused.
struct YAMLProblem: Error, Equatable {
  var place: Place
  var message: String

  init(_ place: Place, _ message: String) {
    self.place = place
    self.message = message
  }

  /// The message with the column, for texts whose lines the reader of the message can look at.
  var sentence: String { place.column > 0 ? "column \(place.column): \(message)" : message }
}

/// Yams' nodes to `ConfigNode`, with plain scalars resolved by the YAML 1.2 core schema.
///
/// Yams puts a copy of the anchored node wherever an alias stands, without bound: nodes nested through
/// ten thousand aliases overflow the stack when they are freed, and hashing keys made of aliases takes
/// exponential time. So Yams never sees an alias: the `*` of whatever might be one is replaced by a marker
/// character that makes it an ordinary plain scalar, and this reader resolves it and counts as it goes.
struct YAMLReader {
  static let maxDepth = 32
  static let maxNodes = 100_000
  static let maxAliases = 100

  /// An anchored value, with what its copies cost.
  private struct Anchored {
    var node: ConfigNode
    var count: Int
    var height: Int
  }

  private let marker: Unicode.Scalar
  private var anchors: [String: Anchored] = [:]
  private var nodes = 0
  private var aliases = 0

  /// Parses a text with one document; nil if it has none.
  static func parse(_ bytes: [UInt8]) throws(YAMLProblem) -> ConfigNode? {
    try YAMLGuard.checkCost(bytes)
    let (text, marker) = try YAMLGuard.hideAliases(in: bytes)
    var reader = YAMLReader(marker: marker)
    do {
      // Without rules Yams resolves no tags itself: those would be YAML 1.1's.
      let parser = try Yams.Parser(yaml: text, resolver: .basic, encoding: .utf8)
      // The nodes refer to their anchors weakly, the parser holds them.
      return try withExtendedLifetime(parser) {
        try parser.singleRoot().map { try reader.convert($0, depth: 1).node }
      }
    } catch let error as YamlError {
      throw YAMLProblem(error)
    } catch let error as YAMLProblem {
      throw error
    } catch {
      throw YAMLProblem(.none, "config cannot be read as YAML")
    }
  }

  private init(marker: Unicode.Scalar) { self.marker = marker }

  // MARK: Nodes

  /// - Returns: the node, and how many levels it has.
  private mutating func convert(
    _ node: Node, depth: Int
  ) throws(YAMLProblem) -> (node: ConfigNode, height: Int) {
    let place = Self.place(node.mark)
    nodes += 1
    let first = nodes
    try checkLimits(place, depth: depth)
    let anchor: Anchor?
    let value: ConfigNode.Value
    var height = 1
    switch node {
    case .scalar(let scalar):
      if let name = aliasName(scalar) { return try resolve(name, place, depth: depth) }
      anchor = scalar.anchor
      value = try convert(scalar, place)
    case .sequence(let sequence):
      try checkTag(sequence.tag, place, allowed: "seq")
      anchor = sequence.anchor
      var items: [ConfigNode] = []
      for item in sequence {
        let result = try convert(item, depth: depth + 1)
        items.append(result.node)
        height = max(height, result.height + 1)
      }
      value = .list(items)
    case .mapping(let mapping):
      try checkTag(mapping.tag, place, allowed: "map")
      anchor = mapping.anchor
      let table = try convert(mapping, depth: depth)
      value = .table(table.entries)
      height = table.height
    case .alias:
      throw YAMLProblem(place, "alias where none was expected")
    }
    let result = ConfigNode(value, place: place)
    if let anchor {
      anchors[anchor.rawValue] = Anchored(
        node: result, count: nodes - first + 1, height: height)
    }
    return (result, height)
  }

  private mutating func convert(
    _ mapping: Node.Mapping, depth: Int
  ) throws(YAMLProblem) -> (entries: [ConfigNode.Entry], height: Int) {
    var entries: [ConfigNode.Entry] = []
    var seen: [String: Place] = [:]
    var height = 1
    for (keyNode, valueNode) in mapping {
      let place = Self.place(keyNode.mark)
      guard case .scalar(let scalar) = keyNode, aliasName(scalar) == nil else {
        throw YAMLProblem(place, "expected a plain key, found a list, a table or an alias")
      }
      let key = restored(scalar.string)
      if key == "<<" && scalar.style == .plain {
        throw YAMLProblem(place, "merge keys (<<) are not part of YAML 1.2; write the keys out")
      }
      if let first = seen.updateValue(place, forKey: key) {
        throw YAMLProblem(
          place, "key \(Wording.quoted(key)) appears twice; it was first on line \(first.line)")
      }
      let result = try convert(valueNode, depth: depth + 1)
      entries.append(ConfigNode.Entry(key: key, place: place, value: result.node))
      height = max(height, result.height + 1)
    }
    return (entries, height)
  }

  private func convert(
    _ scalar: Node.Scalar, _ place: Place
  ) throws(YAMLProblem) -> ConfigNode.Value {
    try checkTag(scalar.tag, place, allowed: "str")
    let text = restored(scalar.string)
    if scalar.style == .plain && scalar.tag.rawValue.isEmpty { return CoreSchema.resolve(text) }
    return .string(text)
  }

  // MARK: Aliases

  /// The name if this is what an alias was turned into.
  private func aliasName(_ scalar: Node.Scalar) -> String? {
    guard scalar.style == .plain, scalar.string.unicodeScalars.first == marker else { return nil }
    return restored(String(scalar.string.unicodeScalars.dropFirst()))
  }

  private func restored(_ text: String) -> String {
    guard text.unicodeScalars.contains(marker) else { return text }
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: text.unicodeScalars.map { $0 == marker ? "*" : $0 })
    return String(scalars)
  }

  private mutating func resolve(
    _ name: String, _ place: Place, depth: Int
  ) throws(YAMLProblem) -> (node: ConfigNode, height: Int) {
    aliases += 1
    guard aliases <= Self.maxAliases else {
      throw YAMLProblem(place, "more than \(Self.maxAliases) aliases")
    }
    guard let anchored = anchors[name] else {
      throw YAMLProblem(place, "alias \(Wording.quoted("*" + name)) has no anchor before it")
    }
    // The copies share memory; what they would cost whoever walks the tree is counted all the same.
    nodes += anchored.count - 1
    try checkLimits(place, depth: depth + anchored.height - 1)
    return (anchored.node, anchored.height)
  }

  // MARK: Checks

  private func checkLimits(_ place: Place, depth: Int) throws(YAMLProblem) {
    guard nodes <= Self.maxNodes else {
      throw YAMLProblem(place, "more than \(Self.maxNodes) values, those of aliases included")
    }
    guard depth <= Self.maxDepth else {
      throw YAMLProblem(place, "nested deeper than \(Self.maxDepth) levels")
    }
  }

  /// Only the tags that say what is the case anyway.
  private func checkTag(_ tag: Tag, _ place: Place, allowed: String) throws(YAMLProblem) {
    let name = tag.rawValue
    guard name.isEmpty || name == "!" || name == "tag:yaml.org,2002:\(allowed)" else {
      throw YAMLProblem(place, "tag \(Wording.quoted(name)) is not supported here")
    }
  }

  private static func place(_ mark: Mark?) -> Place {
    mark.map { Place(line: $0.line, column: $0.column) } ?? .none
  }
}

extension YAMLProblem {
  /// Yams' error as one sentence.
  init(_ error: YamlError) {
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      self.init(Place(line: mark.line, column: mark.column), Self.sentence(problem, context))
    case .duplicatedKeysInMapping(let keys, let context):
      let place = Place(line: context.mark.line, column: context.mark.column)
      self.init(place, "key \(Wording.quoted(keys.first ?? "")) appears twice in one table")
    case .reader(let problem, let offset, _, let yaml):
      self.init(Self.place(of: offset, in: yaml), problem)
    case .memory:
      self.init(.none, "config needs more memory than there is")
    default:
      self.init(.none, "config cannot be read as YAML")
    }
  }

  /// For libyaml's own limit, which is far above ours.
  private static let tooDeep = "nested deeper than \(YAMLReader.maxDepth) levels"

  private static func sentence(_ problem: String, _ context: YamlError.Context?) -> String {
    guard let context else { return problem }
    if problem.hasPrefix("Maximum nesting level") { return tooDeep }
    if problem == "but found another document" {
      return "expected one document in the file, found another"
    }
    return "\(problem) \(context.text) that began on line \(context.mark.line)"
  }

  private static func place(of offset: Int?, in text: String) -> Place {
    guard let offset,
      let index = text.index(text.startIndex, offsetBy: offset, limitedBy: text.endIndex)
    else { return .none }
    let before = text[..<index].unicodeScalars
    let lineStart = before.lastIndex(of: "\n").map { before.index(after: $0) }
    return Place(
      line: before.count { $0 == "\n" } + 1,
      column: before[(lineStart ?? before.startIndex)...].count + 1)
  }
}
