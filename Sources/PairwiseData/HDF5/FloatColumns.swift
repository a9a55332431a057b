/// Named columns of floats of equal length in a small HDF5 file of our own.
public enum FloatColumns {
  /// Writes the columns, with a text that says what they belong to. Replaces the file as a whole.
  public static func write(
    _ columns: [(name: String, values: [Float])], note: String, to path: String
  ) throws(DataError) {
    let output = try HDF5Output(creating: path, overwrite: true)
    for column in columns {
      let form = HDF5Form(
        rows: column.values.count, width: nil, chunkRows: max(1, min(column.values.count, 1 << 14)),
        isFiltered: true)
      try output.create(column.name, Float.self, form)
      try output.write(column.name, column.values, from: 0, width: nil, extending: false)
    }
    try output.setAttribute("note", note)
    try output.finish()
  }

  /// Reads columns of `count` floats.
  ///
  /// - Throws: if the file is damaged, or a column is missing or of another length.
  public static func read(_ names: [String], count: Int, from path: String) throws(DataError)
    -> [[Float]]
  {
    let file = try HDF5File(path: path)
    var columns: [[Float]] = []
    for name in names {
      guard let dataset = file.catalogue.dataset(name), dataset.extents == [count],
        dataset.element == .float32
      else {
        throw DataError(.invalid, file: path, place: name, "expected a column of \(count) floats")
      }
      columns.append(try file.floats(.range(0..<count), of: dataset))
    }
    return columns
  }
}
