/// An array of Float32 in row-major order: a value, copied on write, free to cross tasks.
///
/// Always contiguous, so every kernel has one code path; transposes are flags of the matrix product.
/// A tensor may be a slice of a larger block (a parameter of a flat store); writing to a slice copies
/// it first unless the block belongs to it alone.
public struct Tensor: Sendable {
  public private(set) var shape: Shape
  package private(set) var storage: TensorStorage
  package private(set) var offset: Int

  /// Number of elements.
  public var count: Int { shape.count }

  /// A slice of `storage` starting at element `offset`. Traps if it does not fit.
  package init(storage: TensorStorage, offset: Int, shape: Shape) {
    precondition(offset >= 0 && offset + shape.count <= storage.count, "tensor: slice out of range")
    self.shape = shape
    self.storage = storage
    self.offset = offset
  }

  /// Memory with unspecified content, for code that writes every element.
  package init(uninitialized shape: Shape) {
    self.init(storage: TensorStorage(uninitialized: shape.count), offset: 0, shape: shape)
  }

  /// Traps if `values` does not have exactly `shape.count` elements.
  public init(_ shape: Shape, _ values: [Float]) {
    precondition(
      values.count == shape.count, "tensor: \(values.count) values for shape \(shape)")
    self.init(uninitialized: shape)
    unsafe values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress {
        unsafe storage.base.update(from: base, count: source.count)
      }
    }
  }

  /// A vector `[values.count]`.
  public init(_ values: [Float]) { self.init([values.count], values) }

  public init(repeating value: Float, _ shape: Shape) {
    self.init(uninitialized: shape)
    unsafe storage.base.update(repeating: value, count: shape.count)
  }

  public static func zeros(_ shape: Shape) -> Tensor { Tensor(repeating: 0, shape) }

  public static func scalar(_ value: Float) -> Tensor { Tensor(repeating: value, .scalar) }

  /// Builds a tensor by writing every element through a span, in row-major order.
  public init<E: Error>(
    _ shape: Shape, initializingWith body: (inout MutableSpan<Float>) throws(E) -> Void
  ) throws(E) {
    self.init(repeating: 0, shape)
    try withMutableSpan(body)
  }

  /// The elements in row-major order.
  public var array: [Float] {
    unsafe Array(UnsafeBufferPointer(start: pointer, count: count))
  }

  /// The only element. Traps if there is more than one.
  public var item: Float {
    precondition(count == 1, "tensor: item of shape \(shape)")
    return unsafe pointer[0]
  }

  /// One element by its row-major position. Traps if out of range.
  public subscript(flat index: Int) -> Float {
    precondition(index >= 0 && index < count, "tensor: index \(index) of \(count)")
    return unsafe pointer[index]
  }

  /// Reads the elements in row-major order.
  public func withSpan<R, E: Error>(_ body: (Span<Float>) throws(E) -> R) throws(E) -> R {
    let buffer = unsafe UnsafeBufferPointer(start: pointer, count: count)
    return try body(unsafe buffer.span)
  }

  /// Writes the elements in place; copies them first if another tensor shares the memory.
  public mutating func withMutableSpan<R, E: Error>(
    _ body: (inout MutableSpan<Float>) throws(E) -> R
  ) throws(E) -> R {
    let buffer = unsafe UnsafeMutableBufferPointer(start: mutablePointer(), count: count)
    var span = unsafe buffer.mutableSpan
    return try body(&span)
  }

  /// Overwrites every element; copies first if the memory is shared.
  public mutating func fill(_ value: Float) {
    let target = unsafe MutableRegion(mutablePointer())
    Tensor.forChunks(count) { start, length in
      unsafe (target.base + start).update(repeating: value, count: length)
    }
  }

  /// The same elements under another shape of equal count. No copy. Traps if the counts differ.
  public func reshaped(_ newShape: Shape) -> Tensor {
    precondition(newShape.count == count, "reshape: \(shape) to \(newShape)")
    var copy = self
    copy.shape = newShape
    return copy
  }

  /// Rows `range` of the outermost axis, sharing memory. Traps if out of range or for a scalar.
  public func rows(_ range: Range<Int>) -> Tensor {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shape[0], "rows: \(range) of \(shape)")
    let inner = shape.count / max(1, shape[0])
    var extents = shape.array
    extents[0] = range.count
    return Tensor(
      storage: storage, offset: offset + range.lowerBound * inner, shape: Shape(extents))
  }

  /// Start of the elements; valid while the tensor lives.
  package var pointer: UnsafePointer<Float> { unsafe UnsafePointer(storage.base + offset) }

  /// Start of the elements for writing; copies first if the memory is shared.
  package mutating func mutablePointer() -> UnsafeMutablePointer<Float> {
    makeUnique()
    return unsafe storage.base + offset
  }

  /// True if no other tensor refers to this memory, so that writing does not copy.
  package mutating func isUnique() -> Bool { isKnownUniquelyReferenced(&storage) }

  private mutating func makeUnique() {
    if isKnownUniquelyReferenced(&storage) { return }
    let fresh = TensorStorage(uninitialized: count)
    unsafe fresh.base.update(from: pointer, count: count)
    storage = fresh
    offset = 0
  }
}

extension Tensor: Equatable {
  /// Same shape and equal elements (NaN differs from itself, 0 equals −0).
  public static func == (a: Tensor, b: Tensor) -> Bool {
    guard a.shape == b.shape else { return false }
    return a.withSpan { x in
      b.withSpan { y in
        for i in 0..<x.count where x[i] != y[i] { return false }
        return true
      }
    }
  }
}

extension Tensor: CustomStringConvertible {
  public var description: String {
    let shown = array.prefix(8).map { "\($0)" }.joined(separator: ", ")
    return "Tensor\(shape)(\(shown)\(count > 8 ? ", …" : ""))"
  }
}
