internal import Glibc
internal import Synchronization

/// Remembers SIGINT and SIGTERM so that the loop can finish its step and write a checkpoint. A second
/// signal ends the process at once, as if it had never been caught; nothing on disk is harmed by that.
public enum StopSignal {
  private static let received = Atomic<Int32>(0)

  /// Starts listening, and ignores SIGPIPE and SIGHUP: a closed terminal must not end a run.
  public static func listen() {
    for number in [SIGINT, SIGTERM] {
      _ = signal(number) { number in
        StopSignal.received.store(number, ordering: .relaxed)
        _ = signal(number, SIG_DFL)
      }
    }
    _ = signal(SIGPIPE, SIG_IGN)
    _ = signal(SIGHUP, SIG_IGN)
  }

  /// The signal that arrived, if any.
  public static var pending: Int32? {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }
}
