internal import Synchronization

/// How independent pieces of work are run: one after the other, or on threads that the caller has.
///
/// Results do not depend on it: pieces are cut the same way and put together in order.
public struct TaskRunner: Sendable {
  private let run: @Sendable (Int, @Sendable (Int) -> Void) -> Void

  /// - Parameter run: calls its second argument with 0, …, n − 1, each once and in any order, and returns when
  ///   all are done.
  public init(_ run: @escaping @Sendable (Int, @Sendable (Int) -> Void) -> Void) {
    self.run = run
  }

  /// One after the other, on the calling thread.
  public static let serial = TaskRunner { count, body in
    for index in 0..<count { body(index) }
  }

  /// `body(0)`, …, `body(count − 1)`.
  func map<T: Sendable>(_ count: Int, _ body: @Sendable (Int) -> T) -> [T] {
    let results = Mutex<[Int: T]>([:])
    run(count) { index in
      let value = body(index)
      results.withLock { $0[index] = value }
    }
    return results.withLock { found in (0..<count).compactMap { found[$0] } }
  }
}
