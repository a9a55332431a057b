extension SectionReader {
  /// Reports a name that cannot be a folder's: one that leads elsewhere, is hidden, or holds control characters.
  public mutating func checkFolderName(_ key: String, _ name: String) {
    if name.contains("/") || name.hasPrefix(".") || name.utf8.contains(where: { $0 < 0x20 }) {
      report(key, "must be a plain folder name without '/', leading '.' or control characters")
    }
  }
}
