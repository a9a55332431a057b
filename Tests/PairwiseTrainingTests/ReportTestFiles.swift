import Foundation
import SystemPackage

/// Files for tests of report reading.
func createFolder(_ path: FilePath) throws {
  try FileManager.default.createDirectory(
    atPath: path.string, withIntermediateDirectories: false)
}

func removeFolder(_ path: FilePath) {
  try? FileManager.default.removeItem(atPath: path.string)
}

func writeFile(_ path: FilePath, _ text: String) throws {
  try Data(text.utf8).write(to: URL(fileURLWithPath: path.string))
}
