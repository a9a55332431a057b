import PairwiseTensor
import Testing

/// Tests that change the number of threads, which the whole process shares. They run one after the
/// other and put it back; others may run beside them, since results never depend on it.
@Suite(.serialized) enum ProcessWideTests {
  static func withThreads<R>(_ count: Int, _ body: () throws -> R) rethrows -> R {
    WorkerPool.shared.setThreads(count)
    defer { WorkerPool.shared.setThreads(0) }
    return try body()
  }

  static func withThreads<R>(_ count: Int, _ body: () async throws -> R) async rethrows -> R {
    WorkerPool.shared.setThreads(count)
    defer { WorkerPool.shared.setThreads(0) }
    return try await body()
  }
}
