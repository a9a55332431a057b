internal import PairwiseConfig

/// Reads preference data from JSON Lines or CSV into a sink and accounts for every row.
public enum Importer {
  /// Imports one file. `.jsonl`, `.ndjson` and `.json` are read as JSON Lines, `.csv` as dense features.
  ///
  /// - Returns: the ledger; `read == imported + dropped`.
  /// - Throws: with `onInvalid: .fail` the first invalid row, with line and column; in any case a file
  ///   that cannot be read, and whatever the sink throws.
  public static func run(
    source path: String, into sink: inout some RecordSink, options: ImportOptions = .init()
  ) throws(DataError) -> Ledger {
    let name = path.lowercased()
    if name.hasSuffix(".csv") {
      var reader = try CSVReader(path: path, options: options)
      return try copy(&reader, path: path, into: &sink, options)
    }
    guard [".jsonl", ".ndjson", ".json"].contains(where: name.hasSuffix) else {
      throw DataError(.invalid, file: path, "expected a name that ends in .jsonl or .csv")
    }
    var reader = try JSONLReader(path: path, options: options)
    return try copy(&reader, path: path, into: &sink, options)
  }

  private static func copy<Reader: RecordReader & ~Copyable>(
    _ reader: inout Reader, path: String, into sink: inout some RecordSink, _ options: ImportOptions
  ) throws(DataError) -> Ledger {
    var ledger = Ledger(source: path)
    while ledger.read < options.maxRows ?? .max, let outcome = try reader.next() {
      ledger.read += 1
      switch outcome {
      case .refused(let error):
        if error.reason.isInvalid, options.onInvalid == .fail { throw error.dataError(file: path) }
        ledger.drop(
          error.reason, line: error.line, example: error.reason.isInvalid ? error.message : nil)
      case .record(let record, let remarks):
        try sink.append(record)
        ledger.imported += 1
        for reason in record.reasonsToDrop { ledger.keep(reason, line: record.origin) }
        for remark in remarks { ledger.warn(remark, line: record.origin) }
        for entry in record.extra { ledger.noteUnknownColumn(entry.key, line: record.origin) }
      }
    }
    ledger.shape = reader.shapeDescription
    return ledger
  }
}
