import PairwiseModels
import Testing

@Suite struct TextHasherTests {
  /// The row of one completion as index–value pairs.
  func row(
    _ prompt: String, _ completion: String, _ options: TextHashOptions = TextHashOptions()
  ) -> [Int32: Float] {
    row(Array(prompt.utf8), Array(completion.utf8), options)
  }

  func row(
    _ prompt: [UInt8], _ completion: [UInt8], _ options: TextHashOptions = TextHashOptions()
  ) -> [Int32: Float] {
    var hasher = TextHasher(options)
    var rows = hasher.makeRows()
    hasher.appendRow(prompt: prompt.span, completion: completion.span, to: &rows)
    return Dictionary(uniqueKeysWithValues: zip(rows.indices, rows.values))
  }

  func bucket(_ bytes: String, _ kind: ByteHash.Kind, bits: Int = 18) -> Int32 {
    Int32(ByteHash.hash(bytes.utf8, kind, seed: 0) >> UInt64(64 - bits))
  }

  func bucket(words: [String], _ kind: ByteHash.Kind, bits: Int = 18) -> Int32 {
    let hashes = words.map { ByteHash.hash($0.utf8, .word, seed: 0) }
    return Int32(ByteHash.hash(words: hashes, kind, seed: 0) >> UInt64(64 - bits))
  }

  @Test func hashesHaveTheDocumentedValues() {
    // The starts are SplitMix64's first outputs from seed 0; the rest from an independent
    // implementation (Python integers) of the rules in the doc comment.
    #expect(ByteHash.start(.word, seed: 0) == 0xe220_a839_7b1d_cdaf)
    #expect(ByteHash.start(.completionCharacters, seed: 0) == 0x6e78_9e6a_a1b9_65f4)
    #expect(ByteHash.start(.completionCharacters, seed: 7) == 0x044c_3cd7_f43c_661c)
    #expect(ByteHash.hash("<a>".utf8, .completionCharacters, seed: 0) == 0x8df4_e409_4e30_a003)
    #expect(ByteHash.hash("cat".utf8, .word, seed: 0) == 0x7c02_608b_699b_3890)
  }

  @Test func characterGramsStayWithinMarkedWords() {
    var options = TextHashOptions()
    options.wordPairWeight = 0
    options.extrasWeight = 0
    options.normalizesKinds = false
    options.countTransform = .none
    // "It's a go": words it's, a, go.
    let grams = [
      "<it", "it'", "t's", "'s>", "<it'", "it's", "t's>", "<it's", "it's>",
      "<a>", "<go", "go>", "<go>",
    ]
    let expected = Dictionary(
      grams.map { (bucket($0, .completionCharacters), Float(1)) }, uniquingKeysWith: +)
    #expect(row("", " It's\ta - go", options) == expected)
  }

  @Test func kindsAreCountedTransformedAndScaled() {
    var options = TextHashOptions()
    options.extrasWeight = 0
    // go on go on: each of six n-grams twice, so all have length 1/√6. Pairs within three places:
    // (go, on) three times, the others once: ln 4 = 2 ln 2 against ln 2, over ln 2 · √(4 + 3).
    var expected: [Int32: Float] = [:]
    for gram in ["<go", "go>", "<go>", "<on", "on>", "<on>"] {
      expected[bucket(gram, .completionCharacters)] = 0.40824829
    }
    expected[bucket(words: ["go", "on"], .completionPairs)] = 0.3 * 0.75592895
    for pair in [["go", "go"], ["on", "go"], ["on", "on"]] {
      expected[bucket(words: pair, .completionPairs)] = 0.3 * 0.37796447
    }
    expectClose(row("go?", "Go on, go on! ", options), expected)
  }

  @Test func wordRunsPromptAndCrossHaveKindsOfTheirOwn() {
    var options = TextHashOptions()
    options.extrasWeight = 0
    options.characterGramMaximum = 0
    options.wordPairWindow = 0
    options.wordGramMinimum = 2
    options.wordGramMaximum = 3
    options.wordWeight = 1
    options.promptWeight = 0.5
    options.crossWords = 2
    options.crossWeight = 0.25
    options.normalizesKinds = false
    options.countTransform = .binary
    var expected: [Int32: Float] = [:]
    for run in [["a", "b"], ["b", "c"], ["a", "b", "c"]] {
      expected[bucket(words: run, .completionWords)] = 1
    }
    for run in [["x", "y"], ["y", "z"], ["x", "y", "z"]] {
      expected[bucket(words: run, .promptWords)] = 0.5
    }
    for pair in [["y", "a"], ["y", "b"], ["z", "a"], ["z", "b"]] {
      expected[bucket(words: pair, .cross)] = 0.25
    }
    #expect(row("x y z", "a b c", options) == expected)
  }

  @Test func signsComeFromTheLowestBit() {
    var options = TextHashOptions()
    options.extrasWeight = 0
    options.wordPairWeight = 0
    options.isSigned = true
    options.normalizesKinds = false
    options.countTransform = .squareRoot
    // ab thrice gives √3 a gram, with the sign of its hash.
    var expected: [Int32: Float] = [:]
    for gram in ["<ab", "ab>", "<ab>"] {
      let isNegative = ByteHash.hash(gram.utf8, .completionCharacters, seed: 0) & 1 == 1
      expected[bucket(gram, .completionCharacters)] = isNegative ? -1.7320508 : 1.7320508
    }
    #expect(expected.values.contains { $0 < 0 } && expected.values.contains { $0 > 0 })
    #expect(row("", "ab ab ab", options) == expected)
  }

  @Test func caseFoldsOnRequestOnly() {
    var options = TextHashOptions()
    options.lowercasesASCII = false
    #expect(row("", "Yes") == row("", "YES"))
    #expect(row("", "Yes", options) != row("", "YES", options))
    // Letters outside ASCII keep their case.
    #expect(row("", "É") != row("", "é"))
  }

  @Test func bytesOfLettersOutsideASCIIBelongToWords() {
    var options = TextHashOptions()
    options.extrasWeight = 0
    options.wordPairWeight = 0
    options.characterGramMinimum = 5
    // <né> is five bytes, as é is two: exactly one 5-gram.
    #expect(row("", "né", options) == [bucket("<né>", .completionCharacters): 1])
  }

  @Test func anyBytesAreText() {
    let damaged: [[UInt8]] = [
      [0xFF], [0x80, 0x80], [0xE2, 0x80], [0xF0], [0], [0x41, 0, 0x42], Array(0...255),
      [0xED, 0xA0, 0x80],
    ]
    for bytes in damaged {
      let values = row(bytes, bytes)
      #expect(values.values.allSatisfy { $0.isFinite }, "\(bytes)")
    }
    #expect(row([], [0xFF, 0xFE]) != row([], [0xFF, 0xFD]))
  }

  @Test func textsWithoutWordsHaveOnlyExtras() {
    #expect(row("anything", "") == [:])
    #expect(row("", "") == [:])
    // Three bytes, one question mark that ends one sentence; ln 4 = 1.3862944.
    expectClose(
      row("", " ?\n"),
      [
        262_144: 1.3862944, 262_146: 0.6931472, 262_147: 0.6931472, 262_149: 0.6931472,
        262_152: 1.3862944, 262_155: 1,
      ])
  }

  @Test func promptMattersOnlyWhereOptionsSaySo() {
    var options = TextHashOptions()
    options.extrasWeight = 0
    #expect(row("the cat", "a dog", options) == row("", "a dog", options))
    // With extras, the share of words in the prompt: one of two.
    let share: Int32 = (1 << 18) + 6
    #expect(row("A bird", "a dog")[share] == 0.5)
    #expect(row("no bird", "a dog")[share] == nil)
  }

  @Test func sentencesQuestionsAndEndingsAreCounted() {
    let first: Int32 = 1 << 18
    let values = row("", "Well... so?! No, no. (Yes)")
    // Runs of sentence marks: "...", "?!" and "."; words well so no no yes; ends in a bracket.
    expectClose(
      values.filter { $0.key >= first },
      [
        first: 3.2958369, first + 1: 1.7917595, first + 2: 1.3862944, first + 3: 0.6931472,
        first + 4: 0.6931472, first + 7: 0.8, first + 8: 1.8245493, first + 13: 1,
      ])
    for (text, column) in [("a.", 9), ("a!", 10), ("a?", 11), ("a", 12), ("é ", 12), ("a,", 13)] {
      #expect(row("", text)[first + Int32(column)] == 1, "\(text)")
    }
  }

  @Test(arguments: [
    ("bucketBits: expected 8...24, found 25", \TextHashOptions.bucketBits, 25),
    ("bucketBits: expected 8...24, found 7", \.bucketBits, 7),
    ("characterGramMinimum: expected 1...16, found 0", \.characterGramMinimum, 0),
    ("wordPairWindow: expected 0...16, found -1", \.wordPairWindow, -1),
    ("crossWords: expected 0...64, found 65", \.crossWords, 65),
  ])
  func optionsOutOfRangeAreNamed(
    message: String, option: any WritableKeyPath<TextHashOptions, Int> & Sendable, value: Int
  ) {
    var options = TextHashOptions()
    #expect(options.problem == nil)
    options[keyPath: option] = value
    #expect(options.problem == message)
  }

  @Test func weightsOutOfRangeAreNamed() {
    var options = TextHashOptions()
    options.crossWeight = .nan
    #expect(options.problem == "crossWeight: expected 0.0...1000.0, found nan")
  }

  /// Equal columns, and values within two roundings of a product of Float32.
  func expectClose(_ found: [Int32: Float], _ expected: [Int32: Float]) {
    #expect(found.keys.sorted() == expected.keys.sorted())
    for (index, value) in expected {
      let error = ((found[index] ?? .nan) - value).magnitude
      #expect(error <= 2.4e-7 * value.magnitude, "column \(index): \(error) off \(value)")
    }
  }
}
