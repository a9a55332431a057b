internal import Glibc
internal import SystemPackage

/// A text file read once from front to back in blocks. Holds the descriptor, hence not copyable.
struct InputFile: ~Copyable {
  /// The file, as the user named it.
  let path: String
  private let descriptor: FileDescriptor

  /// - Throws: `.missing` if it cannot be opened, `.invalid` for what is no plain file: a device may have
  ///   no end, a pipe no beginning.
  init(path: String) throws(DataError) {
    self.path = path
    descriptor = try Self.open(path)
  }

  private static func open(_ path: String) throws(DataError) -> FileDescriptor {
    let file: FileDescriptor
    do {
      file = try FileDescriptor.open(
        FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
    } catch {
      throw DataError(.missing, file: path, "cannot be opened, \(reason(error))")
    }
    var status = stat()
    guard unsafe fstat(file.rawValue, &status) == 0,
      status.st_mode & S_IFMT == S_IFREG
    else {
      try? file.close()
      throw DataError(.invalid, file: path, "expected a file, found something else")
    }
    return file
  }

  deinit { try? descriptor.close() }

  /// Fills `buffer[range]` as far as one read goes; returns the number of bytes, 0 at the end.
  func read(into buffer: inout [UInt8], _ range: Range<Int>) throws(DataError) -> Int {
    do {
      return try unsafe buffer.withUnsafeMutableBytes { bytes in
        try unsafe descriptor.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[range]))
      }
    } catch {
      throw DataError(.inputOutput, file: path, "cannot be read, \(Self.reason(error))")
    }
  }

  /// The system's words for a failed call, as part of a sentence.
  static func reason(_ error: any Error) -> String {
    guard let errno = error as? Errno else { return "\(error)" }
    let words = errno.description
    return words.prefix(1).lowercased() + words.dropFirst()
  }
}
