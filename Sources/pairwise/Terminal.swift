import Glibc
import Pairwise

/// What a person sees: messages on standard error, results on standard output.
enum Terminal {
  /// Whether standard error is a terminal somebody looks at.
  static let isInteractive = isatty(STDERR_FILENO) == 1

  static func error(_ message: String) { write("error: " + message + "\n", to: STDERR_FILENO) }
  static func note(_ message: String) { write(message + "\n", to: STDERR_FILENO) }
  static func result(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
  static func result(json node: ConfigNode) {
    var writer = JSONWriter(.pretty)
    writer.write(node)
    result(writer.string)
  }

  /// Writes everything, or gives up silently: a closed pipe must not end a run.
  static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if written < 0 && errno == EINTR { continue }
      if written <= 0 { return }
      bytes = bytes.dropFirst(written)
    }
  }

  /// Columns of the terminal, 80 if unknown.
  static var width: Int {
    var size = winsize()
    guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return 80
    }
    return Int(size.ws_col)
  }

  /// A table with aligned columns and a rule under the head.
  ///
  /// - Parameter left: columns that hold words; the others hold numbers.
  static func table(_ head: [String], _ rows: [[String]], left: Set<Int> = [0]) -> String {
    let columns = head.indices.map { column in
      ([head] + rows).map { $0[column].count }.max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      var text = ""
      for (column, cell) in cells.enumerated() {
        let padding = String(repeating: " ", count: columns[column] - cell.count)
        text += column == 0 ? "" : "  "
        text += left.contains(column) ? cell + padding : padding + cell
      }
      while text.last == " " { text.removeLast() }
      return text
    }
    let wide = columns.reduce(0, +) + 2 * (columns.count - 1)
    let rule = String(repeating: "─", count: isInteractive ? min(wide, width) : wide)
    return ([line(head), rule] + rows.map(line)).joined(separator: "\n")
  }

  /// A text cut to `length` characters, on one line.
  static func cut(_ text: String, _ length: Int) -> String {
    let line = text.map { $0.isNewline ? " " : $0 }
    return line.count <= length ? String(line) : String(line.prefix(max(0, length - 1))) + "…"
  }

  /// A number with `digits` decimals.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    guard abs(value) < 1e15 / scale else { return "\(value)" }
    let scaled = Int((abs(value) * scale).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(scaled)" }
    let unit = Int(scale)
    let fraction = String(scaled % unit)
    let zeros = String(repeating: "0", count: digits - fraction.count)
    return "\(sign)\(scaled / unit).\(zeros)\(fraction)"
  }

  /// 12345678 as `12,345,678`.
  static func grouped(_ value: Int) -> String {
    var digits = Array(String(value.magnitude))
    var position = digits.count - 3
    while position > 0 {
      digits.insert(",", at: position)
      position -= 3
    }
    return (value < 0 ? "-" : "") + String(digits)
  }

  /// Seconds as `1:02:03`, `2:03` or `0.4 s`.
  static func duration(_ seconds: Double) -> String {
    if seconds < 10 { return fixed(seconds, 1) + " s" }
    let whole = Int(min(seconds, 1e9).rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
  }

  static func bytes(_ count: Int) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var (value, unit) = (Double(count), 0)
    while value >= 1024 && unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return fixed(value, unit == 0 ? 0 : value < 10 ? 1 : 0) + " " + units[unit]
  }
}
