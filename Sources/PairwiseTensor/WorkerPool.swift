internal import CKernels
internal import Dispatch
internal import Glibc
internal import Synchronization

/// The one set of threads that runs tiles of kernels. A class because threads refer to it for good.
///
/// `run` is synchronous: it returns when every task is done, and the caller works too. A call from
/// inside a task, or while another thread uses the pool, runs its tasks in place. Tasks must write to
/// disjoint memory; results must not depend on which thread runs which task.
public final class WorkerPool: Sendable {
  /// The pool all tensor operations use. Its size is `threads(_:)`, by default one per core.
  public static let shared = WorkerPool()

  /// Tasks of one `run`, handed out by a counter.
  private final class Job: Sendable {
    let body: @Sendable (Int) -> Void
    let count: Int
    let next = Atomic<Int>(0)
    let done = Atomic<Int>(0)

    init(count: Int, body: @escaping @Sendable (Int) -> Void) {
      self.count = count
      self.body = body
    }

    func work() {
      while true {
        let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if task >= count { return }
        body(task)
        done.wrappingAdd(1, ordering: .releasing)
      }
    }
  }

  private let job = Mutex<Job?>(nil)
  private let generation = Atomic<Int>(0)
  /// Helpers that hold on to the current job.
  private let inside = Atomic<Int>(0)
  private let busy = Atomic<Bool>(false)
  private let parked = Atomic<Int>(0)
  private let wake = DispatchSemaphore(value: 0)
  private let started = Mutex<Int>(0)
  private let limit = Atomic<Int>(0)

  private init() {}

  /// Cores this process may use.
  public static var availableCores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Threads that share the work, the caller included.
  public var threads: Int {
    let set = limit.load(ordering: .relaxed)
    return set > 0 ? set : WorkerPool.availableCores
  }

  /// Sets the number of threads, the caller included; 0 means one per core. Results never depend on it.
  public func setThreads(_ count: Int) {
    precondition(count >= 0 && count <= 1024, "worker pool: \(count) threads")
    limit.store(count, ordering: .relaxed)
  }

  /// Runs `body(0)`, …, `body(count − 1)`, in any order and side by side.
  public func run(_ count: Int, _ body: @Sendable (Int) -> Void) {
    let helpers = min(threads - 1, count - 1)
    guard helpers > 0, !busy.exchange(true, ordering: .acquiring) else {
      for task in 0..<max(0, count) { body(task) }
      return
    }
    startThreads(helpers)
    withoutActuallyEscaping(body) { body in
      let current = Job(count: count, body: body)
      job.withLock { $0 = current }
      generation.wrappingAdd(1, ordering: .releasing)
      for _ in 0..<min(helpers, parked.load(ordering: .acquiring)) { wake.signal() }
      current.work()
      while current.done.load(ordering: .acquiring) < count { pw_pause() }
      // Nobody may enter from here on, and whoever is inside leaves before `body` dies.
      job.withLock { $0 = nil }
      while inside.load(ordering: .acquiring) > 0 { pw_pause() }
    }
    busy.store(false, ordering: .releasing)
  }

  private func startThreads(_ count: Int) {
    started.withLock { running in
      while running < count {
        Thread.detach { [self] in serve() }
        running += 1
      }
    }
  }

  /// A helper's life: wait for a new generation (spinning briefly, then asleep), then work.
  private func serve() {
    var seen = 0
    while true {
      var spins = 0
      while generation.load(ordering: .acquiring) == seen {
        spins += 1
        if spins < 2_000 {
          pw_pause()
        } else {
          parked.wrappingAdd(1, ordering: .acquiringAndReleasing)
          if generation.load(ordering: .acquiring) == seen { wake.wait() }
          parked.wrappingSubtract(1, ordering: .acquiringAndReleasing)
          spins = 0
        }
      }
      seen = generation.load(ordering: .acquiring)
      if visit() { inside.wrappingSubtract(1, ordering: .releasing) }
    }
  }

  /// Works on the current job, if there is one; returns whether there was. A function of its own and
  /// never inlined, so that its hold on the job, and with it on the caller's closure, is over before
  /// the helper counts as outside: the caller's closure may not outlive the call.
  @inline(never) private func visit() -> Bool {
    let current = job.withLock { job in
      if job != nil { inside.wrappingAdd(1, ordering: .acquiring) }
      return job
    }
    current?.work()
    return current != nil
  }
}

/// A detached POSIX thread running one closure.
private enum Thread {
  private final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  static func detach(_ body: @escaping @Sendable () -> Void) {
    var handle = pthread_t()
    let box = unsafe Unmanaged.passRetained(Box(body))
    let status = unsafe pthread_create(
      &handle, nil,
      { raw in
        guard let raw = unsafe raw else { return nil }
        unsafe Unmanaged<Box>.fromOpaque(raw).takeRetainedValue().body()
        return nil
      }, box.toOpaque())
    if status != 0 {
      unsafe box.release()  // no helper: the caller does all the work itself
    } else {
      pthread_detach(handle)
    }
  }
}
