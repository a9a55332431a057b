import PairwiseConfig
import PairwiseTraining
import Testing

@Suite struct ConfigFileWritingTests {
  @Test func writesReadableBlocks() throws {
    let text = """
      run:
        name: first try
        output: ../runs/a.b
        seed: 0
        tags: []
      optimizer:
        name: adamw
        learning_rate: 1e-05
        betas: [0.9, 0.999]
        max_grad_norm: null
      objectives:
        - name: dpo
          parts:
            - {}
            - a: 1
        - - 1
          - b: true
      quoted: ["yes", "7", "null", "a: b", " x", "", "-", "x\\n", "~/a", "é", "1e5"]

      """
    let node = try ConfigFile.parse(Array(text.utf8), file: "c")
    #expect(ConfigFile.yaml(from: node) == text)
  }

  @Test func everythingReadsBackAsItWas() throws {
    var strings = (UInt32(0)..<0x3000).compactMap { Unicode.Scalar($0) }.map { "a\($0)b" }
    strings += ["a\u{FEFF}"]  // At the very start Foundation takes it for a byte order mark.
    strings += [0xE000, 0xE001, 0xFFFE, 0xFFFF, 0x10FFFF, 0x1F600].compactMap {
      Unicode.Scalar(UInt32($0)).map { "\($0)" }
    }
    strings += [
      "", " ", "a ", "- a", "? a", "a:", "a: b", "a #b", "#a", "&a", "*a", "!a", "%a", "@a", "`a",
      "[a]", "{a}", "a,b", "'a'", "\"a\"", "|", ">", "---", "...", "../", ".5", ".inf", "0x1", "+1",
      "true", "NO", "~", "null", "<<", "=", "\\", "\\x", "a\tb", "\r\n", "2024-01-01", "é: *x (*y)",
    ]
    for string in strings {
      let table = ConfigNode(
        .table([
          .init(key: string, value: ConfigNode(.string(string))),
          .init(key: "list \(string)", value: ConfigNode(.list([ConfigNode(.string(string))]))),
        ]))
      let text = ConfigFile.yaml(from: table)
      let back = try ConfigFile.parse(Array(text.utf8), file: "c")
      #expect(back.withoutPlaces == table, "\(text)")
    }
    let numbers: [Double] = [
      0, -0.0, 0.1, 1, 1e16, 1e-5, .leastNonzeroMagnitude, -1e300, .infinity, -.infinity,
    ]
    for number in numbers {
      let text = ConfigFile.yaml(from: ConfigNode(.list([ConfigNode(.number(number))])))
      let back = try ConfigFile.parse(Array(text.utf8), file: "c")
      #expect(back.withoutPlaces == ConfigNode(.list([ConfigNode(.number(number))])))
    }
    for root in [ConfigNode(.list([])), ConfigNode(.table([])), ConfigNode(.int(.min))] {
      let text = ConfigFile.yaml(from: root)
      #expect(try ConfigFile.parse(Array(text.utf8), file: "c").withoutPlaces == root)
    }
  }
}
