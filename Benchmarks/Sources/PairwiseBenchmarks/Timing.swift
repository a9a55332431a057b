import Glibc

/// Which clock a comparison uses.
enum Clock {
  /// CPU time of this thread: what the neighbours do on a shared machine hardly counts.
  case thread
  /// Wall time, for work on several threads.
  case wall

  /// Seconds.
  var now: Double {
    var time = timespec()
    _ = unsafe clock_gettime(self == .thread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}

/// Median seconds of two pieces of work, measured in turns in the same seconds of the same process.
struct Comparison {
  let ours: Double
  let peer: Double
  /// How many times as fast as the peer.
  var ratio: Double { peer / ours }

  /// Samples of at least 2 ms each, `samples` of either kind.
  init(_ clock: Clock, samples: Int = 15, ours: () -> Void, peer: () -> Void) {
    let (innerOurs, innerPeer) = (
      Comparison.repetitions(clock, ours), Comparison.repetitions(clock, peer)
    )
    var times: (ours: [Double], peer: [Double]) = ([], [])
    for _ in 0..<samples {
      times.ours.append(Comparison.time(clock, innerOurs, ours))
      times.peer.append(Comparison.time(clock, innerPeer, peer))
    }
    self.ours = times.ours.sorted()[samples / 2]
    self.peer = times.peer.sorted()[samples / 2]
  }

  private static func repetitions(_ clock: Clock, _ work: () -> Void) -> Int {
    work()
    let once = max(time(clock, 3, work), 1e-8)
    return max(1, Int(2e-3 / once))
  }

  private static func time(_ clock: Clock, _ repetitions: Int, _ work: () -> Void) -> Double {
    let start = clock.now
    for _ in 0..<repetitions { work() }
    return (clock.now - start) / Double(repetitions)
  }
}

/// Rows of a Markdown table.
struct Table {
  private var rows: [[String]]

  init(_ header: String...) { rows = [header] }

  mutating func add(_ cells: String...) { rows.append(cells) }

  func printed() {
    for (i, row) in rows.enumerated() {
      print("| " + row.joined(separator: " | ") + " |")
      if i == 0 { print("|" + row.map { _ in "---|" }.joined()) }
    }
    print("")
  }
}

/// `value` with `digits` decimals.
func decimals(_ value: Double, _ digits: Int) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let rounded = Int((value * scale).rounded())
  guard digits > 0 else { return "\(rounded)" }
  let fraction = "\(rounded % Int(scale))"
  return "\(rounded / Int(scale))." + String(repeating: "0", count: digits - fraction.count)
    + fraction
}
