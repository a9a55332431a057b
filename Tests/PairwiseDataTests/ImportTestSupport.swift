import Glibc
import PairwiseData
import SystemPackage

/// A file in the temporary folder that is gone when the value is.
final class TemporaryFile {
  let path: String

  init(_ name: String, _ bytes: some Sequence<UInt8>) throws {
    var random = SystemRandomNumberGenerator()
    path = "/tmp/pairwise-test-\(random.next())-\(name)"
    let descriptor = try FileDescriptor.open(
      FilePath(path), .writeOnly, options: [.create, .exclusiveCreate],
      permissions: .ownerReadWrite)
    try descriptor.closeAfter {
      _ = try descriptor.writeAll(Array(bytes))
    }
  }

  convenience init(_ name: String, _ text: String) throws {
    try self.init(name, Array(text.utf8))
  }

  deinit { unsafe unlink(path) }
}

/// Imports the given text as a JSONL file.
func importJSONL(
  _ text: String, _ options: ImportOptions = .init()
) throws -> (records: [PreferenceRecord], ledger: Ledger) {
  try importFile("rows.jsonl", Array(text.utf8), options)
}

/// Imports the given text as a CSV file.
func importCSV(
  _ text: String, _ options: ImportOptions = .init()
) throws -> (records: [PreferenceRecord], ledger: Ledger) {
  try importFile("rows.csv", Array(text.utf8), options)
}

func importFile(
  _ name: String, _ bytes: [UInt8], _ options: ImportOptions = .init()
) throws -> (records: [PreferenceRecord], ledger: Ledger) {
  let file = try TemporaryFile(name, bytes)
  var list = RecordList()
  let ledger = try Importer.run(source: file.path, into: &list, options: options)
  return (list.records, ledger)
}

/// The error of an import that has to fail, without the temporary file's name; nil if it succeeds.
func importError(
  _ name: String, _ bytes: [UInt8], _ options: ImportOptions = .init()
) throws -> String? {
  do {
    _ = try importFile(name, bytes, options)
    return nil
  } catch let error as DataError {
    return error.place.map { "\($0): \(error.message)" } ?? error.message
  }
}

/// Peak resident memory of this process in bytes.
func peakResidentBytes() -> Int {
  var usage = rusage()
  unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss * 1024
}

/// The path of a file in the folder of shared material beside the project, or nil without it.
func sharedFile(_ name: String) -> String? {
  let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  let path = "/\(folder)/../shared/\(name)"
  guard let descriptor = try? FileDescriptor.open(FilePath(path), .readOnly) else { return nil }
  try? descriptor.close()
  return path
}

/// The lines of a text file, split at byte 0x0A.
func readLines(_ path: String) throws -> [String] {
  let descriptor = try FileDescriptor.open(FilePath(path), .readOnly)
  defer { try? descriptor.close() }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe descriptor.read(into: $0) }
    if count == 0 { break }
    bytes += buffer[..<count]
  }
  return bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
}
