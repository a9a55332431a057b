internal import Crypto
internal import PairwiseConfig
public import PairwiseData
internal import SystemPackage

/// One data file, ready to be read.
public struct DataFile: Sendable {
  /// As the user named it.
  public let path: String
  public let source: any PairSource
  /// Rows read, imported and dropped by reason.
  public let ledger: [(name: String, value: Int)]
  /// Identifies the content.
  public let fingerprint: String
  /// How a text was read; nil of HDF5.
  private let options: ImportOptions?

  /// Pairs that are in memory already, under a name for messages.
  public init(_ name: String, holding source: any PairSource) {
    self.init(
      path: name, source: source, ledger: [("rows read", source.count)],
      fingerprint: "\(name)/\(source.count)")
  }

  private init(
    path: String, source: any PairSource, ledger: [(name: String, value: Int)],
    fingerprint: String, options: ImportOptions? = nil
  ) {
    (self.path, self.source, self.options) = (path, source, options)
    (self.ledger, self.fingerprint) = (ledger, fingerprint)
  }

  /// Where a row of the source stands, for messages: the line of a text, which is read once more to find it.
  func place(ofRow row: Int) -> String {
    guard let options, let lines = try? Imported(path, options).lines, lines.indices.contains(row)
    else { return "row \(row)" }
    return "line \(lines[row])"
  }

  static let textEndings = [".jsonl", ".ndjson", ".json", ".csv"]

  /// Whether a file is JSONL or CSV by its name, and must be imported to be read.
  public static func isText(_ path: String) -> Bool {
    let name = path.lowercased()
    return textEndings.contains(where: name.hasSuffix)
  }

  /// Opens HDF5 as it is; JSONL and CSV are imported into HDF5 once and found again by content.
  ///
  /// Memory does not grow with the file.
  ///
  /// - Parameters:
  ///   - dropIdentical: leaves out pairs whose two sides are the same.
  ///   - keepEmpty: keeps completions that are the empty text: for models to which a text has an end.
  ///   - columns: what is read as numbers beside the pairs.
  ///   - rows: which rows of an HDF5 file to read that has several kinds.
  ///   - groupColumn: the column of a text file to take for the group; nil: `group` or `data_subset`.
  ///   - cache: folder for imported files; nil keeps nothing after this process.
  public static func open(
    _ path: String, dropInvalid: Bool, dropIdentical: Bool = false, keepEmpty: Bool = false,
    columns: ColumnDemand = .customary, rows: PreferenceRows = .automatic,
    groupColumn: String? = nil, cache: String?
  ) throws(DataError) -> DataFile {
    var options = ImportOptions()
    options.onInvalid = dropInvalid ? .drop : .fail
    options.keepIdenticalCompletions = !dropIdentical
    options.keepEmptyCompletions = keepEmpty
    (options.numberColumns, options.requiredColumns) = (columns.numbers, columns.required)
    options.textColumns = columns.texts
    options.takesDemonstrations = columns.takesDemonstrations
    if let groupColumn {
      options.ignoredColumns = Set(["group", "data_subset"]).subtracting([groupColumn])
      options.renamedColumns[groupColumn] = "group"
      guard isText(path) else {
        throw DataError(
          .invalid, file: path, "only JSONL and CSV have a column to group by; HDF5 has its groups")
      }
    }
    guard isText(path) else {
      let file = try PreferenceFile(path: path, rows: rows)
      return DataFile(
        path: path, source: file, ledger: [("rows read", file.count)],
        fingerprint: try quickFingerprint(path))
    }
    let digest = try Manifest.digest(path).sha256
    if let cache {
      let (file, ledger) = try ImportCache(folder: cache).open(path, digest: digest, options)
      return DataFile(
        path: path, source: file, ledger: ledger, fingerprint: digest, options: options)
    }
    let imported = try Imported(path, options)
    return DataFile(
      path: path, source: imported.source, ledger: LedgerRows.rows(of: imported.ledger),
      fingerprint: digest, options: options)
  }

  /// Size and the hash of both ends: enough to notice another file without reading gigabytes.
  private static func quickFingerprint(_ path: String) throws(DataError) -> String {
    let file = try FileAccess.open(path)
    defer { try? file.close() }
    let size = try FileAccess.size(of: file, path)
    let piece = min(size, 1 << 20)
    var hash = SHA256()
    hash.update(data: try FileAccess.read(file, path, offset: 0, count: piece))
    hash.update(data: try FileAccess.read(file, path, offset: size - piece, count: piece))
    return "\(size)-\(hash.finalize().prefix(16).map(Manifest.hexByte).joined())"
  }
}
