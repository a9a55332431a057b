import Glibc
import Pairwise

/// One line on the terminal that shows how far a run is, its rate and the time left. Redrawn at most ten
/// times a second, never shown where standard error is no terminal. A class because it owns that line.
final class ProgressBar {
  private let label: String
  /// Nil where the end is not known before it comes.
  private let total: Int?
  private let first: Int
  private let started: Double
  private var drawn = 0.0
  private let isShown: Bool

  init(_ label: String, total: Int?, done: Int = 0) {
    self.label = label
    self.total = total
    first = done
    started = ProgressBar.now()
    isShown = Terminal.isInteractive
  }

  /// Shows `done` of the total and a few words of news.
  func update(_ done: Int, _ news: String = "") {
    guard isShown else { return }
    let now = ProgressBar.now()
    guard now - drawn > 0.1 || done == total else { return }
    drawn = now
    let elapsed = max(1e-6, now - started)
    let rate = Double(done - first) / elapsed
    guard let total else {
      return draw("\(label) \(Terminal.grouped(done))  \(ProgressBar.text(rate))/s  \(news)")
    }
    let left = rate > 0 ? Double(total - done) / rate : 0
    let share = Double(done) / Double(max(1, total))
    let head = "\(label) "
    let tail =
      " \(done)/\(total)  \(ProgressBar.text(rate))/s  \(Terminal.duration(left)) left  \(news)"
    let cells = max(4, min(30, Terminal.width - head.count - tail.count - 1))
    let filled = Int((share * Double(cells)).rounded(.down))
    let bar =
      String(repeating: "━", count: filled) + String(repeating: "╌", count: cells - filled)
    draw(head + bar + tail)
  }

  private func draw(_ line: String) {
    Terminal.write("\r\u{1B}[2K" + line.prefix(Terminal.width - 1), to: STDERR_FILENO)
  }

  /// Removes the line, so that other output can follow.
  func clear() {
    if isShown && drawn > 0 { Terminal.write("\r\u{1B}[2K", to: STDERR_FILENO) }
  }

  private static func text(_ rate: Double) -> String {
    rate >= 1000 ? Terminal.grouped(Int(rate)) : Terminal.fixed(rate, rate < 10 ? 1 : 0)
  }

  private static func now() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
