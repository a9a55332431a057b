internal import CKernels
internal import Glibc
internal import PairwiseTensor

extension Variable {
  /// Rotary position embedding of the first `heads` heads of rows `[T, N]`; the other columns pass.
  ///
  /// Elements j and j + headSize/2 of a head turn by the angle position·frequencies[j] (Llama's
  /// "rotate half"), formed in Float as transformers does.
  /// - Parameters:
  ///   - positions: `[T]`, not negative.
  ///   - frequencies: `[headSize/2]`, radians per position, already scaled.
  /// - Source: Su et al. 2021, "RoFormer". Traps if the shapes don't fit.
  public func rotary(heads: Int, headSize: Int, positions: [Int32], frequencies: [Float])
    -> Variable
  {
    let (rows, n, half) = (shape.rowCount, shape.rowLength, headSize / 2)
    precondition(
      headSize % 2 == 0 && frequencies.count == half && heads >= 0 && heads * headSize <= n,
      "rotary: \(heads) heads of \(headSize), \(frequencies.count) frequencies, rows of \(n)")
    precondition(
      positions.count == rows && positions.allSatisfy { $0 >= 0 },
      "rotary: \(positions.count) positions for \(rows) rows, or a negative one")
    let table = RotaryTable(positions, frequencies)
    let input = handle
    let y = table.turn(value, heads: heads, direction: 1)
    return unary(y) { dy, cotangents in
      cotangents.add(table.turn(dy, heads: heads, direction: -1), to: input)
    }
  }
}

/// Cosine and sine of every angle, one row for each position or for each row of tokens, whichever is less.
private struct RotaryTable {
  private let cosine: Tensor, sine: Tensor
  private let entry: [Int32]
  private let half: Int

  init(_ positions: [Int32], _ frequencies: [Float]) {
    let half = frequencies.count
    let distinct = Int(positions.max() ?? -1) + 1
    let isShared = distinct <= 2 * positions.count
    let list = isShared ? (0..<Int32(distinct)).map { $0 } : positions
    func table(_ f: (Float) -> Float) -> Tensor {
      Tensor([list.count, half]) { span in
        var place = 0
        for position in list {
          for frequency in frequencies {
            span[place] = f(Float(position) * frequency)
            place += 1
          }
        }
      }
    }
    (cosine, sine, self.half) = (table { cosf($0) }, table { sinf($0) }, half)
    entry = isShared ? positions : (0..<Int32(positions.count)).map { $0 }
  }

  func turn(_ x: Tensor, heads: Int, direction: Float) -> Tensor {
    let y = Tensor(uninitialized: x.shape)
    let output = unsafe MutableRegion(y.storage.base)
    let input = unsafe Region(x.pointer)
    let (c, s) = unsafe (Region(cosine.pointer), Region(sine.pointer))
    let (n, half, entry) = (x.shape.rowLength, half, entry)
    Tensor.forRows(x.shape.rowCount, length: n) { start, count in
      unsafe entry.withUnsafeBufferPointer { places in
        unsafe pw_rotary(
          output.base + start * n, input.base + start * n, c.base, s.base,
          places.baseAddress.map { unsafe $0 + start }, count, n, heads, half, direction)
      }
    }
    return y
  }
}
