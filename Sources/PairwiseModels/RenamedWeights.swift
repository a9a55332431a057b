public import PairwiseData
public import PairwiseTensor

/// Weights under other names, and where needed laid out another way: what lies between a file's habits and
/// the names a model asks for.
public struct RenamedWeights: WeightSource {
  /// What is done to a tensor on the way.
  enum Layout: Sendable, Equatable {
    case asStored
    /// Rows of each head, stored as pairs (0, n/2), (1, n/2 + 1), …, back in order. ggml rotates
    /// neighbouring rows of a llama's queries and keys, transformers rotates halves.
    case pairsToHalves(heads: Int)
    /// `[in, out]` from `[out, in]`.
    case transposed
  }

  struct Entry: Sendable {
    var name: String
    var source: String
    var layout: Layout = .asStored
  }

  public var path: String { source.path }
  public let names: [String]
  private let source: any WeightSource
  private let entries: [String: Entry]

  /// - Throws: `.invalid` if two tensors get the same name, or a shape does not go with its layout.
  init(_ source: any WeightSource, _ entries: [Entry]) throws(DataError) {
    self.source = source
    var table: [String: Entry] = [:]
    for entry in entries {
      if let other = table.updateValue(entry, forKey: entry.name) {
        throw DataError(
          .invalid, file: source.path,
          "tensors '\(other.source)' and '\(entry.source)' are the same '\(entry.name)'")
      }
      try RenamedWeights.check(entry, source)
    }
    names = entries.map(\.name)
    self.entries = table
  }

  private static func check(_ entry: Entry, _ source: any WeightSource) throws(DataError) {
    let shape = source.shape(of: entry.source) ?? []
    switch entry.layout {
    case .asStored: return
    case .transposed:
      if shape.count == 2 { return }
      throw DataError(
        .invalid, file: source.path, place: "tensor '\(entry.source)'",
        "expected a matrix, found shape \(shape)")
    case .pairsToHalves(let heads):
      if let rows = shape.first, shape.count <= 2, rows % (2 * heads) == 0 { return }
      throw DataError(
        .invalid, file: source.path, place: "tensor '\(entry.source)'",
        "expected an even number of rows for each of \(heads) heads, found shape \(shape)")
    }
  }

  public func shape(of name: String) -> [Int]? {
    guard let entry = entries[name], let shape = source.shape(of: entry.source) else { return nil }
    return entry.layout == .transposed ? shape.reversed() : shape
  }

  public func encoding(of name: String) -> TensorEncoding? {
    entries[name].flatMap { source.encoding(of: $0.source) }
  }

  public func tensor(_ name: String) throws(DataError) -> Tensor {
    guard let entry = entries[name] else {
      throw DataError(.invalid, file: path, "tensor '\(name)' is missing")
    }
    let stored = try source.tensor(entry.source)
    switch entry.layout {
    case .asStored: return stored
    case .pairsToHalves(let heads): return RenamedWeights.halves(stored, heads: heads)
    case .transposed: return RenamedWeights.transposed(stored)
    }
  }

  /// Row (head, i, half) of `[H · n/2 · 2, …]` becomes row (head, half, i).
  private static func halves(_ tensor: Tensor, heads: Int) -> Tensor {
    let rows = tensor.shape[0]
    let half = rows / heads / 2
    let length = tensor.count / max(1, rows)
    var result = Tensor(uninitialized: tensor.shape)
    let order = (0..<rows).map { row in
      let (head, place) = row.quotientAndRemainder(dividingBy: 2 * half)
      return Int32(head * 2 * half + place % half * 2 + place / half)
    }
    unsafe Tensor.gatherRows(order, of: tensor, length: length, into: result.mutablePointer())
    return result
  }

  private static func transposed(_ tensor: Tensor) -> Tensor {
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    return Tensor([columns, rows]) { target in
      tensor.withSpan { source in
        // In squares that fit the first cache, else every write would miss it.
        for top in stride(from: 0, to: rows, by: 32) {
          for left in stride(from: 0, to: columns, by: 32) {
            for row in top..<min(top + 32, rows) {
              for column in left..<min(left + 32, columns) {
                target[column * rows + row] = source[row * columns + column]
              }
            }
          }
        }
      }
    }
  }
}
