import PairwiseTensor
import Testing

@Suite struct ShapeTests {
  @Test func extents() {
    let shape: Shape = [2, 3, 4]
    #expect(shape.rank == 3 && shape.count == 24 && shape.array == [2, 3, 4])
    #expect(shape[0] == 2 && shape[-1] == 4 && shape[-3] == 2)
    #expect(shape.rowLength == 4 && shape.rowCount == 6)
    #expect("\(shape)" == "[2, 3, 4]")
  }

  @Test func scalarAndEmpty() {
    #expect(Shape.scalar.count == 1 && Shape.scalar.rowLength == 1 && Shape.scalar.rowCount == 1)
    #expect(
      Shape([0, 5]).count == 0 && Shape([5, 0]).rowCount == 5 && Shape([5, 0]).rowLength == 0)
  }

  /// Rank is part of a shape, trailing ones are not padding.
  @Test func equality() {
    #expect(Shape([2, 1]) != Shape([2]) && Shape([1]) != .scalar && Shape([2, 1]) == [2, 1])
    #expect(Set([Shape([2]), [2], [2, 1]]).count == 2)
  }

  @Test func broadcasting() {
    let pairs: [(Shape, Shape, Shape?)] = [
      ([2, 3], [2, 3], [2, 3]), ([2, 3], [3], [2, 3]), ([], [2], [2]), ([2, 1], [1, 3], [2, 3]),
      ([4, 1, 3], [2, 1], [4, 2, 3]), ([2], [3], nil), ([2, 3], [2], nil), ([0, 3], [1], [0, 3]),
      ([0], [1], [0]), ([2, 0], [2, 1], [2, 0]),
    ]
    for (a, b, expected) in pairs {
      #expect(Shape.broadcast(a, b) == expected, "\(a) and \(b)")
      #expect(Shape.broadcast(b, a) == expected, "\(b) and \(a)")
    }
  }

  @Test func wrongShapesTrap() async {
    await #expect(processExitsWith: .failure) { _ = Shape([1, 1, 1, 1, 1]) }
    await #expect(processExitsWith: .failure) { _ = Shape([-1]) }
    await #expect(processExitsWith: .failure) { _ = Shape([1 << 31]) }
    await #expect(processExitsWith: .failure) { _ = Shape([2])[1] }
  }
}
