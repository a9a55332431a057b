/// What a preference file holds, for `data inspect`.
public struct PreferenceFileSummary: Sendable, Equatable {
  public struct Dataset: Sendable, Equatable {
    public var path: String
    public var extents: [Int]
    /// `float32`, `int64`, …
    public var type: String
    /// Extents of a chunk; nil where the dataset is stored in one piece.
    public var chunk: [Int]?
    /// `shuffle`, `deflate`, `fletcher32`, in the order they were applied.
    public var filters: [String]
    /// Bytes in the file, and as read.
    public var storedBytes: Int
    public var bytes: Int
  }

  public struct Attribute: Sendable, Equatable {
    /// Empty for the root.
    public var owner: String
    public var name: String
    public var value: String
  }

  public var fileBytes: Int
  public var datasets: [Dataset]
  public var attributes: [Attribute]
}

extension PreferenceFile {
  /// Every dataset and attribute of the file. Nothing more is read.
  public var summary: PreferenceFileSummary {
    PreferenceFileSummary(
      fileBytes: file.size,
      datasets: file.catalogue.datasets.map(PreferenceFileSummary.Dataset.init),
      attributes: file.catalogue.attributes.map {
        PreferenceFileSummary.Attribute(owner: $0.owner, name: $0.name, value: $0.value.words)
      })
  }

  /// A text of the root such as a stored ledger; nil if there is none.
  public func attribute(_ name: String) -> String? {
    guard case .text(let bytes)? = file.catalogue.attribute(name) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension PreferenceFileSummary.Dataset {
  init(_ dataset: HDF5Dataset) {
    path = dataset.path
    extents = dataset.extents
    type = dataset.element.name
    filters = dataset.filters.map { "\($0)" }
    bytes = dataset.rows * dataset.rowBytes
    switch dataset.storage {
    case .compact, .contiguous:
      chunk = nil
      storedBytes = bytes
    case .chunked(let extents, let table):
      chunk = extents
      storedBytes = table.reduce(0) { $0 + Int($1.size) }
    }
  }
}

extension HDF5Attribute.Value {
  /// The value in words. A text is cleaned of control characters: it may go to a terminal.
  var words: String {
    switch self {
    case .text(let bytes):
      String(
        String.UnicodeScalarView(
          String(decoding: bytes, as: UTF8.self).unicodeScalars.map {
            $0.properties.generalCategory == .control ? "\u{FFFD}" : $0
          }))
    case .integers(let values): values.map(String.init).joined(separator: ", ")
    case .numbers(let values): values.map { "\($0)" }.joined(separator: ", ")
    }
  }
}
