internal import Glibc
package import SystemPackage

/// Reading and durable writing of whole files, with errors as sentences.
public enum FileAccess {
  /// The content of a regular file of at most `limit` bytes.
  ///
  /// - Throws: `.missing` if it cannot be opened, `.invalid` if it is too large or not a file,
  ///   `.inputOutput` if reading fails.
  public static func read(_ path: String, limit: Int) throws(DataError) -> [UInt8] {
    let file = try open(path)
    defer { try? file.close() }
    let size = try self.size(of: file, path)
    guard size <= limit else {
      throw DataError(.invalid, file: path, "expected at most \(limit) bytes, found \(size)")
    }
    return try read(file, path, offset: 0, count: size)
  }

  /// Opens a file for reading, without waiting for a pipe's other end.
  package static func open(_ path: String) throws(DataError) -> FileDescriptor {
    do {
      let file = try FileDescriptor.open(
        FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
      return file
    } catch {
      throw DataError(.missing, file: path, "cannot be read: \(reason(error))")
    }
  }

  package static func size(of file: FileDescriptor, _ path: String) throws(DataError) -> Int {
    var status = stat()
    guard unsafe fstat(file.rawValue, &status) == 0 else {
      throw DataError(
        .inputOutput, file: path, "cannot be examined: \(reason(Errno(rawValue: errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DataError(.invalid, file: path, "expected a file, found something else")
    }
    return Int(status.st_size)
  }

  /// Exactly `count` bytes at `offset`.
  package static func read(
    _ file: FileDescriptor, _ path: String, offset: Int, count: Int
  ) throws(DataError) -> [UInt8] {
    var failure: DataError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(DataError) {
        unsafe try read(file, path, offset: offset, into: UnsafeMutableRawBufferPointer(buffer))
        filled = count
      } catch {
        failure = error
        filled = 0
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Fills `buffer` with the bytes at `offset`.
  package static func read(
    _ file: FileDescriptor, _ path: String, offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(DataError) {
    var done = 0
    while done < buffer.count {
      let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let got: Int
      do {
        got = unsafe try file.read(fromAbsoluteOffset: Int64(offset + done), into: part)
      } catch {
        throw DataError(.inputOutput, file: path, "cannot be read: \(reason(error))")
      }
      guard got > 0 else {
        throw DataError(
          .invalid, file: path,
          "ends at byte \(offset + done), expected \(buffer.count) bytes at \(offset)")
      }
      done += got
    }
  }

  /// Writes a new file and waits until it is on disk.
  public static func write(_ bytes: some Sequence<UInt8>, to path: String) throws(DataError) {
    let content = Array(bytes)
    try write(to: path) { (file) throws(DataError) in try append(content, to: file, path) }
  }

  /// Puts a file in place in full or not at all: written under another name, made durable, renamed.
  public static func replace(_ path: String, with bytes: [UInt8]) throws(DataError) {
    try replace(path) { (file) throws(DataError) in try append(bytes, to: file, path) }
  }

  /// The same for content that is written piece by piece.
  package static func replace(
    _ path: String, _ body: (FileDescriptor) throws(DataError) -> Void
  ) throws(DataError) {
    let temporary = "\(path).tmp-\(getpid())"
    do throws(DataError) {
      try write(to: temporary, body)
      try rename(temporary, to: path)
    } catch {
      remove(temporary)
      throw error
    }
  }

  /// Creates or empties a file, lets `body` write it, and waits until it is on disk.
  package static func write(
    to path: String, _ body: (FileDescriptor) throws(DataError) -> Void
  ) throws(DataError) {
    let file: FileDescriptor
    do {
      file = try FileDescriptor.open(
        FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw DataError(.cannotCreate, file: path, "cannot be created: \(reason(error))")
    }
    defer { try? file.close() }
    try body(file)
    try sync(file, path)
  }

  package static func append(_ bytes: [UInt8], to file: FileDescriptor, _ path: String)
    throws(DataError)
  {
    do {
      try file.writeAll(bytes)
    } catch {
      throw DataError(.inputOutput, file: path, "cannot be written: \(reason(error))")
    }
  }

  package static func append(
    _ bytes: UnsafeRawBufferPointer, to file: FileDescriptor, _ path: String
  ) throws(DataError) {
    var done = 0
    while done < bytes.count {
      do {
        unsafe done += try file.write(UnsafeRawBufferPointer(rebasing: bytes[done...]))
      } catch {
        throw DataError(.inputOutput, file: path, "cannot be written: \(reason(error))")
      }
    }
  }

  package static func sync(_ file: FileDescriptor, _ path: String) throws(DataError) {
    guard fsync(file.rawValue) == 0 else {
      throw DataError(
        .inputOutput, file: path, "cannot be made durable: \(reason(Errno(rawValue: errno)))")
    }
  }

  /// Makes creations and renames inside a folder durable.
  public static func syncFolder(_ path: String) throws(DataError) {
    let folder = try open(path)
    defer { try? folder.close() }
    try sync(folder, path)
  }

  /// Moves a file or folder, replacing a file of that name, atomically.
  public static func rename(_ source: String, to target: String) throws(DataError) {
    guard unsafe Glibc.rename(source, target) == 0 else {
      throw DataError(
        .inputOutput, file: target,
        "cannot be renamed into place: \(reason(Errno(rawValue: errno)))")
    }
  }

  /// Creates a folder and those above it; an existing one is fine.
  public static func createFolder(_ path: String) throws(DataError) {
    var partial = path.hasPrefix("/") ? "/" : ""
    for component in path.split(separator: "/") {
      partial += (partial.isEmpty || partial.hasSuffix("/") ? "" : "/") + component
      if unsafe mkdir(partial, 0o755) != 0 && errno != EEXIST {
        throw DataError(
          .cannotCreate, file: partial, "cannot be created: \(reason(Errno(rawValue: errno)))")
      }
    }
  }

  public static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Bytes of a regular file; nil for anything else.
  public static func size(_ path: String) -> Int? {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// Names in a folder, sorted; empty if it cannot be read.
  public static func names(in folder: String) -> [String] {
    guard let handle = unsafe opendir(folder) else { return [] }
    defer { unsafe closedir(handle) }
    var names: [String] = []
    while let entry = unsafe readdir(handle) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Removes a file, or a folder with everything in it. Symbolic links are removed, never followed.
  public static func remove(_ path: String) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in names(in: path) { remove(path + "/" + name) }
      unsafe rmdir(path)
    } else {
      unsafe unlink(path)
    }
  }

  /// The system's words for an error.
  package static func reason(_ error: any Error) -> String {
    guard let errno = error as? Errno else { return "\(error)" }
    return errno.description.lowercased()
  }
}

extension FileAccess {
  /// The path from the root on: a relative one is taken from the working directory.
  package static func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard unsafe getcwd(&buffer, buffer.count) != nil else { return path }
    let folder = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: folder, as: UTF8.self) + "/" + path
  }
}
