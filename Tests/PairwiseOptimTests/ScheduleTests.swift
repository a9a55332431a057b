import PairwiseOptim
import Testing

/// Values of `transformers.get_scheduler` (lambda functions of optimization.py), evaluated by hand: the
/// factor before step s + 1, s = 0, 1, …
struct ScheduleTests {
  @Test func linearWithWarmup() {
    let schedule = Schedule(.linear, warmupSteps: 2, totalSteps: 6)
    #expect((0...6).map(schedule.factor) == [0, 0.5, 1, 0.75, 0.5, 0.25, 0])
  }

  @Test func linearWithoutWarmupStartsAtOne() {
    let schedule = Schedule(.linear, totalSteps: 4)
    #expect((0..<4).map(schedule.factor) == [1, 0.75, 0.5, 0.25])
  }

  /// ½(1 + cos(π·progress)); the last step's rate is not 0.
  @Test func cosineWithWarmup() {
    let schedule = Schedule(.cosine, warmupSteps: 3, totalSteps: 11)
    let expected = [
      0, 1.0 / 3, 2.0 / 3, 1, 0.9619397662556434, 0.8535533905932737, 0.6913417161825449, 0.5,
      0.3086582838174552, 0.14644660940672627, 0.03806023374435663,
    ]
    for (done, want) in expected.enumerated() {
      #expect(abs(schedule.factor(done) - want) < 1e-15, "after \(done) steps")
    }
  }

  @Test func constantHoldsAfterWarmup() {
    #expect((0..<4).map(Schedule(.constant, totalSteps: 4).factor) == [1, 1, 1, 1])
    let warm = Schedule(.constant, warmupSteps: 2, totalSteps: 4)
    #expect((0..<4).map(warm.factor) == [0, 0.5, 1, 1])
  }

  @Test func warmupLongerThanTrainingNeverDivides() {
    let schedule = Schedule(.cosine, warmupSteps: 10, totalSteps: 5)
    #expect((0..<5).map(schedule.factor) == [0, 0.1, 0.2, 0.3, 0.4])
  }
}
