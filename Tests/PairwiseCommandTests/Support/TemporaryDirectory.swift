import Glibc
import PairwiseData

/// A fresh folder that is gone with everything in it when the value is.
final class TemporaryDirectory {
  let path: String

  init() {
    let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    path = "\(base)/pairwise-command-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    precondition(unsafe mkdir(path, 0o700) == 0, "no temporary folder \(path)")
  }

  deinit { FileAccess.remove(path) }

  func file(_ name: String) -> String { path + "/" + name }

  /// Writes a text file and returns its path.
  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    try FileAccess.write(bytes, to: file(name))
    return file(name)
  }

  func bytes(_ name: String) throws -> [UInt8] {
    try FileAccess.read(file(name), limit: 1 << 30)
  }

  func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

  func exists(_ name: String) -> Bool { FileAccess.exists(file(name)) }
}
