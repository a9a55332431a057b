public import PairwiseConfig
public import PairwiseData

extension ComparedRun {
  /// A line of `results.jsonl`, checked.
  ///
  /// - Throws: `ConfigMismatch` with the key that is missing or holds something else.
  public init(_ node: ConfigNode) throws(ConfigMismatch) {
    let measures = try Self.table(node, "measures")
    let curves = try Self.table(node, "curves")
    let settings = try Self.table(node, "settings")
    let (seed, steps) = (try Self.count(node, "seed"), try Self.count(node, "steps"))
    self.init(
      objective: try Self.read(String.self, node, "objective"),
      settings: settings.map { Setting(key: $0.key, value: $0.value.withoutPlaces) },
      seed: seed, steps: steps,
      measures: try measures.map { (entry) throws(ConfigMismatch) in
        (entry.key, try Self.within("measures." + entry.key, entry.value, Double.self))
      },
      curves: try curves.map { (entry) throws(ConfigMismatch) in try Self.curve(entry) },
      seconds: try Self.read(Double.self, node, "seconds"),
      failure: node["failure"] == nil ? nil : try Self.read(String.self, node, "failure"))
    id = try Self.read(String.self, node, "id")
    heldOut = node["held_out"]?.withoutPlaces
  }

  private static func count(_ node: ConfigNode, _ key: String) throws(ConfigMismatch) -> Int {
    let value = try read(Int.self, node, key)
    if value >= 0 { return value }
    var error = ConfigMismatch(node[key] ?? node, expected: "0 or more")
    error.subpath = key
    throw error
  }

  private static func curve(_ entry: ConfigNode.Entry) throws(ConfigMismatch) -> Curve {
    let name = "curves.\(entry.key)"
    let steps = try within(name + ".steps", entry.value["steps"] ?? ConfigNode(.null), [Int].self)
    let values = try within(
      name + ".values", entry.value["values"] ?? ConfigNode(.null), [Double].self)
    guard steps.count == values.count else {
      var error = ConfigMismatch(entry.value, expected: "as many values as steps, \(steps.count)")
      (error.subpath, error.found) = (name, "\(values.count)")
      throw error
    }
    guard zip(steps, steps.dropFirst()).allSatisfy({ $0 < $1 }) else {
      var error = ConfigMismatch(entry.value, expected: "steps that ascend")
      (error.subpath, error.found) = (name, "steps that do not")
      throw error
    }
    return Curve(name: entry.key, steps: steps, values: values)
  }

  private static func read<T: ConfigValue>(
    _ type: T.Type, _ node: ConfigNode, _ key: String
  ) throws(ConfigMismatch) -> T {
    try within(key, node[key] ?? ConfigNode(.null), type)
  }

  private static func within<T: ConfigValue>(
    _ path: String, _ node: ConfigNode, _ type: T.Type
  ) throws(ConfigMismatch) -> T {
    do throws(ConfigMismatch) {
      return try type.read(node)
    } catch {
      var error = error
      error.subpath = path + error.subpath
      throw error
    }
  }

  private static func table(
    _ node: ConfigNode, _ key: String
  ) throws(ConfigMismatch) -> [ConfigNode.Entry] {
    let value = node[key] ?? ConfigNode(.null)
    if let entries = value.tableEntries { return entries }
    var error = ConfigMismatch(value, expected: "a table")
    error.subpath = key
    throw error
  }
}

extension ComparedRun {
  /// All runs of a finished `results.jsonl`. A torn last line, which a killed comparison may leave, is left
  /// out; of several runs of the same objective, settings and seed the first counts, since those of earlier
  /// configs stand behind.
  ///
  /// - Throws: `DataError` with the line of the first thing that is wrong.
  public static func read(_ file: String) throws(DataError) -> [ComparedRun] {
    let bytes = try FileAccess.read(file, limit: 1 << 30)
    let whole = bytes.prefix((bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1)
    var seen: Set<String> = []
    return try reading(whole, from: file).filter { seen.insert($0.place).inserted }
  }

  /// The runs of `results.jsonl`, in the order of its lines.
  ///
  /// - Throws: for a line that is none, with its number.
  public static func reading(
    _ bytes: ArraySlice<UInt8>, from path: String
  ) throws(DataError) -> [ComparedRun] {
    var runs: [ComparedRun] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      runs.append(try parse(line, file: path, line: index + 1))
    }
    return runs
  }

  private static func parse(
    _ bytes: ArraySlice<UInt8>, file: String, line: Int
  ) throws(DataError) -> ComparedRun {
    let node: ConfigNode
    do throws(JSONError) {
      node = try JSON.parse(bytes, line: line)
    } catch {
      throw DataError(.invalid, file: file, "\(error)")
    }
    do throws(ConfigMismatch) {
      return try ComparedRun(node)
    } catch {
      throw DataError(
        .invalid, file: file, place: "line \(line)",
        "\(error.subpath): found \(error.found), expected \(error.expected)")
    }
  }

  /// Equal for runs of the same objective, settings and seed.
  private var place: String {
    let settings = settings.map { "\($0.key)=\($0.value.identity)" }.sorted()
    return ([objective, "\(seed)"] + settings).joined(separator: "\u{1F}")
  }
}
