/// What an HDF5 file holds: its groups, attributes and datasets, and where their bytes lie.
package struct HDF5Catalogue: Sendable {
  /// Paths without a leading slash; the root is the empty path.
  package var groups: [String] = []
  package var attributes: [HDF5Attribute] = []
  package var datasets: [HDF5Dataset] = []

  /// The dataset at `path`, if there is one.
  package func dataset(_ path: String) -> HDF5Dataset? {
    datasets.first { $0.path == path }
  }

  /// An attribute of the group or dataset at `owner`; the root is the empty path.
  package func attribute(_ name: String, of owner: String = "") -> HDF5Attribute.Value? {
    attributes.first { $0.owner == owner && $0.name == name }?.value
  }
}

/// A named value beside a group or a dataset.
package struct HDF5Attribute: Sendable {
  package enum Value: Sendable, Equatable {
    case text([UInt8])
    case integers([Int64])
    case numbers([Double])
  }

  package var owner: String
  package var name: String
  package var value: Value
}

/// One dataset: its type, its extents and where its bytes lie in the file.
package struct HDF5Dataset: Sendable {
  package enum Element: Sendable, Equatable {
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case float32, float64
    /// Fixed-length text of so many bytes.
    case text(Int)

    /// Bytes of one element.
    package var size: Int {
      switch self {
      case .int8, .uint8: 1
      case .int16, .uint16: 2
      case .int32, .uint32, .float32: 4
      case .int64, .uint64, .float64: 8
      case .text(let length): length
      }
    }

    package var isFloat: Bool { self == .float32 || self == .float64 }

    package var isInteger: Bool {
      if case .text = self { false } else { !isFloat }
    }

    /// As messages and summaries call it.
    package var name: String {
      if case .text(let length) = self { "text of \(length) bytes" } else { "\(self)" }
    }
  }

  /// Where one chunk lies.
  package struct Chunk: Sendable {
    package var offset: UInt64
    package var size: UInt32
    /// Bit i set: filter i was left out for this chunk.
    package var filterMask: UInt32
  }

  package enum Storage: Sendable {
    case compact([UInt8])
    /// All elements in row-major order from `offset` on.
    case contiguous(offset: Int)
    /// A full grid of chunks of these extents, row-major.
    case chunked(extents: [Int], [Chunk])
  }

  package enum Filter: UInt32, Sendable {
    case deflate = 1
    case shuffle = 2
    case fletcher32 = 3
  }

  package var path: String
  package var element: Element
  package var isBigEndian: Bool
  package var extents: [Int]
  /// In the order they were applied.
  package var filters: [Filter]
  package var storage: Storage

  /// The outermost extent; 1 for a scalar.
  package var rows: Int { extents.first ?? 1 }

  /// Elements of one row.
  package var width: Int { extents.dropFirst().reduce(1, *) }

  package var rowBytes: Int { width * element.size }

  /// `[2000, 16]`, for messages and summaries.
  package var shape: String { "[" + extents.map(String.init).joined(separator: ", ") + "]" }
}
