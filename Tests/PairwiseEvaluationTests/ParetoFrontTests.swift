import PairwiseEvaluation
import Testing

struct ParetoFrontTests {
  /// Three rectangles of a staircase by hand: 3·1 + 2·1 + 1·1 = 6; the point (1, 1) lies inside.
  @Test func twoRewards() {
    let front = ParetoFront([[1, 3], [2, 2], [3, 1], [1, 1]], reference: [0, 0])
    #expect(front.isOnFront == [true, true, true, false])
    #expect(front.hypervolume == 6)
  }

  /// A cube of 2³ and one of 1·1·3 beside it: 8 + 1·1·1 = 9.
  @Test func threeRewards() {
    let front = ParetoFront([[2, 2, 2], [1, 1, 3]], reference: [0, 0, 0])
    #expect(front.isOnFront == [true, true])
    #expect(front.hypervolume == 9)
  }

  @Test func oneRewardIsItsMaximum() {
    let front = ParetoFront([[2], [5], [5]], reference: [1])
    #expect(front.isOnFront == [false, true, true])
    #expect(front.hypervolume == 4)
  }

  /// Points that are not above the reference point in every reward cover nothing.
  @Test func pointsBelowTheReferenceCoverNothing() {
    let front = ParetoFront([[3, -1], [-1, 3]], reference: [0, 0])
    #expect(front.isOnFront == [true, true])
    #expect(front.hypervolume == 0)
    #expect(ParetoFront([], reference: [0, 0]).hypervolume == 0)
  }

  /// Against counting unit cells that some point covers, on a grid.
  @Test func agreesWithCounting() {
    for seed in 0..<20 {
      let points = (0..<6).map { point in
        (0..<3).map { axis in Double((seed * 31 + point * 17 + axis * 7 + point * axis * 5) % 6) }
      }
      var cells = 0
      for x in 0..<6 {
        for y in 0..<6 {
          for z in 0..<6
          where points.contains(where: {
            $0[0] > Double(x) && $0[1] > Double(y) && $0[2] > Double(z)
          }) {
            cells += 1
          }
        }
      }
      #expect(ParetoFront(points, reference: [0, 0, 0]).hypervolume == Double(cells))
    }
  }
}
