import CHDF5

/// A Swift type and its types in memory and in a file.
protocol HDF5Element: BitwiseCopyable {
  static var memoryType: hid_t { get }
  static var fileType: hid_t { get }
}

extension Int8: HDF5Element {
  static var memoryType: hid_t { pw_h5t_native_int8() }
  static var fileType: hid_t { pw_h5t_std_i8le() }
}
extension Int16: HDF5Element {
  static var memoryType: hid_t { pw_h5t_native_int16() }
  static var fileType: hid_t { pw_h5t_std_i16le() }
}
extension Int32: HDF5Element {
  static var memoryType: hid_t { pw_h5t_native_int32() }
  static var fileType: hid_t { pw_h5t_std_i32le() }
}
extension Int64: HDF5Element {
  static var memoryType: hid_t { pw_h5t_native_int64() }
  static var fileType: hid_t { pw_h5t_std_i64le() }
}
extension UInt8: HDF5Element {
  static var memoryType: hid_t { pw_h5t_native_uint8() }
  static var fileType: hid_t { pw_h5t_std_u8le() }
}
extension UInt32: HDF5Element {
  static var memoryType: hid_t { pw_h5t_native_uint32() }
  static var fileType: hid_t { pw_h5t_std_u32le() }
}
extension Float: HDF5Element {
  static var memoryType: hid_t { pw_h5t_native_float() }
  static var fileType: hid_t { pw_h5t_ieee_f32le() }
}
extension Double: HDF5Element {
  static var memoryType: hid_t { pw_h5t_native_double() }
  static var fileType: hid_t { pw_h5t_ieee_f64le() }
}

/// How a dataset is laid out.
struct HDF5Form {
  /// Rows at creation, and elements of a row (nil for a column).
  var rows: Int
  var width: Int?
  /// Rows of a chunk; nil for contiguous storage of exactly `rows`.
  var chunkRows: Int?
  /// Shuffle, gzip level 4 and fletcher32.
  var isFiltered: Bool
}

extension HDF5Output {
  /// Creates a dataset, and the groups above it.
  func create<Element: HDF5Element>(
    _ name: String, _ type: Element.Type, _ form: HDF5Form
  ) throws(DataError) {
    try perform { (file: hid_t) throws(HDF5Failure) in
      let columns = form.width.map { [hsize_t($0)] } ?? []
      let extents = [hsize_t(form.rows)] + columns
      let most = [form.chunkRows == nil ? hsize_t(form.rows) : pw_h5s_unlimited()] + columns
      let rank = CInt(extents.count)
      let space = try unsafe HDF5Handle(H5Screate_simple(rank, extents, most), H5Sclose)
      try createGroups(above: name, in: file)
      let creation = try HDF5Handle(H5Pcreate(pw_h5p_dataset_create()), H5Pclose)
      // No times are stored here and below: equal content gives equal bytes.
      try hdf5Check(H5Pset_obj_track_times(creation.id, false))
      if let chunkRows = form.chunkRows {
        let chunk = [hsize_t(chunkRows)] + columns
        try unsafe hdf5Check(H5Pset_chunk(creation.id, rank, chunk))
        if form.isFiltered {
          try hdf5Check(H5Pset_shuffle(creation.id))
          try hdf5Check(H5Pset_deflate(creation.id, 4))
          try hdf5Check(H5Pset_fletcher32(creation.id))
        }
      }
      let id = unsafe H5Dcreate2(
        file, name, Element.fileType, space.id, pw_h5p_default(), creation.id, pw_h5p_default())
      try HDF5Handle(id, H5Dclose).closeNow()
    }
  }

  /// Creates the groups of a path that are not there. (Those that the library would create along with a
  /// dataset always store times.)
  private func createGroups(above name: String, in file: hid_t) throws(HDF5Failure) {
    var path = ""
    for part in name.split(separator: "/", omittingEmptySubsequences: false).dropLast() {
      path += path.isEmpty ? "\(part)" : "/\(part)"
      if unsafe H5Lexists(file, path, pw_h5p_default()) > 0 { continue }
      let creation = try HDF5Handle(H5Pcreate(pw_h5p_group_create()), H5Pclose)
      try hdf5Check(H5Pset_obj_track_times(creation.id, false))
      let id = unsafe H5Gcreate2(file, path, pw_h5p_default(), creation.id, pw_h5p_default())
      try HDF5Handle(id, H5Gclose).closeNow()
    }
  }

  /// Writes rows from `start` on, making the dataset longer where it must be.
  func write<Element: HDF5Element>(
    _ name: String, _ values: [Element], from start: Int, width: Int?, extending: Bool
  ) throws(DataError) {
    let rows = values.count / max(1, width ?? 1)
    guard rows > 0 else { return }
    try perform { (file: hid_t) throws(HDF5Failure) in
      let columns = width.map { [hsize_t($0)] } ?? []
      let dataset = try unsafe HDF5Handle(H5Dopen2(file, name, pw_h5p_default()), H5Dclose)
      if extending {
        try unsafe hdf5Check(H5Dset_extent(dataset.id, [hsize_t(start + rows)] + columns))
      }
      let counts = [hsize_t(rows)] + columns
      let starts = [hsize_t(start)] + columns.map { _ in 0 }
      let memory = try unsafe HDF5Handle(
        H5Screate_simple(CInt(counts.count), counts, nil), H5Sclose)
      let space = try HDF5Handle(H5Dget_space(dataset.id), H5Sclose)
      try unsafe hdf5Check(
        H5Sselect_hyperslab(space.id, H5S_SELECT_SET, starts, nil, counts, nil))
      try unsafe hdf5Check(
        H5Dwrite(
          dataset.id, Element.memoryType, memory.id, space.id, pw_h5p_default(), values))
      try dataset.closeNow()
    }
  }

  /// Adds a group, and the groups above it.
  func createGroup(_ name: String) throws(DataError) {
    try perform { (file: hid_t) throws(HDF5Failure) in
      try createGroups(above: name + "/", in: file)
    }
  }

  /// Adds a text of fixed length to the root (the empty name) or to a group.
  func setAttribute(_ name: String, of group: String = "", _ text: String) throws(DataError) {
    // An empty text has no type in HDF5; one NUL reads back as empty.
    let bytes = text.isEmpty ? [0] : Array(text.utf8)
    try perform { (file: hid_t) throws(HDF5Failure) in
      let type = try HDF5Handle(H5Tcopy(pw_h5t_c_s1()), H5Tclose)
      try hdf5Check(H5Tset_size(type.id, bytes.count))
      try hdf5Check(H5Tset_strpad(type.id, H5T_STR_NULLPAD))
      try hdf5Check(H5Tset_cset(type.id, H5T_CSET_UTF8))
      try Self.attribute(file, group, name, type.id, bytes)
    }
  }

  /// Adds an integer to the root.
  func setAttribute(_ name: String, _ value: Int) throws(DataError) {
    try perform { (file: hid_t) throws(HDF5Failure) in
      try Self.attribute(file, "", name, pw_h5t_std_i64le(), [Int64(value)])
    }
  }

  private static func attribute<Element: BitwiseCopyable>(
    _ file: hid_t, _ group: String, _ name: String, _ type: hid_t, _ value: [Element]
  ) throws(HDF5Failure) {
    let owner = try unsafe HDF5Handle(
      H5Oopen(file, group.isEmpty ? "/" : group, pw_h5p_default()), H5Oclose)
    let space = try HDF5Handle(H5Screate(H5S_SCALAR), H5Sclose)
    let id = unsafe H5Acreate2(
      owner.id, name, type, space.id, pw_h5p_default(), pw_h5p_default())
    let attribute = try HDF5Handle(id, H5Aclose)
    try unsafe hdf5Check(H5Awrite(attribute.id, type, value))
    try attribute.closeNow()
  }
}
