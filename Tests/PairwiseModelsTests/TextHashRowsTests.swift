import PairwiseAutodiff
import PairwiseModels
import Testing

/// Whole rows: the values saved models rely on, and laws of batches.
@Suite struct TextHashRowsTests {
  static let texts: [(prompt: String, completion: String)] = [
    ("Human: May I pet your cat?\n\nAssistant:", " Yes! But don't wake him."),
    ("Human: May I pet your cat?\n\nAssistant:", " No, he bites; sorry."),
    ("", ""),
    ("prompt only", ""),
    ("", "Ünïcödé – naïve “quotes” 日本語"),
    ("same", "same same same same same"),
    ("digits", "1 22 333 4444 55555"),
  ]

  func rows(_ texts: some Sequence<(prompt: String, completion: String)>) -> SparseRows {
    var hasher = TextHasher()
    var rows = hasher.makeRows()
    for text in texts {
      hasher.appendRow(prompt: text.prompt, completion: text.completion, to: &rows)
    }
    return rows
  }

  @Test func goldenRowWithDefaults() {
    // From an independent implementation (Python, double precision) of the documented rules. If this
    // fails, models saved before no longer mean what they meant.
    let rows = rows([("go?", "Go on, go on! ")])
    expectRow(
      rows,
      [
        (59100, 0.113389343), (73547, 0.408248305), (99647, 0.408248305), (112354, 0.113389343),
        (121329, 0.113389343), (124585, 0.226778686), (131921, 0.408248305),
        (162174, 0.408248305), (176391, 0.408248305), (189801, 0.408248305),
        (262144, 2.70805025), (262145, 1.60943794), (262146, 0.693147182), (262148, 0.693147182),
        (262150, 0.5), (262151, 0.5), (262152, 1.50407743), (262154, 1.0),
      ])
  }

  @Test func goldenRowWithEverythingOn() {
    var options = TextHashOptions()
    options.bucketBits = 8
    options.seed = 7
    options.isSigned = true
    options.characterGramMinimum = 2
    options.characterGramMaximum = 3
    options.wordGramMaximum = 2
    options.wordPairWindow = 1
    options.promptWeight = 0.5
    options.crossWords = 2
    options.countTransform = .squareRoot
    options.normalizesKinds = false
    options.extrasWeight = 0.5
    options.lowercasesASCII = false
    var hasher = TextHasher(options)
    var rows = hasher.makeRows()
    hasher.appendRow(prompt: "go?", completion: "Go on, go on! ", to: &rows)
    #expect(rows.width == 270)
    // From the same independent implementation.
    expectRow(
      rows,
      [
        (3, 1.41421354), (9, -1.0), (16, 0.5), (22, 0.150000006), (50, -0.300000012),
        (55, -1.41421354), (70, 1.41421354), (73, 0.300000012), (76, 1.0), (86, 0.424264073),
        (92, -0.300000012), (107, -0.300000012), (122, 0.300000012), (125, 0.300000012),
        (126, 0.300000012), (136, -0.5), (138, -1.0), (198, 1.0), (208, 1.0), (213, 0.5),
        (214, -0.199999988), (219, -1.41421354), (224, -1.41421354), (225, 0.5), (231, -1.0),
        (235, 1.0), (237, 1.0), (242, -0.300000012), (247, -0.300000012), (253, -1.41421354),
        (256, 1.35402513), (257, 0.804718971), (258, 0.346573591), (260, 0.346573591),
        (262, 0.125), (263, 0.375), (264, 0.752038717), (266, 0.5),
      ])
  }

  @Test func goldenSummaryOfALongerRow() {
    // Entries, sum of columns and squared length of the hashed part (1 + 0.3²: no column is shared),
    // from the same independent implementation.
    let rows = rows([
      (
        "Human: May I pet your cat?\n\nAssistant:",
        " Yes! He\u{2019}s a CAT who\u{2019}d like it \u{2013} but don't wake him.  Yes?"
      )
    ])
    #expect(rows.count == 1)
    #expect(rows.entryCount == 137)
    #expect(rows.indices.reduce(0) { $0 + Int($1) } == 20_735_068)
    let squares = zip(rows.indices, rows.values).reduce(0.0) {
      $1.0 < 1 << 18 ? $0 + Double($1.1) * Double($1.1) : $0
    }
    // 128 roundings of 6e-8 at most.
    #expect((squares - 1.09).magnitude < 1e-5)
  }

  @Test func rowsAreSortedAndUniqueAndWithinTheWidth() {
    let rows = rows(Self.texts)
    for row in 0..<rows.count {
      let indices = Array(rows.indices[rows.entries(ofRow: row)])
      #expect(indices == Set(indices).sorted())
      #expect(indices.allSatisfy { $0 >= 0 && Int($0) < rows.width })
    }
    #expect(rows.values.allSatisfy { $0 != 0 && $0.isFinite })
  }

  @Test func aRowDoesNotDependOnTheRowsBefore() {
    let together = rows(Self.texts)
    let backwards = rows(Self.texts.reversed())
    for (i, text) in Self.texts.enumerated() {
      let alone = rows([text])
      for (batch, row) in [(together, i), (backwards, Self.texts.count - 1 - i)] {
        let range = batch.entries(ofRow: row)
        #expect(Array(batch.indices[range]) == alone.indices)
        #expect(Array(batch.values[range]) == alone.values)
      }
    }
  }

  @Test func concatenatedBatchesAreTheBatchOfAll() {
    for cut in 0...Self.texts.count {
      var joined = rows(Self.texts.prefix(cut))
      joined.append(contentsOf: rows(Self.texts.dropFirst(cut)))
      #expect(joined == rows(Self.texts))
    }
  }

  @Test func copiedRowsAreEqual() {
    let all = rows(Self.texts)
    var copy = SparseRows(width: all.width)
    var rebuilt = SparseRows(width: all.width)
    for row in 0..<all.count {
      copy.appendRow(row, from: all)
      let range = all.entries(ofRow: row)
      rebuilt.appendRow(indices: Array(all.indices[range]), values: Array(all.values[range]))
    }
    #expect(copy == all)
    #expect(rebuilt == all)
    copy.removeAll()
    #expect(copy == SparseRows(width: all.width))
  }

  @Test func theMatrixHoldsTheSameRows() {
    let rows = rows(Self.texts)
    let matrix = rows.matrix
    #expect(matrix.rows == rows.count && matrix.width == rows.width)
    #expect(matrix.offsets == rows.rowOffsets.map(Int64.init))
    #expect(matrix.indices == rows.indices && matrix.values == rows.values)
  }

  /// Columns in order, and values within two roundings of a product of Float32.
  func expectRow(_ rows: SparseRows, _ expected: [(index: Int32, value: Float)]) {
    #expect(rows.count == 1)
    #expect(rows.indices == expected.map(\.index))
    for (value, entry) in zip(rows.values, expected) {
      let error = (value - entry.value).magnitude
      #expect(error <= 2.4e-7 * entry.value.magnitude, "column \(entry.index): \(value)")
    }
  }
}
