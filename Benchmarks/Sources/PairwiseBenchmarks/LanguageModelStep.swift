import COpenBLASPeer
import Pairwise

/// One DPO-like update of a Llama-style stack with the shapes of SmolLM2-135M and random weights: four
/// pairs of 110 prompt and 44 + 44 completion tokens, the prompt shared.
enum LanguageModelStep {
  static func run() {
    TensorMemory.keepFreedBlocks()
    WorkerPool.shared.setThreads(WorkerPool.availableCores)
    let threads = WorkerPool.availableCores
    print("### A step of SmolLM2-135M's shapes, \(threads) threads\n")
    let rate = PeerRate.measure(threads: threads)
    var stack = Stack(.smolLM2, pairs: 4, prompt: 110, completion: 44)
    let parts = Parts(stack.shape, stack.layout, scored: stack.scored.count)
    var table = Table("part", "forward ms", "backward ms", "GFLOP/s", "of sgemm")
    for row in parts.rows() {
      table.add(
        row.name, decimals(row.forward * 1e3, 1), decimals(row.backward * 1e3, 1),
        row.work == 0 ? "" : decimals(row.work / (row.forward + row.backward) * 1e-9, 0),
        row.work == 0 ? "" : decimals(row.work / (row.forward + row.backward) / rate, 2))
    }
    table.printed()
    for (threads, clock) in [(threads, Clock.wall), (1, .thread)] {
      WorkerPool.shared.setThreads(threads)
      steps(&stack, threads: threads, clock)
    }
    WorkerPool.shared.setThreads(1)
  }

  private static func steps(_ stack: inout Stack, threads: Int, _ clock: Clock) {
    print(threads == 1 ? "One thread, CPU time:\n" : "\(threads) threads, wall time:\n")
    var table = Table("step", "ms", "GFLOP/s")
    let times = stack.times(5, clock) { PeerRate.now(threads: threads, clock) }
    for (name, time, work) in [
      ("forward", times.forward, stack.work / 3), ("backward", times.backward, stack.work * 2 / 3),
      ("norm, AdamW, zeroing", times.update, 0), ("all", times.all, stack.work),
    ] {
      table.add(name, decimals(time * 1e3, 0), work == 0 ? "" : decimals(work / time * 1e-9, 0))
    }
    table.printed()
    let shares = times.shares.sorted().map { decimals($0, 2) }.joined(separator: ", ")
    print(
      "\(decimals(stack.work * 1e-9, 0)) GFLOP a step. Each step's rate as a share of sgemm's just before and "
        + "after it: \(shares).\n")
  }
}

/// The rate of the peer's matrix product on all cores, and of ours.
enum PeerRate {
  static func measure(threads: Int) -> Double {
    openblas_set_num_threads(Int32(threads))
    let core = unsafe openblas_get_corename().map { unsafe String(cString: $0) } ?? "unknown"
    var table = Table("M × N × K", "sgemm (\(core)) GFLOP/s", "x·wᵀ", "dyᵀ·x")
    var best = 0.0
    for (m, n, k) in [(800, 1536, 576), (800, 576, 1536), (1536, 1536, 1536)] {
      let work = 2 * Double(m) * Double(n) * Double(k)
      let (a, b) = (Numbers.random([m, k], 1), Numbers.random([n, k], 2))
      let (x, w) = (Variable(constant: a), Variable(constant: b))
      let dy = Variable(constant: Numbers.random([m, n], 3))
      let (left, right) = (a.array, b.array)
      var c = [Float](repeating: 0, count: m * n)
      let (peer, ours) = Fastest.of(12) {
        unsafe cblas_sgemm(
          CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(n), Int32(k), 1, left, Int32(k),
          right, Int32(k), 0, &c, Int32(n))
      } and: {
        Numbers.keep(x.linear(w))
      }
      let (gradient, _) = Fastest.of(12) {
        Numbers.keep(dy.matmul(x, transposeLeft: true))
      } and: {
      }
      best = max(best, work / peer)
      table.add(
        "\(m) × \(n) × \(k)", decimals(work / peer * 1e-9, 0), decimals(work / ours * 1e-9, 0),
        decimals(work / gradient * 1e-9, 0))
    }
    openblas_set_num_threads(1)
    table.printed()
    return best
  }
}

extension PeerRate {
  /// The rate of a large square product in this moment: the best of a few.
  static func now(threads: Int, _ clock: Clock) -> Double {
    let n = 1536
    let (a, b) = (square.array, square.array)
    var c = [Float](repeating: 0, count: n * n)
    openblas_set_num_threads(Int32(threads))
    defer { openblas_set_num_threads(1) }
    let (time, _) = Fastest.of(4, clock) {
      unsafe cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(n), Int32(n), Int32(n), 1, a, Int32(n), b,
        Int32(n), 0, &c, Int32(n))
    } and: {
    }
    return 2 * Double(n * n) * Double(n) / time
  }

  private static let square = Numbers.random([1536, 1536], 5)
}

/// Shortest of several timings: what neighbours on a shared machine disturb least.
enum Fastest {
  static func of(
    _ samples: Int, _ clock: Clock = .wall, _ first: () -> Void, and second: () -> Void
  ) -> (Double, Double) {
    var best = (Double.infinity, Double.infinity)
    for _ in 0..<samples {
      best.0 = min(best.0, seconds(clock, first))
      best.1 = min(best.1, seconds(clock, second))
    }
    return best
  }

  static func seconds(_ clock: Clock = .wall, _ work: () -> Void) -> Double {
    let start = clock.now
    work()
    return clock.now - start
  }
}
