internal import CKernels

/// How the elements of a stored tensor are written: a plain number type, or ggml's blocks of few-bit
/// integers with shared scales.
///
/// Raw values are the names that safetensors and ggml give them.
public enum TensorEncoding: String, Sendable, CaseIterable {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case q40 = "Q4_0"
  case q41 = "Q4_1"
  case q50 = "Q5_0"
  case q51 = "Q5_1"
  case q80 = "Q8_0"
  case q4K = "Q4_K"
  case q6K = "Q6_K"
  // Known by size alone: masks and positions that lie beside weights and are never read.
  case bool = "BOOL"
  case uint8 = "U8"
  case int8 = "I8"
  case uint16 = "U16"
  case int16 = "I16"
  case uint32 = "U32"
  case int32 = "I32"
  case uint64 = "U64"
  case int64 = "I64"

  /// Elements and bytes of the smallest unit.
  var block: (elements: Int, bytes: Int) {
    switch self {
    case .bool, .uint8, .int8: (1, 1)
    case .float16, .bfloat16, .uint16, .int16: (1, 2)
    case .float32, .uint32, .int32: (1, 4)
    case .float64, .uint64, .int64: (1, 8)
    case .q40: (32, 18)
    case .q41: (32, 20)
    case .q50: (32, 22)
    case .q51: (32, 24)
    case .q80: (32, 34)
    case .q4K: (256, 144)
    case .q6K: (256, 210)
    }
  }

  /// The kernel that turns blocks into Float32; nil for Float32 itself, which is copied, and for integers.
  private var decoder:
    (@convention(c) (UnsafeMutablePointer<Float>?, UnsafePointer<UInt8>?, Int) -> Void)?
  {
    switch self {
    case .float64: unsafe pw_from_float64
    case .float16: unsafe pw_from_float16
    case .bfloat16: unsafe pw_from_bfloat16
    case .q40: unsafe pw_from_q4_0
    case .q41: unsafe pw_from_q4_1
    case .q50: unsafe pw_from_q5_0
    case .q51: unsafe pw_from_q5_1
    case .q80: unsafe pw_from_q8_0
    case .q4K: unsafe pw_from_q4_k
    case .q6K: unsafe pw_from_q6_k
    default: nil
    }
  }

  /// Whether elements are numbers that can be read as Float32.
  public var isReadable: Bool {
    unsafe decoder != nil || self == .float32
  }

  /// Turns whole blocks into Float32. Traps if the sizes don't belong together.
  func decode(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Float>) {
    let blocks = bytes.count / block.bytes
    precondition(
      blocks * block.bytes == bytes.count && blocks * block.elements == output.count,
      "tensor encoding: \(bytes.count) bytes for \(output.count) elements")
    guard let decoder = unsafe decoder else {
      preconditionFailure("tensor encoding: \(rawValue) has no decoder")
    }
    unsafe decoder(
      output.baseAddress, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), blocks)
  }
}
