/// The extents of a tensor: up to four, outermost first. A scalar has rank 0 and count 1.
public struct Shape: Sendable, Hashable {
  public let rank: Int
  private let extents: SIMD4<Int32>

  /// Traps if there are more than four extents, or one is negative or beyond `Int32`.
  public init(_ extents: [Int]) {
    precondition(extents.count <= 4, "shape: at most 4 extents, found \(extents.count)")
    var packed = SIMD4<Int32>(repeating: 1)
    for (axis, extent) in extents.enumerated() {
      precondition(extent >= 0 && extent <= Int(Int32.max), "shape: extent \(extent) out of range")
      packed[axis] = Int32(extent)
    }
    self.rank = extents.count
    self.extents = packed
  }

  public static let scalar = Shape([])

  /// Number of elements.
  public var count: Int {
    Int(extents[0]) * Int(extents[1]) * Int(extents[2]) * Int(extents[3])
  }

  /// The extent along `axis`; negative axes count from the end. Traps if there is no such axis.
  public subscript(axis: Int) -> Int {
    let index = axis < 0 ? axis + rank : axis
    precondition(index >= 0 && index < rank, "shape: no axis \(axis) in \(self)")
    return Int(extents[index])
  }

  public var array: [Int] { (0..<rank).map { Int(extents[$0]) } }

  /// The innermost extent (1 for a scalar): rows of this length lie contiguously.
  public var rowLength: Int { rank == 0 ? 1 : Int(extents[rank - 1]) }

  /// Product of all extents but the innermost.
  public var rowCount: Int {
    var product = 1
    for axis in 0..<max(0, rank - 1) { product *= Int(extents[axis]) }
    return product
  }
}

extension Shape: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: CustomStringConvertible {
  public var description: String { "[" + array.map(String.init).joined(separator: ", ") + "]" }
}
