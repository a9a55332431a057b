internal import PairwiseConfig

/// Reads JSON Lines: one object a line, split at byte 0x0A only, blank lines passed over.
///
/// Memory is bounded by the longest accepted line; strict JSON, so that what is read is what any other
/// program would read.
struct JSONLReader: ~Copyable, RecordReader {
  private var lines: LineReader
  private var decoder: RowDecoder

  init(path: String, options: ImportOptions) throws(DataError) {
    lines = try LineReader(path: path, maxLength: options.maxLineLength)
    decoder = RowDecoder(options: options)
  }

  var shapeDescription: String? { decoder.shape?.description }

  mutating func next() throws(DataError) -> RowOutcome? {
    while let event = try lines.next() {
      switch event {
      case .tooLong:
        return .refused(
          RowError(
            .lineTooLong, line: lines.number,
            "line is longer than the \(lines.maxLength) bytes allowed"))
      case .line:
        if Self.isBlank(lines.line) { continue }
        return decodeLine()
      }
    }
    return nil
  }

  private mutating func decodeLine() -> RowOutcome {
    let node: ConfigNode
    do {
      node = try JSON.parse(lines.line, line: lines.number)
    } catch {
      return .refused(
        RowError(.malformed, line: error.line, column: .byte(error.column), error.message))
    }
    do {
      var remarks: [String] = []
      let record = try decoder.decode(node, line: lines.number, remarks: &remarks)
      return .record(record, remarks: remarks)
    } catch {
      return .refused(error)
    }
  }

  static func isBlank(_ line: ArraySlice<UInt8>) -> Bool {
    line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }
}
