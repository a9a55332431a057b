import Pairwise

/// What recording costs beyond the arithmetic.
enum TapeOverhead {
  static func run() {
    print("### Tape, 1 thread\n")
    var table = Table("work", "time")
    let chain = seconds {
      let tape = Tape()
      let x = tape.variable(Tensor.scalar(1))
      var y = x
      for _ in 0..<1_000 { y = y + 1 }
      _ = tape.backward(from: y)
    }
    table.add("scalar operation: forward, backward, free", "\(decimals(chain * 1e9 / 1_000, 0)) ns")
    let plain = seconds {
      var y = Variable(constant: .scalar(1))
      for _ in 0..<1_000 { y = y + 1 }
      Numbers.keep(y)
    }
    table.add("the same as a constant", "\(decimals(plain * 1e9 / 1_000, 0)) ns")
    for (width, hidden, rows) in [(16, 32, 32), (384, 256, 256)] {
      let time = step(width, hidden, rows)
      table.add(
        "\(width)→\(hidden)→1 on \(rows) pairs: losses and gradients",
        "\(decimals(time * 1e6, 1)) µs")
    }
    table.printed()
  }

  private static func seconds(_ work: () -> Void) -> Double {
    Comparison(.thread, ours: work, peer: {}).ours
  }

  /// Bradley-Terry losses of a one-hidden-layer head and their gradients in a flat block.
  private static func step(_ width: Int, _ hidden: Int, _ rows: Int) -> Double {
    let (chosen, rejected) = (Numbers.random([rows, width], 1), Numbers.random([rows, width], 2))
    let (w1, b1) = (Numbers.random([hidden, width], 3), Numbers.random([hidden], 4))
    let (w2, b2) = (Numbers.random([1, hidden], 5), Numbers.random([1], 6))
    var block = Tensor.zeros([w1.count + b1.count + w2.count + b2.count])
    return seconds {
      let tape = Tape()
      let first = tape.parameter(w1, offset: 0)
      let firstBias = tape.parameter(b1, offset: w1.count)
      let second = tape.parameter(w2, offset: w1.count + b1.count)
      let secondBias = tape.parameter(b2, offset: w1.count + b1.count + w2.count)
      func score(_ x: Tensor) -> Variable {
        Variable(constant: x).linear(first, bias: firstBias, relu: true)
          .linear(second, bias: secondBias).column(0)
      }
      let loss = -(score(chosen) - score(rejected)).logSigmoid().mean()
      tape.backward(from: loss, into: &block)
    }
  }
}
