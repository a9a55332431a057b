internal import PairwiseConfig
public import PairwiseData
public import PairwiseTensor
internal import SystemPackage

/// A safetensors file opened for reading.
///
/// The header is checked in full before any tensor is read: its length against the file, unique names,
/// known types, shapes whose bytes are exactly the bytes they claim, and tensors that cover the buffer
/// without gap or overlap. Memory stays proportional to the tensors that are read.
public struct SafeTensorsFile: Sendable {
  /// How elements are stored. All are read as Float32.
  public enum ElementType: String, Sendable, CaseIterable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"

    var bytes: Int {
      switch self {
      case .float64: 8
      case .float32: 4
      case .float16, .bfloat16: 2
      }
    }
  }

  struct Entry: Sendable {
    var name: String
    var type: ElementType
    var shape: [Int]
    var range: Range<Int>
  }

  public let path: String
  /// Free text stored with the tensors.
  public private(set) var metadata: [String: String] = [:]
  let entries: [Entry]
  private let dataStart: Int

  private static let headerLimit = 100 << 20

  /// Opens a file and checks its header.
  public init(_ path: String) throws(DataError) {
    self.path = path
    let file = try FileAccess.open(path)
    defer { try? file.close() }
    let size = try FileAccess.size(of: file, path)
    guard size >= 8 else {
      throw DataError(.invalid, file: path, "expected a safetensors file, found \(size) bytes")
    }
    let prefix = try FileAccess.read(file, path, offset: 0, count: 8)
    let declared = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let length = Int(exactly: declared), length <= SafeTensorsFile.headerLimit,
      length <= size - 8
    else {
      throw DataError(
        .invalid, file: path, "header length \(declared) does not fit a file of \(size) bytes")
    }
    let header = try FileAccess.read(file, path, offset: 8, count: length)
    let document: ConfigNode
    do throws(JSONError) {
      document = try JSON.parse(header, limits: JSONLimits(maxDepth: 4, maxNodes: 2_000_000))
    } catch {
      throw DataError(.invalid, file: path, place: "header", error.message)
    }
    guard case .table(let table) = document.value else {
      throw DataError(.invalid, file: path, place: "header", "expected a JSON object")
    }
    var entries: [Entry] = []
    for item in table {
      if item.key == "__metadata__" {
        metadata = try SafeTensorsFile.metadata(item.value, path)
      } else {
        entries.append(try SafeTensorsFile.entry(item, path))
      }
    }
    dataStart = 8 + length
    self.entries = entries
    try checkCoverage(size - dataStart)
  }

  /// Names of the tensors, in file order.
  public var names: [String] { entries.map(\.name) }

  /// The shape of a tensor as stored, or nil if there is none of that name.
  public func shape(of name: String) -> [Int]? { entries.first { $0.name == name }?.shape }

  /// Reads one tensor, converted to Float32.
  ///
  /// - Throws: `.invalid` if there is no such tensor or it has more than four axes.
  public func tensor(_ name: String) throws(DataError) -> Tensor {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw DataError(.invalid, file: path, "tensor '\(name)' is missing")
    }
    guard entry.shape.count <= 4, entry.shape.allSatisfy({ $0 <= Int(Int32.max) }) else {
      throw DataError(.invalid, file: path, place: name, "shape \(entry.shape) is not supported")
    }
    let file = try FileAccess.open(path)
    defer { try? file.close() }
    var result = Tensor(uninitialized: Shape(entry.shape))
    let count = result.count
    if entry.type == .float32 {
      let target = unsafe UnsafeMutableRawBufferPointer(
        start: result.mutablePointer(), count: count * MemoryLayout<Float>.stride)
      unsafe try FileAccess.read(
        file, path, offset: dataStart + entry.range.lowerBound, into: target)
      return result
    }
    let bytes = try FileAccess.read(
      file, path, offset: dataStart + entry.range.lowerBound, count: entry.range.count)
    result.withMutableSpan { span in
      for i in 0..<count { span[i] = entry.type.decode(bytes, at: i) }
    }
    return result
  }

  // MARK: Header

  private static func metadata(_ node: ConfigNode, _ path: String) throws(DataError)
    -> [String: String]
  {
    var result: [String: String] = [:]
    guard case .table(let entries) = node.value else {
      throw DataError(.invalid, file: path, place: "__metadata__", "expected a JSON object")
    }
    for entry in entries {
      guard case .string(let text) = entry.value.value else {
        throw DataError(
          .invalid, file: path, place: "__metadata__", "expected texts, found \(entry.value.kind)")
      }
      result[entry.key] = text
    }
    return result
  }

  private static func entry(_ item: ConfigNode.Entry, _ path: String) throws(DataError) -> Entry {
    func fail(_ message: String) -> DataError {
      DataError(.invalid, file: path, place: "tensor '\(item.key)'", message)
    }
    guard case .string(let name)? = item.value["dtype"]?.value,
      let type = ElementType(rawValue: name)
    else { throw fail("expected dtype F64, F32, F16 or BF16") }
    guard let shape = integers(item.value["shape"]), shape.count <= 16 else {
      throw fail("expected a shape of whole numbers")
    }
    guard let offsets = integers(item.value["data_offsets"]), offsets.count == 2,
      offsets[0] <= offsets[1]
    else { throw fail("expected two ascending data_offsets") }
    var bytes = type.bytes
    for extent in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      if overflow { throw fail("shape \(shape) is too large") }
      bytes = product
    }
    guard bytes == offsets[1] - offsets[0] else {
      throw fail(
        "shape \(shape) needs \(bytes) bytes, data_offsets give \(offsets[1] - offsets[0])")
    }
    return Entry(name: item.key, type: type, shape: shape, range: offsets[0]..<offsets[1])
  }

  private static func integers(_ node: ConfigNode?) -> [Int]? {
    guard case .list(let items)? = node?.value else { return nil }
    var result: [Int] = []
    for item in items {
      guard case .int(let value) = item.value, value >= 0 else { return nil }
      result.append(value)
    }
    return result
  }

  /// Tensors must cover the data exactly: no hidden bytes, none used twice.
  private func checkCoverage(_ available: Int) throws(DataError) {
    var position = 0
    for entry in entries.sorted(by: {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }) {
      guard entry.range.lowerBound == position else {
        throw DataError(
          .invalid, file: path, place: "tensor '\(entry.name)'",
          "starts at byte \(entry.range.lowerBound), expected \(position)")
      }
      position = entry.range.upperBound
    }
    guard position == available else {
      throw DataError(
        .invalid, file: path, "tensors need \(position) bytes of data, the file has \(available)")
    }
  }
}

extension SafeTensorsFile.ElementType {
  /// Element `index` of little-endian bytes.
  fileprivate func decode(_ data: [UInt8], at index: Int) -> Float {
    var bits: UInt64 = 0
    for k in 0..<bytes { bits |= UInt64(data[index * bytes + k]) << (8 * UInt64(k)) }
    switch self {
    case .float64: return Float(Double(bitPattern: bits))
    case .float32: return Float(bitPattern: UInt32(truncatingIfNeeded: bits))
    case .float16: return SafeTensorsFile.half(UInt16(truncatingIfNeeded: bits))
    case .bfloat16: return Float(bitPattern: UInt32(truncatingIfNeeded: bits) << 16)
    }
  }
}

extension SafeTensorsFile {
  /// IEEE half precision to single, without a hardware type (not every platform has Float16).
  static func half(_ bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Float(bits & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * (1 + fraction * 0x1p-10)
        * Float(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }
}
