import PairwiseTensor
import Testing

@Suite struct TensorTests {
  private let source = Tensor([2, 3], [1, 2, 3, 4, 5, 6])

  @Test func aCopyIsIndependent() {
    var copy = source
    copy.withMutableSpan { $0[0] = 9 }
    #expect(source.array == [1, 2, 3, 4, 5, 6])
    #expect(copy.array == [9, 2, 3, 4, 5, 6])
  }

  @Test func copyingWaitsForTheWrite() {
    var copy = source
    #expect(copy.storage === source.storage)
    copy.withMutableSpan { $0[0] = 9 }
    #expect(copy.storage !== source.storage)
  }

  /// Alone, a tensor is written in place.
  @Test func noCopyWhenAlone() {
    var x = Tensor.zeros([1000])
    let before = unsafe x.pointer
    for i in 0..<10 { x.withMutableSpan { $0[i] = 1 } }
    x.add(Tensor(repeating: 1, [1000]), times: 2)
    #expect(unsafe x.pointer == before)
    #expect(x[flat: 9] == 3 && x[flat: 10] == 2)
  }

  @Test func slicesShareUntilWritten() {
    let rows = source.rows(1..<2)
    #expect(rows.shape == [1, 3] && rows.array == [4, 5, 6])
    #expect(rows.storage === source.storage)
    var changed = rows
    changed.withMutableSpan { $0[1] = 0 }
    #expect(
      changed.array == [4, 0, 6] && rows.array == [4, 5, 6] && source.array == [1, 2, 3, 4, 5, 6])
    var whole = source
    whole.withMutableSpan { $0[3] = -4 }
    #expect(rows.array == [4, 5, 6])
  }

  @Test func rowsOfRowsAndEmptyRows() {
    let cube = Tensor([4, 2, 2], (0..<16).map(Float.init))
    #expect(cube.rows(1..<4).rows(1..<2).array == [8, 9, 10, 11])
    #expect(cube.rows(1..<4).rows(1..<2).shape == [1, 2, 2])
    #expect(cube.rows(2..<2).shape == [0, 2, 2])
    #expect(Tensor.zeros([0, 3]).rows(0..<0).shape == [0, 3])
  }

  @Test func addingToItself() {
    var x = Tensor([1, 2])
    x.add(x, times: 3)
    #expect(x == Tensor([4, 8]))
  }

  @Test func reshapingSharesElements() {
    let x = source.reshaped([3, 2])
    #expect(x.shape == [3, 2] && x.array == source.array && x.storage === source.storage)
    #expect(source.rows(1..<2).reshaped([3]).array == [4, 5, 6])
    #expect(Tensor.scalar(5).reshaped([1, 1, 1]).array == [5])
  }

  @Test func equality() {
    #expect(source == Tensor([2, 3], [1, 2, 3, 4, 5, 6]))
    #expect(source != source.reshaped([3, 2]))
    #expect(source != Tensor([2, 3], [1, 2, 3, 4, 5, 7]))
    #expect(Tensor([0]) == Tensor([-0.0]))
    #expect(Tensor([.nan]) != Tensor([.nan]))
    #expect(source.rows(0..<1) == Tensor([1, 3], [1, 2, 3]))
    #expect(
      Tensor.zeros([0, 3]) == Tensor.zeros([0, 3]) && Tensor.zeros([0, 3]) != Tensor.zeros([3, 0]))
  }

  @Test func storageIsAligned() {
    for count in [0, 1, 17, 1000] {
      let address = unsafe UInt(bitPattern: Tensor.zeros([count]).pointer)
      #expect(address % 64 == 0)
    }
  }

  @Test func makingTensors() {
    let x = Tensor([2, 2]) { span in
      for i in 0..<span.count { span[i] = Float(i) }
    }
    #expect(x.array == [0, 1, 2, 3])
    #expect(Tensor([1, 2, 3]).shape == [3])
    #expect(Tensor(repeating: 2, [2, 1]).array == [2, 2])
    #expect(Tensor.scalar(4).item == 4 && Tensor.scalar(4).shape.rank == 0)
    #expect(x[flat: 3] == 3)
    #expect("\(Tensor([1, 2]))" == "Tensor[2](1.0, 2.0)")
    #expect("\(Tensor.zeros([3, 3]))".hasSuffix(", …)"))
  }

  @Test(arguments: [0, 1, 40, 1023, 1024, 70_000])
  func firstNonFinite(place: Int) {
    for bad in [Float.nan, .infinity, -.infinity] {
      var x = Tensor(repeating: Float.greatestFiniteMagnitude, [70_001])
      #expect(x.firstNonFinite == nil)
      x.withMutableSpan { $0[place] = bad }
      #expect(x.firstNonFinite == place)
    }
    #expect(Tensor.zeros([0]).firstNonFinite == nil)
  }

  @Test func wrongCallsTrap() async {
    await #expect(processExitsWith: .failure) { _ = Tensor([2], [1, 2, 3]) }
    await #expect(processExitsWith: .failure) { _ = Tensor([1, 2]).reshaped([3]) }
    await #expect(processExitsWith: .failure) { _ = Tensor([1, 2]).rows(1..<3) }
    await #expect(processExitsWith: .failure) { _ = Tensor([1, 2])[flat: 2] }
    await #expect(processExitsWith: .failure) { _ = Tensor([1, 2]).item }
  }
}
