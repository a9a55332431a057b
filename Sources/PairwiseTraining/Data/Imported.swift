internal import PairwiseData

/// JSONL or CSV imported for this process alone: in memory, or in a file without a name if it is large.
struct Imported {
  let source: any PairSource
  let ledger: Ledger
  /// Line of each row of `source`.
  let lines: [Int32]

  /// Files up to this size are held in memory.
  private static let memoryLimit = 64 << 20

  init(_ path: String, _ options: ImportOptions) throws(DataError) {
    // What is no plain file has no size; opening it says why.
    let size = FileAccess.size(path) ?? .max
    if size <= Imported.memoryLimit {
      var sink = LineKeeping(RecordList())
      ledger = try Importer.run(source: path, into: &sink, options: options)
      try ledger.requireRows()
      (source, lines) = (try InMemoryPairs(sink.inner.records), sink.lines)
      return
    }
    let scratch = RunEnvironment.temporaryFile("pairwise-import", "h5")
    defer { FileAccess.remove(scratch) }
    var sink = LineKeeping(
      try PreferenceFileWriter(creating: scratch, info: .made(by: "import", from: path)))
    ledger = try Importer.run(source: path, into: &sink, options: options)
    try ledger.requireRows()
    try sink.inner.finish()
    // Open files live on without their name.
    (source, lines) = (try PreferenceFile(path: scratch), sink.lines)
  }
}

/// Hands records on and keeps the line each came from.
private struct LineKeeping<Inner: RecordSink>: RecordSink {
  var inner: Inner
  private(set) var lines: [Int32] = []

  init(_ inner: Inner) { self.inner = inner }

  mutating func append(_ record: PreferenceRecord) throws(DataError) {
    try inner.append(record)
    lines.append(Int32(clamping: record.origin))
  }
}
