internal import SystemPackage

/// A text file read once from front to back in blocks. Holds the descriptor, hence not copyable.
struct InputFile: ~Copyable {
  /// The file, as the user named it.
  let path: String
  private let descriptor: FileDescriptor

  init(path: String) throws(DataError) {
    self.path = path
    do {
      descriptor = try FileDescriptor.open(
        FilePath(path), .readOnly, options: [.closeOnExec])
    } catch {
      throw DataError(.missing, file: path, "cannot be opened, \(Self.reason(error))")
    }
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
