import Glibc
import PairwiseAutodiff
import PairwiseTensor
import PairwiseTestSupport
import Testing

@Suite struct TapeTests {
  @Test func gradientsOfOneValueAddUp() {
    let tape = Tape()
    let x = tape.variable(Tensor([2, -3]))
    let y = x * x + 5 * x - x  // y' = 2x + 4
    let gradients = tape.backward(from: y.sum())
    #expect(gradients[x] == Tensor([8, -2]))
  }

  @Test func gradientsOfUnusedAndDetachedLeavesAreZero() {
    let tape = Tape()
    let (used, unused) = (tape.variable(Tensor([1, 2])), tape.variable(Tensor([3, 4])))
    let gradients = tape.backward(from: (used * used.detached()).sum())
    #expect(gradients[used] == Tensor([1, 2]))
    #expect(gradients[unused] == Tensor([0, 0]))
  }

  /// Nothing recorded after the loss, and nothing off its path, may run or contribute.
  @Test func onlyThePathToTheLossCounts() {
    let tape = Tape()
    let x = tape.variable(Tensor([4]))
    let loss = x.sqrt().sum()
    _ = (x * Float.infinity).sum()
    #expect(tape.backward(from: loss)[x] == Tensor([0.25]))
  }

  @Test func constantsRecordNothing() {
    let c = Variable(constant: Tensor([1, 2]))
    let y = (c * c + 1).exp().sum()
    #expect(!y.isDifferentiable)
    let tape = Tape()
    let x = tape.variable(Tensor([1]))
    #expect(x.isDifferentiable && !x.detached().isDifferentiable)
    #expect((x + c).isDifferentiable)
  }

  /// A loss that depends on no variable has no gradients, and leaves the block alone.
  @Test func constantLoss() {
    let tape = Tape()
    let p = tape.parameter(Tensor([1]), offset: 0)
    var block = Tensor([7])
    tape.backward(from: Variable(constant: .scalar(3)), into: &block)
    #expect(block == Tensor([7]))
    #expect(p.isDifferentiable)
  }

  @Test func gradientsOfParametersAddToTheBlock() {
    var block = Tensor([10, 20, 30, 40])
    for _ in 0..<2 {
      let tape = Tape()
      let p = tape.parameter(Tensor([1, 2]), offset: 1)
      let tied = tape.parameter(Tensor([1, 2]), offset: 1)
      tape.backward(from: (3 * p + tied).sum(), into: &block)
    }
    #expect(block == Tensor([10, 28, 38, 40]))
  }

  /// The block's memory is handed over and back, not copied: a large block would double otherwise.
  @Test func theBlockIsNotCopied() {
    var block = Tensor.zeros([1 << 16])
    let before = unsafe block.pointer
    let tape = Tape()
    let p = tape.parameter(Tensor.zeros([1 << 16]), offset: 0)
    tape.backward(from: p.sum(), into: &block)
    #expect(unsafe block.pointer == before)
    #expect(block.withSpan { $0[77] } == 1)
    let unique = block.isUnique()
    #expect(unique)
  }

  /// A recursion over nodes would overflow the stack here, forward, backward or when freed.
  @Test func aMillionOperationsDeep() async {
    await #expect(processExitsWith: .success) {
      for runsBackward in [true, false] {
        let tape = Tape()
        let x = tape.variable(Tensor([1]))
        var y = x
        for _ in 0..<1_000_000 { y = y + 1 }
        #expect(y.value.item == 1_000_001)
        if runsBackward { #expect(tape.backward(from: y)[x] == Tensor([1])) }
      }
    }
  }

  /// Captured tensors are freed when the tape has been used, though the tape itself lives on.
  @Test func capturesAreFreedByTheSweep() {
    weak var captured: TensorStorage?
    let tape = Tape()
    let x = tape.variable(Tensor([1, 2, 3]))
    func loss() -> Variable {
      let y = x.exp()
      captured = y.value.storage
      return y.sum()
    }
    let total = loss()
    #expect(captured != nil)
    _ = tape.backward(from: total)
    #expect(captured == nil)
  }

  /// Each capture is freed as the sweep passes it, so that gradients take the place of values. The
  /// process alone has 128 MiB of leaves, 128 MiB of captured products, then 128 MiB of gradients.
  @Test func backwardNeedsNoMoreMemoryThanForward() async {
    await #expect(processExitsWith: .success) {
      func peak() -> Int {
        var usage = rusage()
        unsafe getrusage(0, &usage)  // RUSAGE_SELF
        return usage.ru_maxrss / 1024
      }
      let tape = Tape()
      var y = tape.variable(Tensor(repeating: 1, [1 << 20]))
      for _ in 0..<32 { y = y * tape.variable(Tensor(repeating: 1, [1 << 20])) }
      let loss = y.sum()
      y = loss
      let before = peak()
      _ = tape.backward(from: loss)
      precondition(peak() < before + 40, "peak grew from \(before) to \(peak()) MiB")
    }
  }

  /// Dropping an unused tape frees everything it holds.
  @Test func capturesAreFreedWithTheTape() {
    weak var captured: TensorStorage?
    func record() {
      let tape = Tape()
      let y = tape.variable(Tensor([1, 2, 3])).exp()
      captured = y.value.storage
      #expect((y * y).isDifferentiable)
    }
    record()
    #expect(captured == nil)
  }

  /// What an operation captured cannot be changed behind its back.
  @Test func valuesAreSafeFromLaterWrites() {
    let tape = Tape()
    var data = Tensor([3, 4])
    let x = tape.variable(data)
    let loss = (x * x).sum()
    data.withMutableSpan { $0[0] = 100 }
    #expect(tape.backward(from: loss)[x] == Tensor([6, 8]))
  }

  @Test func dropoutKeepsItsRateAndMean() {
    let n = 100_000
    let ones = Variable(constant: Tensor(repeating: 1, [n / 10, 10]))
    let y = ones.dropout(rate: 0.3, key: DropoutKey(key: 5, start: 0)).value.array
    let zeros = Double(y.count { $0 == 0 }) / Double(n)
    // Standard deviation √(0.3·0.7/n) = 0.00145; five of them.
    #expect(abs(zeros - 0.3) < 0.0073)
    #expect(Set(y) == [0, 1 / (1 - Float(0.3))])
    // A function of the row's number: the second half alone is the second half of the whole.
    let half = Variable(constant: Tensor(repeating: 1, [n / 20, 10]))
      .dropout(rate: 0.3, key: DropoutKey(key: 5, start: UInt64(n / 20))).value.array
    let agrees = half == Array(y[(n / 2)...])  // apart, or a failure prints 50,000 numbers
    #expect(agrees)
    let other = ones.dropout(rate: 0.3, key: DropoutKey(key: 6, start: 0)).value.array
    let changed = other != y
    #expect(changed)
  }
}
