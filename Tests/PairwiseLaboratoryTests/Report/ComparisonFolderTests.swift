import Foundation
import PairwiseConfig
import PairwiseLaboratory
import Testing

struct ComparisonFolderTests {
  /// A folder as `pairwise compare` leaves it gives the same report again.
  @Test func foldersAreRead() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
      .path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var made = MadeUpComparison.noisy
    made.seeds = 3
    #expect(!ComparisonReport.isComparison(folder))
    let summary = try made.summary()
    try summary.write(to: folder)
    var writer = JSONWriter()
    for run in made.runs {
      writer.write(run.node)
      writer.endLine()
    }
    try writer.string.write(toFile: folder + "/results.jsonl", atomically: true, encoding: .utf8)
    #expect(ComparisonReport.isComparison(folder))
    let again = try ComparisonReport(folder: folder)
    #expect(again.summary == summary)
    #expect(again.html == ComparisonReport(summary).html)
    try again.write(to: folder)
    #expect(FileManager.default.fileExists(atPath: folder + "/report.html"))
    try "{}".write(toFile: folder + "/summary.json", atomically: true, encoding: .utf8)
    do {
      _ = try ComparisonReport(folder: folder)
      Issue.record("nothing was wrong")
    } catch {
      #expect(
        "\(error)" == "\(folder)/summary.json: comparison: expected what pairwise compare writes")
    }
  }
}
