public import PairwiseData

/// Why a run did not start or did not end: each with what to do about it.
public enum RunError: Error, CustomStringConvertible, Sendable {
  /// Another process writes to the folder.
  case locked(folder: String, owner: String?)
  /// The folder holds a run and neither `--resume` nor `--overwrite` was given.
  case exists(folder: String)
  /// The run there was made with another config.
  case changed(folder: String, keys: [String])
  /// The run there was trained on other data.
  case dataChanged(folder: String)
  /// A file of the run could not be written; what is on disk is good.
  case unwritable(DataError, lastCheckpoint: String?)
  /// Not enough room for what the run will write.
  case noSpace(folder: String, needed: Int, free: Int)
  /// The data cannot feed this model or objective.
  case unsuitable(String)
  /// A signal arrived; a checkpoint was written.
  case interrupted(signal: Int32, checkpoint: String)

  public var description: String {
    switch self {
    case .locked(let folder, let owner):
      return "\(folder): in use by another run\(owner.map { " (process \($0))" } ?? "")"
    case .exists(let folder):
      return
        "\(folder): holds a run already; add --resume to go on with it or --overwrite to start anew"
    case .changed(let folder, let keys):
      return "\(folder): was started with another config (\(keys.joined(separator: ", "))); "
        + "resume with the same config, or start anew with --overwrite"
    case .dataChanged(let folder):
      return "\(folder): was started on other training data; "
        + "resume on the same data, or start anew with --overwrite"
    case .unwritable(let error, let checkpoint):
      let state =
        checkpoint.map { "the run is safe up to \($0)" } ?? "no checkpoint had been written yet"
      return "\(error); \(state); make room and run the same command with --resume"
    case .noSpace(let folder, let needed, let free):
      return
        "\(folder): needs \(needed >> 20 + 1) MiB for its checkpoints, \(free >> 20) MiB are free"
    case .unsuitable(let message): return message
    case .interrupted(let signal, let checkpoint):
      let name = signal == 2 ? "SIGINT" : "SIGTERM"
      return "stopped by \(name) after writing \(checkpoint); "
        + "run the same command with --resume to go on"
    }
  }

  /// The exit code of the command line (sysexits).
  public var exitCode: Int32 {
    switch self {
    case .locked: 75
    case .exists: 73
    case .changed, .dataChanged: 78
    case .unwritable, .noSpace: 74
    case .unsuitable: 65
    case .interrupted(let signal, _): 128 + signal
    }
  }
}
