internal import Foundation
internal import Glibc
package import PairwiseConfig
internal import PairwiseTensor

/// What a run was made with, for `environment.json`: enough to tell why numbers differ elsewhere.
public enum RunEnvironment {
  /// The version of this program.
  public static let version = "0.1.0"

  package static func node(seed: Int, command: String? = nil) -> ConfigNode {
    var entries: [ConfigNode.Entry] = [
      .init(key: "pairwise", value: version.configNode),
      .init(key: "started_utc", value: timestamp().configNode),
      .init(key: "operating_system", value: operatingSystem().configNode),
      .init(key: "cpu", value: processor().configNode),
      .init(key: "cores", value: WorkerPool.availableCores.configNode),
      .init(key: "threads", value: WorkerPool.shared.threads.configNode),
      .init(key: "matmul", value: Matmul.description.configNode),
      .init(key: "seed", value: seed.configNode),
    ]
    if let command { entries.append(.init(key: "command", value: command.configNode)) }
    return ConfigNode(.table(entries))
  }

  static func timestamp() -> String {
    ISO8601DateFormatter().string(from: Date())
  }

  /// A name that is free for a file of this process.
  static func temporaryFile(_ name: String, _ ending: String) -> String {
    NSTemporaryDirectory() + "\(name)-\(getpid())-\(UInt32.random(in: 0 ... .max)).\(ending)"
  }

  private static func operatingSystem() -> String {
    var name = utsname()
    guard unsafe uname(&name) == 0 else { return "unknown" }
    func text<T>(_ field: T) -> String {
      unsafe withUnsafeBytes(of: field) {
        unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
    }
    return "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
  }

  private static func processor() -> String {
    guard let bytes = FileManager.default.contents(atPath: "/proc/cpuinfo") else {
      return "unknown"
    }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    where line.hasPrefix("model name") {
      return line.split(separator: ":", maxSplits: 1).last.map {
        $0.trimmingCharacters(in: .whitespaces)
      } ?? "unknown"
    }
    return "unknown"
  }

  /// The largest resident size of this process so far.
  ///
  /// Not `ru_maxrss`, which starts at what the launching process held.
  static var peakMemoryBytes: Int {
    guard let bytes = FileManager.default.contents(atPath: "/proc/self/status") else { return 0 }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    let line = lines.first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 * 1024 } ?? 0
  }

  /// Remembers the peak for a while: a line of metrics per step must not cost a system call per step.
  struct PeakMemory {
    private var bytes = 0
    private var readAt = -1.0

    /// The peak, at most a tenth of a second old.
    mutating func value(at seconds: Double) -> Int {
      if seconds - readAt > 0.1 { (bytes, readAt) = (RunEnvironment.peakMemoryBytes, seconds) }
      return bytes
    }
  }

  /// Seconds on a clock that never jumps.
  package static func monotonicSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Bytes of memory this machine has.
  package static var physicalMemory: Int {
    max(1 << 30, sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Bytes free for this user on the file system of `path`.
  static func freeBytes(at path: String) -> Int? {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else { return nil }
    let (bytes, overflow) = Int(status.f_bavail).multipliedReportingOverflow(
      by: Int(status.f_frsize))
    return overflow ? Int.max : bytes
  }
}
