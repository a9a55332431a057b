internal import PairwiseConfig
public import PairwiseData
public import PairwiseTensor
internal import SystemPackage

/// A safetensors file opened for reading.
///
/// The header is checked in full before any tensor is read: its length against the file, unique names,
/// known types, shapes whose bytes are exactly the bytes they claim, and tensors that cover the buffer
/// without gap or overlap. Memory stays proportional to the tensors that are read.
public struct SafeTensorsFile: WeightSource {
  public let path: String
  /// Free text stored with the tensors.
  public private(set) var metadata: [String: String] = [:]
  private let entries: [StoredTensor]
  private let indices: [String: Int]

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
    var entries: [StoredTensor] = []
    for item in table {
      if item.key == "__metadata__" {
        metadata = try SafeTensorsFile.metadata(item.value, path)
      } else {
        entries.append(try SafeTensorsFile.entry(item, path, dataStart: 8 + length))
      }
    }
    self.entries = entries
    // JSON's keys are unique: the parser saw to it.
    indices = Dictionary(
      entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    try checkCoverage(8 + length..<size)
  }

  /// Names of the tensors, in file order.
  public var names: [String] { entries.map(\.name) }

  public func shape(of name: String) -> [Int]? { indices[name].map { entries[$0].shape } }

  public func encoding(of name: String) -> TensorEncoding? {
    indices[name].map { entries[$0].encoding }
  }

  public func tensor(_ name: String) throws(DataError) -> Tensor {
    guard let index = indices[name] else {
      throw DataError(.invalid, file: path, "tensor '\(name)' is missing")
    }
    return try entries[index].read(from: path)
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

  private static func entry(_ item: ConfigNode.Entry, _ path: String, dataStart: Int)
    throws(DataError) -> StoredTensor
  {
    func fail(_ message: String) -> DataError {
      DataError(.invalid, file: path, place: "tensor '\(item.key)'", message)
    }
    // Integers are let in, since masks and positions lie beside weights; reading them is an error.
    guard case .string(let type)? = item.value["dtype"]?.value,
      let encoding = TensorEncoding(rawValue: type), encoding.block.elements == 1
    else { throw fail("expected dtype F64, F32, F16 or BF16") }
    guard let shape = integers(item.value["shape"]), shape.count <= 16 else {
      throw fail("expected a shape of whole numbers")
    }
    guard let offsets = integers(item.value["data_offsets"]), offsets.count == 2,
      offsets[0] <= offsets[1]
    else { throw fail("expected two ascending data_offsets") }
    guard let bytes = StoredTensor.bytes(shape, encoding) else {
      throw fail("shape \(shape) is too large")
    }
    guard bytes == offsets[1] - offsets[0] else {
      throw fail(
        "shape \(shape) needs \(bytes) bytes, data_offsets give \(offsets[1] - offsets[0])")
    }
    let (end, overflow) = offsets[1].addingReportingOverflow(dataStart)
    if overflow { throw fail("data_offsets reach beyond the file") }
    return StoredTensor(
      name: item.key, encoding: encoding, shape: shape, range: offsets[0] + dataStart..<end)
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
  private func checkCoverage(_ data: Range<Int>) throws(DataError) {
    var position = data.lowerBound
    for entry in entries.sorted(by: {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }) {
      guard entry.range.lowerBound == position else {
        throw DataError(
          .invalid, file: path, place: "tensor '\(entry.name)'",
          "starts at byte \(entry.range.lowerBound - data.lowerBound), expected "
            + "\(position - data.lowerBound)")
      }
      position = entry.range.upperBound
    }
    guard position == data.upperBound else {
      throw DataError(
        .invalid, file: path,
        "tensors need \(position - data.lowerBound) bytes of data, the file has \(data.count)")
    }
  }
}
