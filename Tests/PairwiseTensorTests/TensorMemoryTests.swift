import PairwiseTensor
import Testing

@Suite struct TensorMemoryTests {
  /// Blocks of 40 MiB come back when a tensor of about that size is asked for again, and other sizes make
  /// room for each other: never more is held than was once in use. In a process of its own, where nobody
  /// else allocates.
  @Test func freedBlocksComeBack() async {
    await #expect(processExitsWith: .success) {
      TensorMemory.keepFreedBlocks()
      let count = 10 << 20
      func address(_ count: Int) -> Int {
        var tensor = Tensor.zeros([count])
        tensor.fill(1)
        return unsafe Int(bitPattern: tensor.pointer)
      }
      let first = address(count)
      #expect(address(count + 1000) == first)
      let held = TensorMemory.heldBytes
      #expect(held > 4 * count && held < 4 * count * 9 / 8 + 1)
      // A larger one does not fit, and there was never room for both.
      _ = address(2 * count)
      #expect(TensorMemory.heldBytes > 8 * count && TensorMemory.heldBytes < 8 * count * 9 / 8 + 1)
    }
  }

  @Test func withoutBeingAskedNothingIsHeld() async {
    await #expect(processExitsWith: .success) {
      _ = Tensor.zeros([10 << 20])
      #expect(TensorMemory.heldBytes == 0)
    }
  }
}
