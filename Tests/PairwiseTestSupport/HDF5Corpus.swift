import CHDF5
import PairwiseData

/// HDF5 files that no reader should take, written by libhdf5 itself.
package enum HDF5Corpus {
  /// One hostile file: what it is, and what a reader has to say about it.
  package struct Case: Sendable, CustomStringConvertible {
    package var name: String
    /// Place (nil: any) and message of the error, as in `DataError`.
    package var place: String?
    package var message: String
    package let write: @Sendable (String) throws -> Void

    package var description: String { name }
  }

  /// Every case writes a file at the path it is given, in a folder where it may put others.
  package static let cases: [Case] = links + storage + types + shapes

  // MARK: Links

  private static let links: [Case] = [
    Case(
      name: "external link", place: "chosen",
      message: "links to other files are refused"
    ) { path in
      try file(path) { file in
        try dense(file, "rejected")
        try check(
          unsafe H5Lcreate_external(
            "/etc/passwd", "/", file, "chosen", pw_h5p_default(), pw_h5p_default()))
      }
    },
    Case(name: "soft link", place: "chosen", message: "soft links are refused") { path in
      try file(path) { file in
        try dense(file, "rejected")
        try check(
          unsafe H5Lcreate_soft("/rejected", file, "chosen", pw_h5p_default(), pw_h5p_default()))
      }
    },
    Case(
      name: "group that contains itself", place: nil, message: "groups nested too deeply"
    ) { path in
      try file(path) { file in
        let group = try HDF5Handle(
          unsafe H5Gcreate2(file, "g", pw_h5p_default(), pw_h5p_default(), pw_h5p_default()),
          H5Gclose)
        try check(
          unsafe H5Lcreate_hard(file, "g", group.id, "g", pw_h5p_default(), pw_h5p_default()))
      }
    },
    Case(name: "deep groups", place: nil, message: "groups nested too deeply") { path in
      try file(path) { file in
        let links = try HDF5Handle(H5Pcreate(pw_h5p_link_create()), H5Pclose)
        try check(H5Pset_create_intermediate_group(links.id, 1))
        let name = [String](repeating: "g", count: 200).joined(separator: "/")
        _ = try HDF5Handle(
          unsafe H5Gcreate2(file, name, links.id, pw_h5p_default(), pw_h5p_default()), H5Gclose)
      }
    },
    Case(
      name: "a thousand and one groups", place: nil, message: "more than 1000 groups and datasets"
    ) { path in
      try file(path) { file in
        for i in 0...1000 {
          _ = try HDF5Handle(
            unsafe H5Gcreate2(
              file, "g\(i)", pw_h5p_default(), pw_h5p_default(), pw_h5p_default()), H5Gclose)
        }
      }
    },
    Case(
      name: "control characters in a name", place: nil,
      message: "a name is empty, longer than 255 bytes or not plain text"
    ) { path in
      try file(path) { file in try dense(file, "chosen\u{1B}[2J") }
    },
  ]

  // MARK: Storage

  private static let storage: [Case] = [
    Case(
      name: "external storage", place: "chosen", message: "storage in other files is refused"
    ) { path in
      try file(path) { file in
        let creation = try HDF5Handle(H5Pcreate(pw_h5p_dataset_create()), H5Pclose)
        try check(unsafe H5Pset_external(creation.id, "/etc/passwd", 0, 512))
        try dataset(file, "chosen", pw_h5t_ieee_f32le(), [8, 16], creation.id)
        try dense(file, "rejected")
      }
    },
    Case(name: "virtual dataset", place: "chosen", message: "virtual datasets are refused") {
      path in
      try file(path) { file in
        try dense(file, "rejected")
        let creation = try HDF5Handle(H5Pcreate(pw_h5p_dataset_create()), H5Pclose)
        let space = try space([8, 16])
        try check(
          unsafe H5Pset_virtual(creation.id, space.id, "/etc/passwd", "rejected", space.id))
        try dataset(file, "chosen", pw_h5t_ieee_f32le(), [8, 16], creation.id)
      }
    },
    Case(
      name: "huge contiguous shape without storage", place: "chosen",
      message: "declares more elements than the file holds"
    ) { path in
      try file(path) { file in
        try dataset(file, "chosen", pw_h5t_ieee_f32le(), [1 << 40, 1 << 18], pw_h5p_default())
        try dense(file, "rejected")
      }
    },
    Case(
      name: "huge chunked shape without chunks", place: "chosen",
      message: "declares more chunks than the file holds"
    ) { path in
      try file(path) { file in
        let creation = try chunks([1 << 10, 16])
        try dataset(file, "chosen", pw_h5t_ieee_f32le(), [1 << 50, 16], creation.id)
        try dense(file, "rejected")
      }
    },
    Case(
      name: "missing chunk", place: "chosen",
      message: "a chunk is missing: the dataset was not written completely"
    ) { path in
      try file(path) { file in
        let creation = try chunks([4, 16])
        try dataset(file, "chosen", pw_h5t_ieee_f32le(), [8, 16], creation.id)
        try dense(file, "rejected")
      }
    },
    Case(name: "chunk of 256 MiB", place: "chosen", message: "a chunk is larger than 64 MiB") {
      path in
      try file(path) { file in
        let creation = try chunks([1 << 22, 16])
        try dataset(file, "chosen", pw_h5t_ieee_f32le(), [1 << 22, 16], creation.id)
        try dense(file, "rejected")
      }
    },
    Case(
      name: "filter that is not ours", place: "chosen",
      message: "only the filters deflate, shuffle and fletcher32 are supported"
    ) { path in
      try file(path) { file in
        let creation = try chunks([8, 16])
        try check(H5Pset_nbit(creation.id))
        try dataset(file, "chosen", pw_h5t_ieee_f32le(), [8, 16], creation.id)
        try dense(file, "rejected")
      }
    },
  ]

  // MARK: Types

  private static let wanted =
    "expected float32, float64, an integer of 8 to 64 bits or a fixed-length text"

  private static let types: [Case] = [
    Case(name: "variable-length text", place: "chosen", message: wanted) { path in
      try file(path) { file in
        let type = try HDF5Handle(H5Tcopy(pw_h5t_c_s1()), H5Tclose)
        try check(H5Tset_size(type.id, pw_h5t_variable()))
        try dataset(file, "chosen", type.id, [4], pw_h5p_default())
      }
    },
    Case(name: "compound type", place: "chosen", message: wanted) { path in
      try file(path) { file in
        let type = try HDF5Handle(H5Tcreate(H5T_COMPOUND, 8), H5Tclose)
        try check(unsafe H5Tinsert(type.id, "a", 0, pw_h5t_ieee_f32le()))
        try check(unsafe H5Tinsert(type.id, "b", 4, pw_h5t_ieee_f32le()))
        try dataset(file, "chosen", type.id, [4], pw_h5p_default())
      }
    },
    Case(name: "half precision", place: "chosen", message: wanted) { path in
      try file(path) { file in
        let type = try HDF5Handle(pw_h5t_ieee_f16le(), H5Tclose)
        try dataset(file, "chosen", type.id, [8, 16], pw_h5p_default())
      }
    },
    Case(name: "opaque type", place: "chosen", message: wanted) { path in
      try file(path) { file in
        let type = try HDF5Handle(H5Tcreate(H5T_OPAQUE, 8), H5Tclose)
        try dataset(file, "chosen", type.id, [4], pw_h5p_default())
      }
    },
    Case(
      name: "named type beside the datasets", place: "t",
      message: "only groups and datasets are supported"
    ) { path in
      try file(path) { file in
        let type = try HDF5Handle(H5Tcopy(pw_h5t_ieee_f32le()), H5Tclose)
        try check(
          unsafe H5Tcommit2(
            file, "t", type.id, pw_h5p_default(), pw_h5p_default(), pw_h5p_default()))
      }
    },
  ]

  // MARK: Shapes

  private static let shapes: [Case] = [
    Case(
      name: "one dimension", place: "chosen",
      message: "expected 2 dimensions [rows, features], found [8]"
    ) { path in
      try file(path) { file in
        try dense(file, "chosen", [8])
        try dense(file, "rejected", [8])
      }
    },
    Case(
      name: "unequal rows", place: "rejected", message: "expected 8 rows, found [9, 16]"
    ) { path in
      try file(path) { file in
        try dense(file, "chosen")
        try dense(file, "rejected", [9, 16])
      }
    },
    Case(
      name: "unequal widths", place: "rejected",
      message: "expected 16 features as in 'chosen', found [8, 15]"
    ) { path in
      try file(path) { file in
        try dense(file, "chosen")
        try dense(file, "rejected", [8, 15])
      }
    },
    Case(
      name: "neither form", place: nil,
      message: "expected a preference file (root attribute 'format') or datasets 'chosen' and "
        + "'rejected', found neither"
    ) { path in
      try file(path) { file in try dense(file, "chosen") }
    },
  ]
}
