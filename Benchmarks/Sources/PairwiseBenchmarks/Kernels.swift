import Glibc
import Pairwise

/// Operations on one thread against copying as many bytes as they read and write. Both allocate their
/// result. `ratio` 1 means as fast as memory allows.
enum Kernels {
  private static let none = Tensor.scalar(0)
  private typealias Operation = (name: String, input: Tensor, work: (Variable) -> Variable)

  static func run() {
    for rows in [64, 16_384] {
      let shape: Shape = [rows, 256]
      print("### Kernels on `\(shape)`, 1 thread\n")
      var table = Table("operation", "ns/element", "GB/s", "memcpy GB/s", "ratio")
      for operation in elementwise(shape) + reductions(shape) { measure(operation, &table) }
      table.printed()
    }
  }

  private static func measure(_ operation: Operation, _ table: inout Table) {
    let input = Variable(constant: operation.input)
    let count = operation.input.count
    let written = operation.work(input).value.count
    let read = operation.input.array
    // A copy reads and writes each byte; what is compared is bytes moved.
    let bytes = (count + written) * 4
    let result = Comparison(.thread, samples: count > 1 << 20 ? 7 : 15) {
      Numbers.keep(operation.work(input))
    } peer: {
      copy(read, bytes / 2)
    }
    table.add(
      operation.name, decimals(result.ours * 1e9 / Double(count), 3),
      decimals(Double(bytes) * 1e-9 / result.ours, 1),
      decimals(Double(bytes) * 1e-9 / result.peer, 1),
      decimals(result.ratio, 2))
  }

  /// Copies `bytes` bytes into fresh memory. Not inlined, and the copy is looked at, or the compiler would
  /// see that nobody needs it.
  @inline(never)
  private static func copy(_ source: [Float], _ bytes: Int) {
    unsafe source.withUnsafeBytes { source in
      guard let from = source.baseAddress, let target = unsafe malloc(bytes) else { return }
      unsafe memcpy(target, from, bytes)
      if unsafe target.load(fromByteOffset: bytes / 2, as: UInt8.self) == 1 {
        Numbers.keep(Variable(constant: none))
      }
      unsafe free(target)
    }
  }

  private static func elementwise(_ shape: Shape) -> [Operation] {
    let x = Numbers.random(shape, 4)
    let positive = Numbers.positive(shape)
    let negative = positive.scaled(by: -1)
    let row = Variable(constant: Numbers.random([shape.rowLength], 5))
    let column = Variable(constant: Numbers.random([shape.rowCount, 1], 6))
    let number = Variable(constant: .scalar(0.5))
    return [
      ("a + number", x, { $0 + 0.5 }), ("a + a", x, { $0 + $0 }), ("a + row", x, { $0 + row }),
      ("a + column", x, { $0 + column }), ("a · scalar tensor", x, { $0 * number }),
      ("relu", x, { $0.relu() }), ("exp", x, { $0.exp() }), ("expm1", x, { $0.expm1() }),
      ("tanh", x, { $0.tanh() }), ("sigmoid", x, { $0.sigmoid() }),
      ("logSigmoid", x, { $0.logSigmoid() }), ("softplus", x, { $0.softplus() }),
      ("silu", x, { $0.silu() }), ("geluTanh", x, { $0.geluTanh() }), ("gelu", x, { $0.gelu() }),
      ("erf", x, { $0.erf() }), ("log", positive, { $0.log() }),
      ("log1p", positive, { $0.log1p() }),
      ("log1mexp", negative, { $0.log1mexp() }), ("sqrt", positive, { $0.sqrt() }),
    ]
  }

  private static func reductions(_ shape: Shape) -> [Operation] {
    let x = Numbers.random(shape, 7)
    let n = shape.rowLength
    let (gain, bias) = (
      Variable(constant: Numbers.random([n], 8)), Variable(constant: Numbers.random([n], 9))
    )
    return [
      ("sum", x, { $0.sum() }), ("sumRows", x, { $0.sumRows() }),
      ("sumColumns", x, { $0.sumColumns() }), ("softmax", x, { $0.softmax() }),
      ("logSoftmax", x, { $0.logSoftmax() }), ("logSumExp", x, { $0.logSumExp() }),
      ("layerNorm", x, { $0.layerNorm(gain: gain, bias: bias) }),
      ("rmsNorm", x, { $0.rmsNorm(gain: gain) }), ("transposed", x, { $0.transposed() }),
    ]
  }
}
