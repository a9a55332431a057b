/// Names and versions of the preference file format.
package enum PreferenceSchema {
  package static let format = "pairwise-preference-data"
  /// What this version writes, and the newest it reads (a newer minor version is read, too: it only
  /// adds what may be ignored).
  package static let version = "1.1.0"
  package static let major = 1
  package static let orientation = "label:+1 means a preferred"
  /// Code of a judgement that is missing.
  package static let unlabelled: Int64 = -128
  /// Rows looked at in one go while a file is checked.
  static let slice = 65_536
  /// Bytes of a list of names at most: what readers take.
  static let maxNameBytes = 1 << 24
  /// Bytes of one text at most, so that rows sharing one huge prompt cannot fill the memory.
  static let maxTextBytes = 16 << 20

  /// The numbers of `1.2.3`; nil unless there are three.
  static func numbers(ofVersion text: String) -> [Int]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { $0.allSatisfy(\.isASCII) ? Int($0) : nil }
    return parts.count == 3 && numbers.count == 3 && numbers.allSatisfy { $0 >= 0 } ? numbers : nil
  }
}
