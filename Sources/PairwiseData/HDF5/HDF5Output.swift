import CHDF5
import Glibc
import SystemPackage

/// An HDF5 file being written under a temporary name. A class because it owns the file; unless it is
/// finished, it disappears with the last reference.
final class HDF5Output {
  /// The name the file will have.
  let path: String
  private let temporary: String
  private var file: hid_t?

  /// - Throws: `.cannotCreate` if the folder takes no file, or if there is a file and `overwrite` is
  ///   false.
  init(creating path: String, overwrite: Bool) throws(DataError) {
    self.path = path
    temporary = Self.temporaryName(path)
    guard overwrite || !FileAccess.exists(path) else {
      throw DataError(.cannotCreate, file: path, "exists already; add --overwrite to replace it")
    }
    guard !FileAccess.isFolder(path) else {
      throw DataError(.cannotCreate, file: path, "is a folder, expected the name of a file")
    }
    let temporary = temporary
    do {
      file = try HDF5Library.alone { () throws(HDF5Failure) -> hid_t in
        let access = try HDF5Handle(H5Pcreate(pw_h5p_file_access()), H5Pclose)
        // Named outright: the environment can change the default driver.
        try hdf5Check(H5Pset_fapl_sec2(access.id))
        // The newest format of 1.10: its metadata carries checksums.
        try hdf5Check(H5Pset_libver_bounds(access.id, H5F_LIBVER_V110, H5F_LIBVER_V110))
        let creation = try HDF5Handle(H5Pcreate(pw_h5p_file_create()), H5Pclose)
        try hdf5Check(H5Pset_obj_track_times(creation.id, false))
        let id = unsafe H5Fcreate(temporary, pw_h5f_acc_trunc(), creation.id, access.id)
        guard id >= 0 else { throw HDF5Failure() }
        return id
      }
    } catch {
      let reason = error.code == 0 ? "" : ": \(Self.words(error.code))"
      throw DataError(.cannotCreate, file: path, "cannot be created\(reason)")
    }
  }

  deinit { abandon() }

  /// Closes and removes the unfinished file.
  func abandon() {
    guard let id = file else { return }
    file = nil
    HDF5Library.alone { _ = H5Fclose(id) }
    FileAccess.remove(temporary)
  }

  /// Makes the file durable and gives it its name. Nothing can be written afterwards.
  func finish() throws(DataError) {
    guard let id = file else { preconditionFailure("hdf5 output: finished twice") }
    try perform { (_: hid_t) throws(HDF5Failure) in try hdf5Check(H5Fflush(id, H5F_SCOPE_GLOBAL)) }
    file = nil
    do {
      try HDF5Library.alone { () throws(HDF5Failure) in try hdf5Check(H5Fclose(id)) }
      try Self.syncFile(temporary)
      try FileAccess.rename(temporary, to: path)
    } catch {
      FileAccess.remove(temporary)
      if let error = error as? DataError { throw Self.renamed(error, path) }
      throw DataError(.inputOutput, file: path, "cannot be written")
    }
    try FileAccess.syncFolder(Self.folder(of: path))
  }

  /// Runs library calls on the open file; a failure removes it.
  func perform<R>(_ body: (hid_t) throws(HDF5Failure) -> sending R) throws(DataError) -> R {
    guard let id = file else {
      throw DataError(.inputOutput, file: path, "nothing can be written after a failure")
    }
    do {
      return try HDF5Library.alone { () throws(HDF5Failure) -> sending R in try body(id) }
    } catch {
      abandon()
      let reason = error.code == 0 ? "" : ": \(Self.words(error.code))"
      throw DataError(.inputOutput, file: path, "cannot be written\(reason)")
    }
  }

  private static func syncFile(_ path: String) throws(DataError) {
    let file = try FileAccess.open(path)
    defer { try? file.close() }
    try FileAccess.sync(file, path)
  }

  private static func renamed(_ error: DataError, _ path: String) -> DataError {
    DataError(error.kind, file: path, place: error.place, error.message)
  }

  private static func words(_ code: CInt) -> String {
    unsafe String(cString: strerror(code)).lowercased()
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Hidden, in the same folder (a rename does not cross file systems), one per process.
  private static func temporaryName(_ path: String) -> String {
    let folder = folder(of: path)
    let name = path.split(separator: "/").last.map(String.init) ?? "unnamed"
    return "\(folder)/.\(name).\(getpid()).partial"
  }
}
