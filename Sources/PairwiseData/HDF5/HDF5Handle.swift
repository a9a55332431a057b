package import CHDF5

/// An identifier of libhdf5, closed once. Lives only inside `HDF5Library.alone`.
package struct HDF5Handle: ~Copyable {
  package let id: hid_t
  private let close: @convention(c) (hid_t) -> herr_t

  /// Takes over an identifier that a call returned; negative is that call's failure.
  package init(
    _ id: hid_t, _ close: @convention(c) (hid_t) -> herr_t
  ) throws(HDF5Failure) {
    guard id >= 0 else { throw HDF5Failure() }
    self.id = id
    self.close = close
  }

  deinit { _ = close(id) }

  /// Closes now, for what writes when it closes.
  package consuming func closeNow() throws(HDF5Failure) {
    let (id, close) = (id, close)
    discard self
    try hdf5Check(close(id))
  }
}

/// A call of libhdf5 failed. The system's reason, if there is one.
package struct HDF5Failure: Error {
  package let code: CInt

  package init() { code = HDF5Library.lastErrno() }
}

/// Throws if the status that a call of libhdf5 returned says that it failed.
package func hdf5Check(_ status: herr_t) throws(HDF5Failure) {
  guard status >= 0 else { throw HDF5Failure() }
}
