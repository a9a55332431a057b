internal import Glibc
internal import PairwiseData

/// The folder a run leaves, and who may write to it.
///
/// `config.yaml`, `metrics.jsonl`, `environment.json`, `data-ledger.json`, `checkpoint-000050/…`, `final/`,
/// `evaluation.json`, `report.html`, and `tokens.html` once it was asked for.
public struct RunFolder: Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  public init(output: String, name: String) { self.init(path: output + "/" + name) }

  public var config: String { path + "/config.yaml" }
  public var metrics: String { path + "/metrics.jsonl" }
  public var environment: String { path + "/environment.json" }
  public var ledger: String { path + "/data-ledger.json" }
  public var evaluation: String { path + "/evaluation.json" }
  public var report: String { path + "/report.html" }
  /// What `report --tokens` writes.
  public var tokens: String { path + "/tokens.html" }
  public var final: String { path + "/final" }
  var lockFile: String { path + "/.lock" }

  /// Whether a run was started here before.
  public var isUsed: Bool { FileAccess.exists(config) || FileAccess.exists(metrics) }

  /// Names this program gives files in a run's folder: `--overwrite` removes these and nothing else.
  static func isOurs(_ name: String) -> Bool {
    let fixed: Set<String> = [
      "config.yaml", "metrics.jsonl", "environment.json", "data-ledger.json", "evaluation.json",
      "report.html", "tokens.html", "final",
    ]
    return fixed.contains(name) || name.hasPrefix("checkpoint-") || name.hasPrefix(".tmp-")
  }

  /// Removes what an earlier run left.
  func clear() {
    for name in FileAccess.names(in: path) where RunFolder.isOurs(name) {
      FileAccess.remove(path + "/" + name)
    }
  }

  /// Removes folders that were being written when a run ended.
  func removeUnfinished() {
    for name in FileAccess.names(in: path) where name.hasPrefix(".tmp-") {
      FileAccess.remove(path + "/" + name)
    }
  }

  /// Writes a file so that it is there in full or not at all.
  func write(_ bytes: [UInt8], to target: String) throws(DataError) {
    let temporary = path + "/.tmp-" + (target.split(separator: "/").last.map(String.init) ?? "file")
    do throws(DataError) {
      try FileAccess.write(bytes, to: temporary)
      try FileAccess.rename(temporary, to: target)
    } catch {
      FileAccess.remove(temporary)
      throw error
    }
  }
}

/// Holds a run's folder for this process. The system releases it when the process ends, however it ends.
package struct RunLock: ~Copyable {
  private let descriptor: Int32

  /// - Throws: `RunError.locked` if another process holds the folder.
  package init(_ folder: RunFolder) throws {
    let file = unsafe open(folder.lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else {
      throw DataError(
        .cannotCreate, file: folder.lockFile, "cannot be created: \(RunLock.reason)")
    }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let owner = RunLock.owner(file)
      close(file)
      throw RunError.locked(folder: folder.path, owner: owner)
    }
    descriptor = file
    let text = "\(getpid())\n"
    ftruncate(file, 0)
    _ = unsafe text.utf8.withContiguousStorageIfAvailable {
      unsafe pwrite(file, $0.baseAddress, $0.count, 0)
    }
  }

  deinit { close(descriptor) }

  private static var reason: String { unsafe String(cString: strerror(errno)).lowercased() }

  private static func owner(_ file: Int32) -> String? {
    var buffer = [UInt8](repeating: 0, count: 32)
    let count = unsafe pread(file, &buffer, buffer.count, 0)
    guard count > 0 else { return nil }
    let text = String(decoding: buffer.prefix(count).prefix { $0 != 0x0A }, as: UTF8.self)
    return text.isEmpty ? nil : text
  }
}
