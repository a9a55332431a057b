internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseTraining
internal import Synchronization

/// `results.jsonl`: one finished run a line, written as they come.
///
/// A class because runs on several threads share the file.
final class ComparisonResults: Sendable {
  private struct Open {
    let log: MetricsLog
    var runs: [String: ComparedRun]
  }

  private let path: String
  private let open: Mutex<Open>

  /// Reads what is there and goes on behind the last whole line.
  init(_ path: String) throws(DataError) {
    self.path = path
    var runs: [String: ComparedRun] = [:]
    var kept = 0
    if FileAccess.exists(path) {
      let bytes = try FileAccess.read(path, limit: 1 << 30)
      kept = (bytes.lastIndex(of: 0x0A) ?? -1) + 1
      for run in try ComparedRun.reading(bytes.prefix(kept), from: path) { runs[run.id] = run }
    }
    let log = try MetricsLog(path, keeping: kept)
    open = Mutex(Open(log: log, runs: runs))
  }

  subscript(id: String) -> ComparedRun? { open.withLock { $0.runs[id] } }

  func append(_ run: ComparedRun) throws(DataError) {
    try open.withLock { (open) throws(DataError) in
      open.runs[run.id] = run
      try open.log.append { line in
        guard case .table(let entries) = run.node.value else { return }
        for entry in entries {
          line.key(entry.key)
          line.write(entry.value)
        }
      }
      try open.log.flush()
    }
  }

  /// Writes the file anew: the given runs in their order, then those of earlier configs.
  func finish(_ order: [String]) throws(DataError) {
    try open.withLock { (open) throws(DataError) in
      var writer = JSONWriter()
      let others = Set(open.runs.keys).subtracting(order).sorted()
      for id in order + others {
        guard let run = open.runs[id] else { continue }
        writer.write(run.node)
        writer.endLine()
      }
      try FileAccess.replace(path, with: writer.bytes)
    }
  }
}
