import Glibc
import PairwiseConfig
import PairwiseData
import Testing

/// What a finished process left.
struct Outcome: CustomStringConvertible {
  /// Exit code; nil if a signal ended it.
  var code: Int32?
  var signal: Int32?
  var output: String
  var errors: String
  var peakBytes: Int
  var seconds: Double

  /// Lines of standard error that report an error.
  var errorLines: [Substring] {
    errors.split(separator: "\n").filter { $0.hasPrefix("error:") || $0.hasPrefix("Error:") }
  }

  var description: String {
    let end = code.map { "exit \($0)" } ?? "signal \(signal ?? 0)"
    return "\(end) after \(seconds) s, \(peakBytes >> 20) MiB\n\(errors.suffix(2000))"
  }
}

/// The built executable, run as a process of its own.
enum Program {
  /// `PAIRWISE` of the environment, or the executable that was built with these tests.
  static let path: String? = {
    if let named = unsafe getenv("PAIRWISE") { return unsafe String(cString: named) }
    var folder = CommandLine.arguments.first ?? ""
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
      for inner in ["/pairwise", "/.build/release/pairwise"] {
        let candidate = folder + inner
        if !FileAccess.isFolder(candidate), FileAccess.exists(candidate) { return candidate }
      }
    }
    print("skipped: no pairwise executable beside the tests; build it or set PAIRWISE")
    return nil
  }()

  static var isBuilt: Bool { path != nil }

  /// The folder of the package.
  static let root = String(#filePath.split(separator: "/Tests/PairwiseCommandTests")[0])

  /// Reference files that come with the project's contract, where they are checked out beside it.
  static let shared: String? = {
    let folder = root + "/../shared"
    if FileAccess.isFolder(folder) { return folder }
    print("skipped: no reference files in ../shared")
    return nil
  }()

  /// Runs to the end and collects everything.
  ///
  /// - Parameters:
  ///   - shell: commands for `sh` before the program starts, such as limits.
  ///   - timeout: seconds after which the process is killed, which shows as signal 9.
  static func run(
    _ arguments: [String], in folder: TemporaryDirectory, shell: String? = nil,
    timeout: Double = 120
  ) throws -> Outcome {
    let process = try start(arguments, in: folder, shell: shell)
    return process.wait(timeout: timeout)
  }

  /// Runs commands of the shell.
  static func shell(_ commands: String, in folder: TemporaryDirectory) throws -> Outcome {
    try RunningProgram(
      ["/bin/sh", "-c", "cd '\(folder.path)' || exit 99\n" + commands], folder: folder
    ).wait()
  }

  /// Starts a process and returns at once.
  static func start(
    _ arguments: [String], in folder: TemporaryDirectory, shell: String? = nil
  ) throws -> RunningProgram {
    let path = try #require(path)
    // The shell sets up folder and limits, and becomes the program: the process stays the same.
    let script = "cd '\(folder.path)' || exit 99\n\(shell ?? "")\nexec \"$0\" \"$@\""
    let words = ["/bin/sh", "-c", script, path] + arguments
    return try RunningProgram(words, folder: folder)
  }
}

/// A process under way.
final class RunningProgram {
  let id: pid_t
  private let started = RunningProgram.now()
  private let outputPath: String
  private let errorPath: String
  private var outcome: Outcome?

  init(_ words: [String], folder: TemporaryDirectory) throws {
    let stem = folder.file("out-\(UInt64.random(in: 0 ... .max))")
    outputPath = stem + ".out"
    errorPath = stem + ".err"
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, outputPath, flags, 0o600)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, errorPath, flags, 0o600)
    var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    // Threads of a test runner block signals; the program is to see them.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var child: pid_t = 0
    let status = unsafe posix_spawn(&child, words[0], &actions, &attributes, &arguments, environ)
    guard status == 0 else {
      throw DataError(.missing, file: words[0], "cannot be started, error \(status)")
    }
    id = child
  }

  /// Waits for the end; kills the process when time is up.
  func wait(timeout: Double = 120) -> Outcome {
    if let outcome { return outcome }
    var status: Int32 = 0
    var peak = residentPeak
    while unsafe waitpid(id, &status, WNOHANG) == 0 {
      peak = max(peak, residentPeak)
      if RunningProgram.now() - started > timeout { kill(id, SIGKILL) }
      usleep(1000)
    }
    let signal = status & 0x7F
    let result = Outcome(
      code: signal == 0 ? (status >> 8) & 0xFF : nil, signal: signal == 0 ? nil : signal,
      output: text(outputPath), errors: text(errorPath), peakBytes: peak,
      seconds: RunningProgram.now() - started)
    outcome = result
    return result
  }

  /// The largest resident size so far; 0 before the program itself runs and once it is gone. Not
  /// `ru_maxrss`, which counts what the parent held when it made the process, and nothing under another
  /// name: while a process becomes another program, its size may still be the parent's.
  private var residentPeak: Int {
    let file = unsafe open("/proc/\(id)/status", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe read(file, &buffer, buffer.count)
    let lines = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
    guard lines.first == "Name:\tpairwise" else { return 0 }
    let line = lines.first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 * 1024 } ?? 0
  }

  /// Sends a signal after some seconds, if the process is still there, and waits for its end.
  func end(after seconds: Double, with signal: Int32) -> Outcome {
    usleep(UInt32(max(0, seconds) * 1e6))
    kill(id, signal)
    return wait()
  }

  private func text(_ path: String) -> String {
    (try? FileAccess.read(path, limit: 1 << 28)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  private static func now() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
