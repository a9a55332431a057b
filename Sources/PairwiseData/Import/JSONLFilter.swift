internal import PairwiseConfig
internal import SystemPackage

/// Picks lines of JSON Lines files without changing them.
public enum JSONLFilter {
  /// The numbers under a key, one of each line that is not blank.
  ///
  /// - Throws: for a line that is no object, or has no finite number there.
  public static func numbers(_ key: String, in path: String) throws(DataError) -> [Double] {
    var values: [Double] = []
    try lines(of: path) { (line, number) throws(DataError) in
      let node: ConfigNode
      do throws(JSONError) {
        node = try JSON.parse(line, line: number)
      } catch {
        throw DataError(.invalid, file: path, place: "line \(number)", error.message)
      }
      switch node[key]?.value {
      case .int(let value): values.append(Double(value))
      case .number(let value): values.append(value)
      case nil:
        throw DataError(
          .invalid, file: path, place: "line \(number)", "has no column '\(key)'")
      default:
        throw DataError(
          .invalid, file: path, place: "line \(number)", "\(key): expected a number")
      }
    }
    return values
  }

  /// Writes the lines that are not blank and that `kept` has true for, as they are. The output is there in
  /// full or not at all.
  ///
  /// - Throws: if there are more or fewer lines than `kept` has values.
  public static func copy(_ path: String, to output: String, keeping kept: [Bool])
    throws(DataError)
  {
    try FileAccess.replace(output) { (file) throws(DataError) in
      var pending: [UInt8] = []
      var index = 0
      try lines(of: path) { (line, _) throws(DataError) in
        if index < kept.count, kept[index] {
          pending += line
          pending.append(0x0A)
        }
        index += 1
        if pending.count < 1 << 18 { return }
        try FileAccess.append(pending, to: file, output)
        pending.removeAll(keepingCapacity: true)
      }
      guard index == kept.count else {
        throw DataError(
          .invalid, file: path, "has \(index) rows, expected \(kept.count) as in the scores")
      }
      try FileAccess.append(pending, to: file, output)
    }
  }

  private static func lines(
    of path: String, _ body: (ArraySlice<UInt8>, Int) throws(DataError) -> Void
  ) throws(DataError) {
    let name = path.lowercased()
    guard [".jsonl", ".ndjson", ".json"].contains(where: name.hasSuffix) else {
      throw DataError(.invalid, file: path, "expected a name that ends in .jsonl")
    }
    var reader = try LineReader(path: path, maxLength: ImportOptions().maxLineLength)
    while let event = try reader.next() {
      guard case .line = event else {
        throw DataError(
          .invalid, file: path, place: "line \(reader.number)",
          "is longer than the \(reader.maxLength) bytes allowed")
      }
      if !JSONLReader.isBlank(reader.line) { try body(reader.line, reader.number) }
    }
  }
}
