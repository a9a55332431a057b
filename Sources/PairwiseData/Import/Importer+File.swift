internal import PairwiseConfig

extension Importer {
  /// How to hold out rows while a file is imported.
  public struct HoldOut: Sendable, Equatable {
    /// Share of prompts for the split `validation`, 0 … 1.
    public var fraction: Double
    public var seed: UInt64

    public init(fraction: Double, seed: UInt64 = 0) {
      self.fraction = fraction
      self.seed = seed
    }
  }

  /// Imports one file into a new preference file, with the ledger as its attribute `ledger`.
  ///
  /// - Parameters:
  ///   - holdOut: splits rows into `train` and `validation` by prompt; nil makes all of them `train`.
  /// - Throws: as `run` and the writer; also if not a single row could be imported. Nothing is left
  ///   behind then.
  public static func write(
    source: String, to path: String, info: PreferenceFileInfo, options: ImportOptions = .init(),
    holdOut: HoldOut? = nil, overwrite: Bool = false
  ) throws(DataError) -> Ledger {
    if let holdOut, !(0...1).contains(holdOut.fraction) {
      throw DataError(
        .invalid, file: path, place: "validation_fraction",
        "expected 0 ... 1, found \(holdOut.fraction)")
    }
    var info = info
    if holdOut != nil { info.splitUnit = .prompt }
    let writer = try PreferenceFileWriter(creating: path, info: info, overwrite: overwrite)
    var sink = SplittingSink(writer: writer, holdOut: holdOut)
    let ledger = try run(source: source, into: &sink, options: options)
    try ledger.requireRows()
    if holdOut != nil {
      try writer.setSplit("train", rows: .list(sink.train))
      try writer.setSplit("validation", rows: .list(sink.validation))
    }
    try writer.setAttribute("ledger", JSONWriter.text(ledger.json))
    try writer.finish()
    return ledger
  }
}

/// Hands records on to a writer and notes which split each belongs to.
private struct SplittingSink: RecordSink {
  let writer: PreferenceFileWriter
  let holdOut: Importer.HoldOut?
  private(set) var train: [Int32] = []
  private(set) var validation: [Int32] = []

  init(writer: PreferenceFileWriter, holdOut: Importer.HoldOut?) {
    self.writer = writer
    self.holdOut = holdOut
  }

  mutating func append(_ record: PreferenceRecord) throws(DataError) {
    let row = writer.count
    try writer.append(record)
    guard let holdOut else { return }
    let isHeldOut = SplitAssignment.isValidation(
      record, row: row, fraction: holdOut.fraction, seed: holdOut.seed)
    if isHeldOut {
      validation.append(Int32(clamping: row))
    } else {
      train.append(Int32(clamping: row))
    }
  }
}

extension Ledger {
  /// Throws if not a single row was imported, with what became of those that were read.
  package func requireRows() throws(DataError) {
    if imported > 0 { return }
    let reasons = dropped.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
    throw DataError(
      .invalid, file: source,
      "no row could be imported, \(read) were read" + (reasons.isEmpty ? "" : ": \(reasons)"))
  }
}

extension JSONWriter {
  /// A tree as one line of text.
  static func text(_ node: ConfigNode) -> String {
    var writer = JSONWriter()
    writer.write(node)
    return writer.string
  }
}
