internal import Glibc
internal import PairwiseData
internal import PairwiseTensor
internal import Synchronization
internal import SystemPackage

/// One tensor inside a file: where it lies and how it is written.
struct StoredTensor: Sendable {
  var name: String
  var encoding: TensorEncoding
  /// Outermost axis first.
  var shape: [Int]
  /// Bytes from the start of the file. Within the file, and as many as shape and encoding ask for: both
  /// were checked when the header was read.
  var range: Range<Int>

  /// Bytes of elements, or nil if there are too many or they don't fill whole blocks of the innermost axis.
  static func bytes(_ shape: [Int], _ encoding: TensorEncoding) -> Int? {
    let block = encoding.block
    var count = 1
    // Zeros aside, so that no product of extents taken in another order can overflow either.
    for extent in shape where extent != 0 {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      count = product
    }
    guard (shape.last ?? 1) % block.elements == 0 else { return nil }
    let (bytes, overflow) = (count / block.elements).multipliedReportingOverflow(by: block.bytes)
    if overflow { return nil }
    return shape.contains(0) ? 0 : bytes
  }

  /// Elements a task converts at a time: a multiple of every block.
  private static let chunk = 1 << 18

  /// Reads and converts the tensor, in parallel. The result does not depend on the number of threads.
  func read(from path: String) throws(DataError) -> Tensor {
    guard encoding.isReadable else {
      throw DataError(
        .invalid, file: path, place: "tensor '\(name)'",
        "expected floating-point numbers, found \(encoding.rawValue)")
    }
    guard shape.count <= 4, shape.allSatisfy({ $0 <= Int(Int32.max) }) else {
      throw DataError(
        .invalid, file: path, place: "tensor '\(name)'",
        "expected at most 4 axes, found shape \(shape)")
    }
    let file = try FileAccess.open(path)
    defer { try? file.close() }
    var result = Tensor(uninitialized: Shape(shape))
    let count = result.count
    let target = unsafe MutableRegion(result.mutablePointer())
    let failure = Mutex<(task: Int, error: DataError)?>(nil)
    let chunk = StoredTensor.chunk
    // Each task writes its own run of elements.
    WorkerPool.shared.run((count + chunk - 1) / chunk) { task in
      let start = task * chunk
      let part = unsafe UnsafeMutableBufferPointer(
        start: target.base + start, count: min(chunk, count - start))
      do throws(DataError) {
        unsafe try read(file, path, from: start, into: part)
      } catch {
        failure.withLock { known in
          if task < known?.task ?? .max { known = (task, error) }
        }
      }
    }
    if let error = failure.withLock({ $0?.error }) { throw error }
    return result
  }

  /// Elements from `start` on. `start` is at a block's beginning.
  private func read(
    _ file: FileDescriptor, _ path: String, from start: Int,
    into output: UnsafeMutableBufferPointer<Float>
  ) throws(DataError) {
    let block = encoding.block
    let offset = range.lowerBound + start / block.elements * block.bytes
    if encoding == .float32 {
      unsafe try FileAccess.read(
        file, path, offset: offset, into: UnsafeMutableRawBufferPointer(output))
      return
    }
    let bytes = try FileAccess.read(
      file, path, offset: offset, count: output.count / block.elements * block.bytes)
    unsafe bytes.withUnsafeBytes { source in unsafe encoding.decode(source, into: output) }
  }
}
