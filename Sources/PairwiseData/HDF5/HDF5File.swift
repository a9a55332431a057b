import CHDF5Probe
import Glibc
import Synchronization

/// An HDF5 file open for reading. A class because it owns a descriptor and the cache of chunks.
///
/// The file may come from anywhere, so libhdf5 never sees it in this process. A child process with
/// bounded memory and time walks it and sends its catalogue; the bytes of the datasets are then read
/// here, from places that lie inside the file. Why: see `pw_hdf5_probe.h`.
package final class HDF5File: Sendable {
  package let path: String
  package let catalogue: HDF5Catalogue
  /// Bytes of the file when it was opened.
  package let size: Int
  private let descriptor: CInt
  let chunks = Mutex(HDF5ChunkCache(limit: 32 << 20))

  /// - Throws: `.missing` if there is no such file or it may not be read, `.invalid` if it is not an
  ///   HDF5 file of the kinds Pairwise reads.
  package init(path: String) throws(DataError) {
    self.path = path
    // Not waiting for the other end of a pipe, which is refused below.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw DataError.system(errno, reading: path) }
    do {
      size = try Self.regularSize(descriptor, path)
      catalogue = try Self.takeCatalogue(descriptor, size, path)
    } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  private static func regularSize(_ descriptor: CInt, _ path: String) throws(DataError) -> Int {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw DataError.system(errno, reading: path)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DataError(.invalid, file: path, "expected an HDF5 file, found a folder or a device")
    }
    return status.st_size
  }

  private static func takeCatalogue(
    _ descriptor: CInt, _ size: Int, _ path: String
  ) throws(DataError) -> HDF5Catalogue {
    // A sound file takes milliseconds, and microseconds for each of its chunks; the disk may be slow.
    var limits = pw_hdf5_limits(
      memory_bytes: 512 << 20, max_bytes: 128 << 20, seconds: 60,
      cpu_seconds: 2 + UInt32(clamping: size >> 26))
    var result = unsafe pw_hdf5_result()
    HDF5Library.alone {
      unsafe pw_hdf5_catalogue(descriptor, UInt64(size), &limits, &result)
    }
    defer { unsafe pw_hdf5_result_free(&result) }
    let records = unsafe Array(UnsafeBufferPointer(start: result.bytes, count: result.count))
    switch unsafe result.outcome {
    case PW_HDF5_DONE: break
    case PW_HDF5_SYSTEM:
      let reason = unsafe String(cString: strerror(result.detail))
      throw DataError(
        .inputOutput, file: path, "the process that inspects it cannot be started: \(reason)")
    default:
      throw DataError(.invalid, file: path, "damaged HDF5 file")
    }
    if let (place, message) = HDF5Catalogue.refusal(in: records) {
      throw DataError(.invalid, file: path, place: place.isEmpty ? nil : place, message)
    }
    do {
      return try HDF5Catalogue(records: records, fileSize: size)
    } catch {
      throw DataError(.invalid, file: path, "damaged HDF5 file")
    }
  }

  /// Reads exactly `count` bytes at `offset`.
  @unsafe func read(
    _ count: Int, at offset: Int, into base: UnsafeMutableRawPointer
  ) throws(DataError) {
    var done = 0
    while done < count {
      let n = unsafe pread(descriptor, base + done, count - done, offset + done)
      if n < 0, errno == EINTR { continue }
      guard n >= 0 else { throw DataError.system(errno, reading: path) }
      guard n > 0 else {
        throw DataError(.inputOutput, file: path, "became shorter while it was being read")
      }
      done += n
    }
  }
}

extension DataError {
  /// A failed system call on a file that should be read.
  static func system(_ code: CInt, reading path: String) -> DataError {
    let reason = unsafe String(cString: strerror(code))
    switch code {
    case ENOENT, ENOTDIR: return DataError(.missing, file: path, "no such file")
    case EACCES, EPERM, ELOOP, ENAMETOOLONG:
      return DataError(.missing, file: path, "cannot be opened: \(reason)")
    case EISDIR: return DataError(.invalid, file: path, "expected an HDF5 file, found a folder")
    default: return DataError(.inputOutput, file: path, "cannot be read: \(reason)")
    }
  }
}
