import PairwiseData
import SystemPackage
import Testing

@Suite struct ImportLineTests {
  private static let good = #"{"prompt": "p", "chosen": "a", "rejected": "b"}"#

  @Test func theLimitIsExact() throws {
    var options = ImportOptions()
    options.maxLineLength = Self.good.utf8.count
    #expect(try importJSONL(Self.good + "\n" + Self.good, options).records.count == 2)
    options.maxLineLength -= 1
    #expect(
      try importError("rows.jsonl", Array(Self.good.utf8), options)
        == "line 1: line is longer than the 46 bytes allowed")
  }

  /// Limits below, at and above the block size, with lines that straddle blocks in every way.
  @Test(arguments: [1, 47, 48, 64, 100]) func rowsAfterALongLineAreStillRead(limit: Int) throws {
    var options = ImportOptions()
    options.onInvalid = .drop
    options.maxLineLength = limit
    let long = String(repeating: "x", count: 101)
    let text = [Self.good, long, "", Self.good, long + long, Self.good].joined(separator: "\n")
    let (records, ledger) = try importJSONL(text, options)
    #expect(records.map(\.origin) == (limit >= 47 ? [1, 4, 6] : []))
    #expect(ledger.dropped.map(\.name) == ["line too long"])
    #expect(ledger.dropped[0].count == (limit >= 47 ? 2 : 5))
    #expect(ledger.addsUp)
  }

  /// 200 MB of zeros without a line break, then a good row. Held at most: the buffer of 16 MiB, twice
  /// while it grows, and what tests running beside this one take.
  @Test func aHugeLineIsPassedOverInBoundedMemory() throws {
    let file = try TemporaryFile("rows.jsonl", "")
    let descriptor = try FileDescriptor.open(FilePath(file.path), .writeOnly)
    try descriptor.closeAfter {
      try descriptor.resize(to: 200_000_000)
      try descriptor.seek(offset: 0, from: .end)
      _ = try descriptor.writeAll(Array(("\n" + Self.good).utf8))
    }
    var options = ImportOptions()
    options.onInvalid = .drop
    var list = RecordList()
    let before = peakResidentBytes()
    let ledger = try Importer.run(source: file.path, into: &list, options: options)
    #expect(peakResidentBytes() - before < 100_000_000)
    #expect(list.records.map(\.origin) == [2])
    #expect(ledger.dropped.map(\.name) == ["line too long"])
    #expect(
      throws: DataError(
        .invalid, file: file.path, place: "line 1",
        "line is longer than the 16777216 bytes allowed")
    ) {
      try Importer.run(source: file.path, into: &list)
    }
  }
}
