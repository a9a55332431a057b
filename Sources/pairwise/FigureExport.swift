import Glibc
import Pairwise

/// Writes the pictures of reports as files: SVG always, PNG where `rsvg-convert` is installed.
struct FigureExport {
  let folder: String

  /// - Parameter prefix: what names begin with, where several reports go to one folder.
  func write(_ pictures: [ReportPicture], prefix: String = "") throws(DataError) {
    try FileAccess.createFolder(folder)
    var isMissing = false
    for picture in pictures {
      let path = "\(folder)/\(prefix)\(picture.name)"
      try FileAccess.replace(path + ".svg", with: Array(picture.svg.utf8))
      Terminal.result(path + ".svg")
      guard !isMissing else { continue }
      switch draw(path + ".svg", path + ".png") {
      case 0: Terminal.result(path + ".png")
      case nil: isMissing = true
      case let status?: Terminal.note("\(path).png: rsvg-convert ended with status \(status)")
      }
    }
    if isMissing {
      Terminal.note(
        "png: rsvg-convert was not found, so there are SVG files only; Debian has it in librsvg2-bin"
      )
    }
  }

  /// Status of the conversion at twice the size; nil if the program is not there.
  private func draw(_ source: String, _ target: String) -> Int32? {
    let words = ["rsvg-convert", "--zoom", "2", "--output", target, source]
    var arguments = unsafe words.map { unsafe strdup($0) }
    defer { unsafe arguments.forEach { unsafe free($0) } }
    unsafe arguments.append(nil)
    var child = pid_t()
    guard unsafe posix_spawnp(&child, "rsvg-convert", nil, nil, arguments, environ) == 0 else {
      return nil
    }
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0 {
      if errno != EINTR { return -1 }
    }
    let code = status >> 8 & 0xFF
    return status & 0x7F == 0 ? (code == 127 ? nil : code) : -1
  }
}
