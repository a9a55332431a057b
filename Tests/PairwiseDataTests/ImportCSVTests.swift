import PairwiseConfig
import PairwiseData
import Testing

@Suite struct ImportCSVTests {
  @Test func featuresInAnyColumnOrder() throws {
    let (records, ledger) = try importCSV(
      "rejected_0,chosen_1,chosen_0,rejected_1,margin,group,note\r\n"
        + "1,2,-3.5,4e-2,0.5,\"a, \"\"b\"\"\",\"two\nlines\"\n"
        + "5,6,7,8,,,\n")
    #expect(records[0].chosenFeatures == [-3.5, 2])
    #expect(records[0].rejectedFeatures == [1, 0.04])
    #expect(records[0].margin == 0.5)
    #expect(records[0].group == "a, \"b\"")
    #expect(records[0].extra[0].value.value == .string("two\nlines"))
    #expect(records[1].origin == 4)
    #expect(records[1].margin == nil && records[1].group == nil)
    #expect(ledger.imported == 2 && ledger.addsUp)
    #expect(ledger.shape == "2 features a side, as CSV")
    #expect(ledger.unknownColumns.map(\.name) == ["note"])
  }

  @Test func labelSwapsAndTies() throws {
    let (records, _) = try importCSV("chosen_0,rejected_0,label\n1,2,-1\n1,2,0\n1,2,1\n")
    #expect(records.map(\.chosenFeatures) == [[2], [1], [1]])
    #expect(records.map(\.label) == [1, 0, 1])
  }

  static let badFiles = [
    BadFile("", "expected a header line, found an empty file"),
    BadFile(
      "a,b\n1,2\n",
      "line 1: expected columns chosen_0, chosen_1, … and rejected_0, rejected_1, …, found none"),
    BadFile("chosen_0,chosen_1,rejected_0\n", "line 1: column rejected_1 is missing in the header"),
    BadFile("chosen_1,rejected_0\n", "line 1: column chosen_0 is missing in the header"),
    BadFile("chosen_0,chosen_0\n", "line 1: column 'chosen_0' appears twice in the header"),
    BadFile(
      "chosen_0,rejected_0\n1,2\n1\n", "line 3: expected 2 cells as in the header, found 1"),
    BadFile(
      "chosen_0,rejected_0\n1,x\n", "line 2, column rejected_0: expected a number, found 'x'"),
    BadFile(
      "chosen_0,rejected_0\n1,nan\n", "line 2, column rejected_0: expected a number, found 'nan'"),
    BadFile(
      "chosen_0,rejected_0\n,1\n", "line 2, column chosen_0: expected a number, found nothing"),
    BadFile(
      "chosen_0,rejected_0\n1e99,1\n", "line 2, column chosen_0: 1e99 does not fit a 32-bit float"),
    BadFile(
      "chosen_0,rejected_0,weight\n1,2,-3\n",
      "line 2, column weight: weight: expected a number ≥ 0, found -3.0"),
    BadFile(
      "chosen_0,rejected_0\n\"1\"2,3\n", "line 2, column 4: expected a comma behind a quoted cell"),
    BadFile(
      "chosen_0,rejected_0\n1\"2,3\n",
      "line 2, column 2: a quote inside a cell that does not begin with one"),
    BadFile(
      "chosen_0,rejected_0\n\"1,3\n",
      "line 2: a quoted cell is not closed by the end of the file"),
  ]

  @Test(arguments: badFiles) func badFileIsRefusedInItsWords(_ file: BadFile) throws {
    #expect(try importError("rows.csv", Array(file.text.utf8)) == file.message)
  }

  @Test func invalidUTF8() throws {
    let bytes = Array("chosen_0,rejected_0,x\n1,2,".utf8) + [0xFF, 0x0A]
    #expect(try importError("rows.csv", bytes) == "line 2: cell 3 is not valid UTF-8")
  }

  @Test func identicalFeaturesAreKeptOrDropped() throws {
    let text = "chosen_0,rejected_0\n1,1\n1,2\n"
    let kept = try importCSV(text)
    #expect(kept.records.count == 2 && kept.ledger.kept.map(\.name) == ["identical completions"])
    var options = ImportOptions()
    options.keepIdenticalCompletions = false
    let (records, ledger) = try importCSV(text, options)
    #expect(records.count == 1)
    #expect(ledger.dropped.map(\.name) == ["identical completions"])
  }
}
