internal import Crypto
internal import PairwiseConfig
public import PairwiseData
internal import SystemPackage

/// One data file as a run uses it.
public struct DataFile: Sendable {
  /// As the user named it.
  public let path: String
  public let source: any PairSource
  /// Rows read, imported and dropped by reason.
  public let ledger: [(name: String, value: Int)]
  /// Identifies the content.
  public let fingerprint: String

  static let textEndings = [".jsonl", ".ndjson", ".json", ".csv"]

  /// Opens HDF5 as it is; JSONL and CSV are imported into HDF5 once and found again by content.
  ///
  /// - Parameter cache: folder for imported files.
  public static func open(_ path: String, dropInvalid: Bool, cache: String?) throws(DataError)
    -> DataFile
  {
    let name = path.lowercased()
    guard textEndings.contains(where: name.hasSuffix) else {
      let file = try PreferenceFile(path: path)
      return DataFile(
        path: path, source: file, ledger: [("rows read", file.count)],
        fingerprint: try quickFingerprint(path))
    }
    let digest = try Manifest.digest(path).sha256
    var importing = ImportOptions()
    importing.onInvalid = dropInvalid ? .drop : .fail
    var list = RecordList()
    let ledger = try Importer.run(source: path, into: &list, options: importing)
    return DataFile(
      path: path, source: try InMemoryPairs(list.records), ledger: ledger.rows, fingerprint: digest)
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
    let digest = hash.finalize().prefix(16).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    return "\(size)-\(digest.joined())"
  }
}

extension Ledger {
  /// As name and count.
  var rows: [(name: String, value: Int)] {
    [("rows read", read), ("imported", imported), ("truncated", truncated)]
      + dropped.map { ("dropped: \($0.name)", $0.count) }
  }
}
