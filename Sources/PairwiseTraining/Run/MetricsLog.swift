internal import Glibc
package import PairwiseConfig
package import PairwiseData
internal import SystemPackage

/// `metrics.jsonl`: one object a line, written as it happens, cut back when a run resumes.
///
/// A class because it owns a file position that must not be copied.
package final class MetricsLog {
  private let path: String
  private let file: FileDescriptor
  /// Bytes written so far.
  private(set) var bytes: Int
  private var writer = JSONWriter()
  private var pending: [UInt8] = []

  /// Opens the log and drops everything after `keeping` bytes: lines of steps that will be done again.
  package init(_ path: String, keeping: Int) throws(DataError) {
    self.path = path
    do {
      file = try FileDescriptor.open(
        FilePath(path), .writeOnly, options: [.create, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw DataError(.cannotCreate, file: path, "cannot be created: \(FileAccess.reason(error))")
    }
    let size = try FileAccess.size(of: file, path)
    guard size >= keeping else {
      throw DataError(
        .invalid, file: path, "has \(size) bytes, the checkpoint expects at least \(keeping)")
    }
    guard ftruncate(file.rawValue, off_t(keeping)) == 0,
      lseek(file.rawValue, off_t(keeping), SEEK_SET) == off_t(keeping)
    else { throw DataError(.inputOutput, file: path, "cannot be cut to \(keeping) bytes") }
    bytes = keeping
  }

  deinit { try? file.close() }

  /// Adds one line. Lines reach the file in groups; `flush` writes what is left.
  package func append(_ line: (inout JSONWriter) -> Void) throws(DataError) {
    writer.removeAll()
    writer.beginObject()
    line(&writer)
    writer.endObject()
    writer.endLine()
    pending += writer.bytes
    bytes += writer.bytes.count
    if pending.count > 1 << 14 { try flush() }
  }

  /// Hands all lines to the system.
  package func flush() throws(DataError) {
    if pending.isEmpty { return }
    try FileAccess.append(pending, to: file, path)
    pending.removeAll(keepingCapacity: true)
  }

  /// Makes all lines durable, before a checkpoint counts on them.
  package func sync() throws(DataError) {
    try flush()
    try FileAccess.sync(file, path)
  }
}
