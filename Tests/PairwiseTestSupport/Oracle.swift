import Glibc
package import PairwiseConfig
package import PairwiseData

/// The Python libraries that results are held against, in `.build/oracle` (`Scripts/oracle/setup.sh`), or
/// where `PAIRWISE_ORACLE` says that their interpreter is.
package enum Oracle {
  /// The folder of the package.
  package static let root = String(#filePath.split(separator: "/Tests/PairwiseTestSupport")[0])

  /// Nil, after saying so on standard output, where the libraries are not installed.
  private static let python: String? = {
    let named = unsafe getenv("PAIRWISE_ORACLE").map { unsafe String(cString: $0) }
    let path = named ?? root + "/.build/oracle/bin/python"
    if FileAccess.exists(path) { return path }
    print("skipped: no Python libraries to compare with; Scripts/oracle/setup.sh installs them")
    return nil
  }()

  package static var isInstalled: Bool { python != nil }

  /// Runs a script of `Scripts/oracle` to its end.
  ///
  /// - Returns: what it wrote on standard output.
  /// - Throws: its last words if it failed.
  package static func run(_ script: String, _ arguments: [String]) throws(DataError) -> [UInt8] {
    guard let python else {
      throw DataError(.missing, file: script, "the Python libraries are not installed")
    }
    let folder = TemporaryFolder()
    let (output, errors) = (folder.file("out"), folder.file("err"))
    let path = root + "/Scripts/oracle/" + script
    let status = spawn([python, path] + arguments, output: output, errors: errors)
    guard status == 0 else {
      let words = String(decoding: try FileAccess.read(errors, limit: 1 << 26), as: UTF8.self)
      throw DataError(.invalid, file: script, "status \(status): \(words.suffix(2000))")
    }
    return try FileAccess.read(output, limit: 1 << 30)
  }

  /// What transformers (or PEFT) makes of a folder: see `check_transformers.py`.
  package static func transformers(_ folder: String, _ arguments: [String])
    throws(DataError) -> ConfigNode
  {
    let bytes = try run("check_transformers.py", [folder] + arguments)
    do throws(JSONError) {
      return try JSON.parse(bytes)
    } catch {
      throw DataError(.invalid, file: folder, "\(error)")
    }
  }

  /// - Returns: the status as `waitpid` has it, or the error of starting.
  private static func spawn(_ words: [String], output: String, errors: String) -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)
    var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    var child: pid_t = 0
    let failure = unsafe posix_spawn(&child, words[0], &actions, nil, &arguments, environ)
    guard failure == 0 else { return failure }
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0 && errno == EINTR {}
    return status
  }
}
