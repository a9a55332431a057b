import CHDF5
import CHDF5Probe
import Synchronization

/// The one way into libhdf5, which keeps global state and must not be entered by two threads.
package enum HDF5Library {
  private static let lock = Mutex(false)

  /// Runs `body` alone in the library. Not to be nested.
  package static func alone<R, E: Error>(_ body: () throws(E) -> sending R) throws(E) -> sending R {
    try lock.withLock { isPrepared throws(E) -> sending R in
      if !isPrepared {
        // Files are closed by their owners; cleaning up at exit could only hang or print.
        _ = H5dont_atexit()
        // Errors come back as statuses; without this the library prints them, too.
        _ = H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
        // No plug-ins: a file or the environment could name code to load.
        _ = H5PLset_loading_state(0)
        isPrepared = true
      }
      return try body()
    }
  }

  static func lastErrno() -> CInt { pw_hdf5_last_errno() }
}
