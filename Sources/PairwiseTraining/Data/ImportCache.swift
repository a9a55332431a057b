internal import Crypto
internal import Glibc
internal import PairwiseConfig
internal import PairwiseData

/// A folder of imported JSONL and CSV files, found again by content.
///
/// A copy is used if every byte is as it was written; one that is damaged, half written or made by another
/// version is made anew. Two processes take turns. The folder can be removed at any time.
struct ImportCache {
  /// Changes whenever an import of the same bytes gives another file.
  private static let version = 6

  let folder: String

  /// The imported form of a JSONL or CSV file, and the account of its import.
  ///
  /// - Parameter digest: SHA-256 of the source.
  func open(
    _ source: String, digest: String, _ options: ImportOptions
  ) throws(DataError) -> (file: PreferenceFile, ledger: [(name: String, value: Int)]) {
    try FileAccess.createFolder(folder)
    let lock = try FolderLock(folder)
    defer { _ = lock }
    let key = ImportCache.key(source, digest, options)
    let path = "\(folder)/\(key).h5"
    let seal = "\(folder)/\(key).json"
    if let known = try? read(path, seal) { return known }
    removeUnfinished()
    // Without a date, so that equal content gives equal bytes.
    let info = PreferenceFileInfo(
      generator: "pairwise import cache \(ImportCache.version)", source: digest, license: "",
      createdUTC: "1970-01-01T00:00:00Z", compression: .allButFeatures)
    _ = try Importer.write(
      source: source, to: path, info: info, options: options, overwrite: true)
    try writeSeal(seal, of: path)
    return try read(path, seal)
  }

  /// Removes what imports left that were killed. None is under way: this process has the folder.
  private func removeUnfinished() {
    for name in FileAccess.names(in: folder)
    where name.hasSuffix(".partial") || name.contains(".tmp-") {
      FileAccess.remove(folder + "/" + name)
    }
  }

  /// Content, how the name says it is read, and every option that changes what is imported.
  private static func key(_ source: String, _ digest: String, _ options: ImportOptions) -> String {
    let kind = source.lowercased().hasSuffix(".csv") ? "csv" : "jsonl"
    let renamed = options.renamedColumns.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let parts = [
      "\(version)", kind, digest, options.onInvalid.rawValue, "\(options.maxRows ?? -1)",
      "\(options.maxLineLength)", "\(options.stripPrompt)", "\(options.keepEmptyCompletions)",
      "\(options.keepIdenticalCompletions)", "\(options.takesDemonstrations)", "\(renamed)",
      "\(options.ignoredColumns.sorted())",
      "\(options.textColumns.map(\.rawValue).sorted())",
      "\(options.numberColumns.map(\.rawValue).sorted())",
      "\(options.requiredColumns.keys.map(\.rawValue).sorted())",
    ]
    let hash = SHA256.hash(data: Array(parts.joined(separator: "\n").utf8))
    return hash.prefix(16).map(Manifest.hexByte).joined()
  }

  private func read(
    _ path: String, _ seal: String
  ) throws(DataError) -> (file: PreferenceFile, ledger: [(name: String, value: Int)]) {
    let document = try jsonDocument(seal)
    let found = try Manifest.digest(path)
    guard document["sha256"]?.value == .string(found.sha256) else {
      throw DataError(.invalid, file: path, "differs from what was written")
    }
    let file = try PreferenceFile(path: path)
    guard let ledger = file.attribute(LedgerRows.attribute).flatMap({ LedgerRows.rows(of: $0) })
    else { throw DataError(.invalid, file: path, "holds no ledger") }
    return (file, ledger)
  }

  private func writeSeal(_ seal: String, of path: String) throws(DataError) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("sha256")
    writer.value(try Manifest.digest(path).sha256)
    writer.endObject()
    writer.endLine()
    try FileAccess.replace(seal, with: writer.bytes)
  }
}

/// Keeps other processes out of a folder until it is gone. The system releases it when the process ends.
private struct FolderLock: ~Copyable {
  private let descriptor: Int32

  /// Waits for its turn.
  init(_ folder: String) throws(DataError) {
    let path = folder + "/.lock"
    descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      let reason = unsafe String(cString: strerror(errno)).lowercased()
      throw DataError(.cannotCreate, file: path, "cannot be created: \(reason)")
    }
    while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {}
  }

  deinit { close(descriptor) }
}
