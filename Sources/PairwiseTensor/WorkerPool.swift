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
    /// Threads beside the caller that may take part.
    let helpers: Int
    let next = Atomic<Int>(0)
    let done = Atomic<Int>(0)

    init(count: Int, helpers: Int, body: @escaping @Sendable (Int) -> Void) {
      self.count = count
      self.helpers = helpers
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
  /// Helpers that hold the job. Counted up under the lock of `job`.
  private let inside = Atomic<Int>(0)
  private let generation = Atomic<Int>(0)
  private let busy = Atomic<Bool>(false)
  private let parked = Atomic<Int>(0)
  private let wake = DispatchSemaphore(value: 0)
  private let started = Mutex<Int>(0)
  private let limit = Atomic<Int>(0)

  private init() {}

  /// Cores this process may use. Asked once: the answer comes from files of the system, and every product
  /// wants to know.
  public static let availableCores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

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
      lead(Job(count: count, helpers: helpers, body: body))
    }
    busy.store(false, ordering: .releasing)
  }

  /// The caller's part of a run: returns when all tasks are done and no other thread holds the job.
  @inline(never)
  private func lead(_ current: Job) {
    job.withLock { $0 = current }
    generation.wrappingAdd(1, ordering: .releasing)
    for _ in 0..<min(current.helpers, parked.load(ordering: .acquiring)) { wake.signal() }
    current.work()
    while current.done.load(ordering: .acquiring) < current.count { pw_pause() }
    // Nobody may enter from here on, and whoever is inside leaves before `body` dies.
    job.withLock { $0 = nil }
    while inside.load(ordering: .acquiring) > 0 { pw_pause() }
  }

  /// A helper's part of a run. False if there is none, or enough take part already.
  ///
  /// Not inlined: `body` must not outlive the run, so this thread's references to the job have to be
  /// gone, as they are when this returns, before `inside` is counted down.
  @inline(never)
  private func takePart() -> Bool {
    let current = job.withLock { job -> Job? in
      guard let job, inside.load(ordering: .relaxed) < job.helpers else { return nil }
      inside.wrappingAdd(1, ordering: .relaxed)
      return job
    }
    guard let current else { return false }
    current.work()
    return true
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
      if takePart() { inside.wrappingSubtract(1, ordering: .releasing) }
    }
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
