import Glibc
import PairwiseTensor
import Synchronization
import Testing

extension ProcessWideTests {
  /// The pool's promises: every task runs exactly once, before `run` returns, whoever calls it how often.
  @Suite struct WorkerPoolTests {
    /// How often each task ran.
    private final class Tally: Sendable {
      private let counts: [Counter]
      final class Counter: Sendable { let value = Atomic<Int>(0) }

      init(_ count: Int) { counts = (0..<count).map { _ in Counter() } }
      func record(_ task: Int) { counts[task].value.wrappingAdd(1, ordering: .relaxed) }
      var values: [Int] { counts.map { $0.value.load(ordering: .relaxed) } }
    }

    @Test(arguments: [1, 2, 3, 7], [0, 1, 2, 3, 16, 1000])
    func everyTaskRunsOnce(threads: Int, tasks: Int) {
      ProcessWideTests.withThreads(threads) {
        let tally = Tally(tasks)
        WorkerPool.shared.run(tasks) { tally.record($0) }
        #expect(tally.values.allSatisfy { $0 == 1 })
      }
    }

    @Test func aHundredThousandTinyRuns() {
      ProcessWideTests.withThreads(7) {
        let total = Atomic<Int>(0)
        for _ in 0..<100_000 {
          WorkerPool.shared.run(2) { total.wrappingAdd($0 + 1, ordering: .relaxed) }
        }
        #expect(total.load(ordering: .relaxed) == 300_000)
      }
    }

    /// Results are visible to the caller without further synchronisation.
    @Test func writesOfTasksAreSeenByTheCaller() {
      ProcessWideTests.withThreads(3) {
        for round in 1...2_000 {
          let value = Float(round)
          let x = Tensor(repeating: value, [4 << 15]).adding(1)
          let isRight = x.withSpan { span in
            span[0] == value + 1 && span[1 << 15] == value + 1 && span[span.count - 1] == value + 1
          }
          #expect(isRight)
        }
      }
    }

    @Test func nestedCallsRunInPlace() {
      ProcessWideTests.withThreads(3) {
        let tally = Tally(24)
        WorkerPool.shared.run(4) { outer in
          WorkerPool.shared.run(3) { middle in
            WorkerPool.shared.run(2) { inner in tally.record(outer * 6 + middle * 2 + inner) }
          }
        }
        #expect(tally.values.allSatisfy { $0 == 1 })
      }
    }

    @Test(.timeLimit(.minutes(1))) func manyCallersAtOnce() async {
      await ProcessWideTests.withThreads(3) {
        await withTaskGroup(of: Bool.self) { group in
          for caller in 0..<8 {
            group.addTask {
              for round in 0..<2_000 {
                let tally = Tally(5)
                WorkerPool.shared.run(5) { tally.record($0) }
                if tally.values != [1, 1, 1, 1, 1] {
                  Issue.record("caller \(caller), round \(round): \(tally.values)")
                  return false
                }
              }
              return true
            }
          }
          for await succeeded in group { #expect(succeeded) }
        }
      }
    }

    /// Sleeping helpers wake up again, and a change of the number of threads takes effect.
    @Test func runsAfterPauses() {
      for threads in [7, 1, 2, 3] {
        ProcessWideTests.withThreads(threads) {
          for _ in 0..<20 {
            let tally = Tally(9)
            WorkerPool.shared.run(9) { tally.record($0) }
            #expect(tally.values.allSatisfy { $0 == 1 })
            usleep(2_000)  // longer than helpers spin
          }
        }
      }
    }

    @Test func threadsDefaultToCores() {
      ProcessWideTests.withThreads(0) {
        #expect(WorkerPool.shared.threads == WorkerPool.availableCores)
      }
      ProcessWideTests.withThreads(5) { #expect(WorkerPool.shared.threads == 5) }
    }
  }
}
