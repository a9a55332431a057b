package import CHDF5
package import PairwiseData

extension HDF5Corpus {
  /// Creates a file and lets `body` fill it.
  ///
  /// - Parameter isNew: in the format of 1.10 with checksums, else in the oldest, as h5py does.
  package static func file(
    _ path: String, isNew: Bool = false, _ body: (hid_t) throws -> Void
  ) throws {
    var failure: (any Error)?
    HDF5Library.alone {
      do {
        let access = try HDF5Handle(H5Pcreate(pw_h5p_file_access()), H5Pclose)
        if isNew {
          try check(H5Pset_libver_bounds(access.id, H5F_LIBVER_V110, H5F_LIBVER_V110))
        }
        let file = try HDF5Handle(
          unsafe H5Fcreate(path, pw_h5f_acc_trunc(), pw_h5p_default(), access.id), H5Fclose)
        try body(file.id)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  package static func check(_ status: herr_t) throws { try hdf5Check(status) }

  package static func space(_ extents: [Int]) throws -> HDF5Handle {
    try unsafe HDF5Handle(
      H5Screate_simple(CInt(extents.count), extents.map { hsize_t($0) }, nil), H5Sclose)
  }

  /// Creation properties with chunks of these extents.
  package static func chunks(_ extents: [Int]) throws -> HDF5Handle {
    let creation = try HDF5Handle(H5Pcreate(pw_h5p_dataset_create()), H5Pclose)
    try check(unsafe H5Pset_chunk(creation.id, CInt(extents.count), extents.map { hsize_t($0) }))
    return creation
  }

  /// A dataset that nothing is written to.
  package static func dataset(
    _ file: hid_t, _ name: String, _ type: hid_t, _ extents: [Int], _ creation: hid_t
  ) throws {
    let space = try space(extents)
    _ = try HDF5Handle(
      unsafe H5Dcreate2(
        file, name, type, space.id, pw_h5p_default(), creation, pw_h5p_default()), H5Dclose)
  }

  /// A contiguous dataset of floats 0, 1, 2, …
  package static func dense(
    _ file: hid_t, _ name: String, _ extents: [Int] = [8, 16]
  ) throws {
    let count = extents.reduce(1, *)
    try numbers(file, name, pw_h5t_ieee_f32le(), extents, (0..<count).map { Double($0) })
  }

  /// A dataset of the given type holding `values`, which libhdf5 converts.
  package static func numbers(
    _ file: hid_t, _ name: String, _ type: hid_t, _ extents: [Int], _ values: [Double],
    creation: hid_t? = nil
  ) throws {
    let space = try space(extents)
    let dataset = try HDF5Handle(
      unsafe H5Dcreate2(
        file, name, type, space.id, pw_h5p_default(), creation ?? pw_h5p_default(),
        pw_h5p_default()), H5Dclose)
    try check(
      unsafe H5Dwrite(
        dataset.id, pw_h5t_native_double(), pw_h5s_all(), pw_h5s_all(), pw_h5p_default(), values))
  }

  /// Creates the groups above some datasets.
  package static func groups(_ file: hid_t, above paths: [String]) throws {
    var groups: Set<String> = []
    for path in paths {
      var parts = path.split(separator: "/").dropLast().map(String.init)
      while !parts.isEmpty {
        groups.insert(parts.joined(separator: "/"))
        parts.removeLast()
      }
    }
    for group in groups.sorted() {
      _ = try HDF5Handle(
        unsafe H5Gcreate2(file, group, pw_h5p_default(), pw_h5p_default(), pw_h5p_default()),
        H5Gclose)
    }
  }

  /// A text attribute of the group at `owner`, of variable length as h5py writes it.
  package static func text(
    _ file: hid_t, _ owner: String, _ name: String, _ text: String
  ) throws {
    let group = try HDF5Handle(unsafe H5Oopen(file, owner, pw_h5p_default()), H5Oclose)
    let type = try HDF5Handle(H5Tcopy(pw_h5t_c_s1()), H5Tclose)
    try check(H5Tset_size(type.id, pw_h5t_variable()))
    let space = try HDF5Handle(H5Screate(H5S_SCALAR), H5Sclose)
    let attribute = try HDF5Handle(
      unsafe H5Acreate2(
        group.id, name, type.id, space.id, pw_h5p_default(), pw_h5p_default()), H5Aclose)
    try unsafe text.withCString { pointer in
      try unsafe withUnsafePointer(to: pointer) { value in
        try unsafe check(H5Awrite(attribute.id, type.id, value))
      }
    }
  }

  /// An integer attribute of the root.
  package static func integer(_ file: hid_t, _ name: String, _ value: Int) throws {
    let space = try HDF5Handle(H5Screate(H5S_SCALAR), H5Sclose)
    let attribute = try HDF5Handle(
      unsafe H5Acreate2(
        file, name, pw_h5t_std_i64le(), space.id, pw_h5p_default(), pw_h5p_default()), H5Aclose)
    try check(unsafe H5Awrite(attribute.id, pw_h5t_native_int64(), [Int64(value)]))
  }
}
